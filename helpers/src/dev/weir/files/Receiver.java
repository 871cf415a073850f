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

    interface Listener {
        /** Called as bytes arrive; {@code total} is -1 where the source doesn't tell. */
        void fetching(String target, long bytes, long total);
    }

    static final class Received {
        final long bytes;
        final String sha256;

        Received(long bytes, String sha256) {
            this.bytes = bytes;
            this.sha256 = sha256;
        }
    }

    static Received receive(Plan.Item item, Arriving arriving, Path folder, Listener listener) throws IOException {
        String uri = item.uri;
        if (arriving.total > arriving.maxBytes) throw tooLarge(uri, arriving.total, arriving.maxBytes);
        Path path = pathOf(uri, folder, arriving.target);
        Path part = path.resolveSibling("." + path.getFileName() + ".part");
        MessageDigest digest = digest("SHA-256");
        MessageDigest wanted = item.sum == null ? digest : digest(item.sum.substring(0, item.sum.indexOf(':')));
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
                    if (wanted != digest) wanted.update(chunk, 0, length);
                    here(uri, path, () -> {
                        out.write(chunk, 0, length);
                        return null;
                    });
                    listener.fetching(arriving.target, bytes, arriving.total);
                }
            } finally {
                here(uri, path, () -> {
                    out.close();
                    return null;
                });
            }
            String sha256 = hex(digest.digest());
            if (item.sum != null) mustBe(item, wanted == digest ? sha256 : hex(wanted.digest()));
            here(uri, path, () -> Files.move(part, path, StandardCopyOption.ATOMIC_MOVE));
            whole = true;
            return new Received(bytes, sha256);
        } finally {
            if (!whole) discard(part);
        }
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

    private static void mustBe(Plan.Item item, String sum) throws Trouble {
        String expected = item.sum.substring(item.sum.indexOf(':') + 1);
        if (sum.equalsIgnoreCase(expected)) return;
        String algorithm = item.sum.substring(0, item.sum.indexOf(':'));
        throw Trouble.lasting(item.uri, "it is not the file that was expected: its " + algorithm + " is " + sum + ", not " + expected);
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
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
