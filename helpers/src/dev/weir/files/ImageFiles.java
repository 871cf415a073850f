package dev.weir.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Files of the image that this runs in: {@code local:///PATH} and plain {@code /PATH}. */
final class ImageFiles implements Source {
    private static final Pattern VERSIONED = Pattern.compile("(?<name>.+)-(?<minor>\\d+\\.\\d+)\\.(?<patch>\\d+)(?<rest>[^/]*)\\.jar");
    private static final int NAMES_SHOWN = 3;

    private final String root;
    private final Progress progress;

    ImageFiles(String root, Progress progress) {
        this.root = root;
        this.progress = progress;
    }

    @Override
    public boolean takes(String uri) {
        return uri.startsWith("/") || uri.startsWith("local:///");
    }

    @Override
    public Arriving open(Plan.Item item) throws IOException {
        Path path = pathOf(item.uri);
        if (Files.isRegularFile(path)) return arriving(path, item.target);
        Path other = samePart(path);
        if (other == null) throw Trouble.lasting(item.uri, whyAbsent(path));
        String name = other.getFileName().toString();
        progress.say("warning: " + shown(path) + " is not part of this Flink; " + name + " is used in its place");
        return arriving(other, item.target.substring(0, item.target.lastIndexOf('/') + 1) + name);
    }

    private static Arriving arriving(Path path, String target) throws IOException {
        // What is in the image has been let in already: it is as large as it is.
        return new Arriving(target, Files.newInputStream(path), Files.size(path), Long.MAX_VALUE);
    }

    private Path pathOf(String uri) throws Trouble {
        try {
            return Paths.get(root + Paths.get(uri.startsWith("/") ? uri : uri.substring("local://".length())).normalize());
        } catch (InvalidPathException error) {
            throw Trouble.lasting(uri, "it is not a path (" + error.getReason() + ")");
        }
    }

    /** The newest jar beside it that differs in nothing but the patch version. */
    private static Path samePart(Path path) {
        Matcher wanted = VERSIONED.matcher(nameOf(path));
        if (!wanted.matches()) return null;
        Path newest = null;
        String newestPatch = "";
        for (String name : namesIn(path.getParent())) {
            Matcher found = VERSIONED.matcher(name);
            if (!found.matches()) continue;
            boolean alike = Stream.of("name", "minor", "rest").allMatch(part -> found.group(part).equals(wanted.group(part)));
            String patch = found.group("patch").replaceFirst("^0+(?=.)", "");
            if (alike && NUMERICALLY.compare(patch, newestPatch) > 0) {
                newest = path.resolveSibling(name);
                newestPatch = patch;
            }
        }
        return newest;
    }

    private static final Comparator<String> NUMERICALLY = Comparator.comparing(String::length).thenComparing(Comparator.naturalOrder());

    private String whyAbsent(Path path) {
        if (Files.isDirectory(path)) return "it is a folder of the image, not a file";
        Path folder = path.getParent();
        List<String> names = folder == null ? new ArrayList<>() : namesIn(folder);
        if (names.isEmpty()) return "it is not part of the image, nor is any file in " + (folder == null ? "/" : shown(folder));
        String wanted = nameOf(path);
        names.sort(Comparator.<String>comparingInt(name -> distance(name, wanted)).thenComparing(Comparator.naturalOrder()));
        String nearest = names.stream().limit(NAMES_SHOWN).collect(Collectors.joining(", "));
        return "it is not part of the image; the nearest names in " + shown(folder) + " are " + nearest;
    }

    private String shown(Path path) {
        return path.toString().substring(root.length());
    }

    private static String nameOf(Path path) {
        return path.getFileName() == null ? "" : path.getFileName().toString();
    }

    private static List<String> namesIn(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).map(ImageFiles::nameOf).collect(Collectors.toCollection(ArrayList::new));
        } catch (IOException absent) {
            return new ArrayList<>();
        }
    }

    /** How many letters are to be put in, taken out or changed. */
    private static int distance(String from, String to) {
        int[] before = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) before[j] = j;
        for (int i = 1; i <= from.length(); i++) {
            int[] row = new int[to.length() + 1];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int changed = before[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(changed, 1 + Math.min(before[j], row[j - 1]));
            }
            before = row;
        }
        return before[to.length()];
    }
}
