package dev.weir.files;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;

/**
 * Fetches a job's jar inside the JobManager that is to run it: by the file systems, plugins, configuration and credentials
 * that this JobManager has, and by nobody else's. It is the entry class of a {@code POST /jars/ID/run} whose jar is this
 * program's own, and puts the file beside that jar, among those that were uploaded, as {@code NAME}.
 * Arguments: {@code NAME URI MAX_BYTES [SUM]}. The answer is a {@link Staged}.
 */
public final class Stage {
    private Stage() {}

    public static void main(String[] args) {
        throw new Staged(answer(args));
    }

    private static String answer(String[] args) {
        String uri = args[1];
        try {
            Path target = uploads().resolve(args[0]);
            // Whole, since it was moved there.
            if (!Files.exists(target)) fetch(uri, target, Long.parseLong(args[2]), args.length > 3 ? args[3] : null);
            return "DONE " + Files.size(target);
        } catch (Trouble trouble) {
            return trouble.kind + " " + Uris.oneLine(trouble.getMessage());
        } catch (Exception | LinkageError error) {
            return Trouble.Kind.PASSING + " " + Uris.oneLine(Uris.masked(uri) + " can't be fetched: " + error);
        }
    }

    /** Two requests may want the same file at the same time: each has a folder of its own. */
    private static void fetch(String uri, Path target, long maxBytes, String sum) throws IOException {
        Path folder = Files.createTempDirectory(target.getParent(), ".weir-");
        Plan.Item item = new Plan.Item("file", uri, sum, false);
        try (Arriving arriving = FlinkFiles.ofThisJvm(maxBytes).open(item)) {
            Receiver.receive(item, arriving, folder, (name, bytes, total) -> { });
            Files.move(folder.resolve("file"), target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(folder.resolve("file"));
            Files.deleteIfExists(folder);
        }
    }

    private static Path uploads() throws URISyntaxException {
        return Paths.get(Stage.class.getProtectionDomain().getCodeSource().getLocation().toURI()).getParent();
    }
}
