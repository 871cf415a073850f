package dev.weir.files;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is to be fetched, in this order. Lines of text: {@code !max-bytes N}, {@code !allow CIDR}, {@code !attempts N} and
 * {@code !flink<TAB>KEY<TAB>VALUE} (Flink's configuration, for its file systems), then
 * {@code TARGET<TAB>URI[<TAB>SUM[<TAB>trusted]]}, where TARGET is a path below the folder that is filled, SUM the file's checksum
 * ({@code SHA-256:HEX}, for example), and the host of a trusted one may have any address. Fields as in {@link Text}.
 */
final class Plan {
    static final class Item {
        final String target;
        final String uri;
        /** {@code ALGORITHM:HEX}; null where it isn't known. */
        final String sum;
        final boolean trusted;

        Item(String target, String uri, String sum, boolean trusted) {
            this.target = target;
            this.uri = uri;
            this.sum = sum;
            this.trusted = trusted;
        }
    }

    final List<Item> items = new ArrayList<>();
    final List<String> allowed = new ArrayList<>();
    final Map<String, String> flink = new HashMap<>();
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
            String[] fields = Text.fields(line);
            boolean option = fields[0].equals("!flink") && fields.length == 3;
            // The line is not shown: URIs hold secrets.
            if (!option && (line.startsWith("!") || fields.length < 2 || fields.length > 4)) {
                throw Trouble.lasting("The plan has a line that is neither an option nor a file");
            }
            if (option) flink.put(fields[1], fields[2]);
            else items.add(new Item(inside(fields[0]), fields[1], fields.length > 2 ? fields[2] : null, fields.length > 3));
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
