package dev.weir.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The plugins of a pod in one folder, as its main container sees them: the image's own, and those that were fetched. */
final class Plugins {
    private Plugins() {}

    /** Fills the folder that {@code FLINK_PLUGINS_DIR} names with links; one that was fetched replaces the image's of its name. */
    static void gather(Path fetched) throws IOException {
        String target = System.getenv("FLINK_PLUGINS_DIR");
        String home = System.getenv().getOrDefault("FLINK_HOME", "/opt/flink");
        if (target == null) return;
        Path folder = Files.createDirectories(Paths.get(target));
        for (Path from : new Path[] {Paths.get(home, "plugins"), fetched}) {
            for (Path plugin : foldersIn(from)) {
                Path link = folder.resolve(plugin.getFileName());
                Files.deleteIfExists(link);
                Files.createSymbolicLink(link, plugin.toAbsolutePath());
            }
        }
    }

    private static List<Path> foldersIn(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) return Collections.emptyList();
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(Files::isDirectory).collect(Collectors.toList());
        }
    }
}
