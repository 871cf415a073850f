package dev.weir.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;

/** Writes arriving bytes to a file: whole under its name, or not at all. */
final class Receiver {
    private static final int CHUNK_BYTES = 64 * 1024;

    private Receiver() {}

    static void receive(String uri, Arriving arriving, Path folder, Progress progress) throws IOException {
        if (arriving.total > arriving.maxBytes) throw tooLarge(uri, arriving.total, arriving.maxBytes);
        Path path = pathOf(uri, folder, arriving.target);
        Path part = path.resolveSibling("." + path.getFileName() + ".part");
        MessageDigest digest = sha256();
        long bytes = 0;
        boolean whole = false;
        try {
            // What an earlier, interrupted run left would only take the room that is needed now.
            OutputStream out = here(uri, path, () -> {
                Files.createDirectories(path.getParent());
                Files.deleteIfExists(path);
                Files.deleteIfExists(part);
                return Files.newOutputStream(part);
            });
            byte[] chunk = new byte[CHUNK_BYTES];
            try {
                for (int read; (read = arriving.bytes.read(chunk)) >= 0; ) {
                    int length = read;
                    bytes += length;
                    if (bytes > arriving.maxBytes) throw tooLarge(uri, bytes, arriving.maxBytes);
                    digest.update(chunk, 0, length);
                    here(uri, path, () -> {
                        out.write(chunk, 0, length);
                        return null;
                    });
                    progress.fetching(arriving.target, bytes, arriving.total);
                }
            } finally {
                here(uri, path, () -> {
                    out.close();
                    return null;
                });
            }
            here(uri, path, () -> Files.move(part, path, StandardCopyOption.ATOMIC_MOVE));
            whole = true;
        } finally {
            if (!whole) discard(part);
        }
        progress.say("done " + arriving.target + " " + bytes + " " + hex(digest.digest()));
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    /** Errors of the disk are told apart from those of the source. */
    private static <T> T here(String uri, Path path, Work<T> work) throws Trouble {
        try {
            return work.run();
        } catch (IOException error) {
            throw notWritten(uri, path.getParent(), error);
        }
    }

    private static Trouble notWritten(String uri, Path folder, IOException error) {
        String why = String.valueOf(error.getMessage());
        if (isFull(why)) {
            return Trouble.later("The disk is full: " + Uris.masked(uri) + " could not be written to " + folder
                + ". Free some space on the node, or ask for more ephemeral storage; it is tried again by itself");
        }
        return Trouble.lasting(uri, "it could not be written to " + folder + " (" + error + ")");
    }

    static boolean isFull(String message) {
        String words = message.toLowerCase(Locale.ROOT);
        return words.contains("no space left") || words.contains("quota exceeded");
    }

    private static Trouble tooLarge(String uri, long bytes, long maxBytes) {
        return Trouble.lasting(uri, "it is larger (" + bytes + " bytes or more) than this server takes (" + maxBytes + " bytes)");
    }

    private static Path pathOf(String uri, Path folder, String target) throws Trouble {
        try {
            return folder.resolve(target);
        } catch (InvalidPathException error) {
            throw Trouble.lasting(uri, "its name can't be that of a file here (" + error.getReason() + ")");
        }
    }

    private static void discard(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException stays) {
            // The next run overwrites it.
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte each : bytes) text.append(String.format("%02x", each));
        return text.toString();
    }
}
