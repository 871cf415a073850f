package dev.weir.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to be fetched, in this order. Lines of text: {@code !max-bytes N}, {@code !allow CIDR} and {@code !attempts N},
 * then {@code TARGET<TAB>URI}, where TARGET is a path below the folder that is filled.
 */
final class Plan {
    static final class Item {
        final String target;
        final String uri;

        Item(String target, String uri) {
            this.target = target;
            this.uri = uri;
        }
    }

    final List<Item> items = new ArrayList<>();
    final List<String> allowed = new ArrayList<>();
    long maxBytes = Long.MAX_VALUE;
    long attempts = 1;

    private Plan() {}

    static Plan read(Path path) throws Trouble {
        try {
            Plan plan = new Plan();
            String text = new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
            for (String line : text.split("\n")) if (!line.isEmpty()) plan.add(line);
            return plan;
        } catch (Trouble trouble) {
            throw trouble;
        } catch (IOException error) {
            throw Trouble.lasting("The plan " + path + " can't be read (" + error + ")");
        }
    }

    private void add(String line) throws Trouble {
        if (line.startsWith("!max-bytes ")) {
            maxBytes = number(line);
        } else if (line.startsWith("!attempts ")) {
            attempts = number(line);
        } else if (line.startsWith("!allow ")) {
            allowed.add(line.substring("!allow ".length()));
        } else {
            int tab = line.indexOf('\t');
            // The line is not shown: URIs hold secrets.
            if (line.startsWith("!") || tab < 1) throw Trouble.lasting("The plan has a line that is neither an option nor a file");
            items.add(new Item(inside(line.substring(0, tab)), line.substring(tab + 1)));
        }
    }

    private static long number(String line) throws Trouble {
        try {
            return Long.parseLong(line.substring(line.indexOf(' ') + 1));
        } catch (NumberFormatException error) {
            throw Trouble.lasting("The plan has no number in \"" + line + "\"");
        }
    }

    /** Never out of the folder that is filled. */
    private static String inside(String target) throws Trouble {
        for (String part : target.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw Trouble.lasting("The plan's target \"" + target + "\" is not a path below a folder");
            }
        }
        return target;
    }
}
