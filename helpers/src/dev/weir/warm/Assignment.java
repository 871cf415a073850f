package dev.weir.warm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * What the server says on standard input: items that end with a NUL, of which the first letter tells the kind. {@code E}
 * a variable of the environment (NAME=VALUE), {@code A} a word of the command line as a JVM started for it would have
 * it, {@code .} the end.
 */
final class Assignment {
    final Map<String, String> environment = new LinkedHashMap<>();
    final List<String> words = new ArrayList<>();
    private final CountDownLatch there = new CountDownLatch(1);

    private Assignment() {}

    static Assignment listen(InputStream in) {
        Assignment assignment = new Assignment();
        Thread reader = new Thread(() -> assignment.read(in), "weir-assignment");
        reader.setDaemon(true);
        reader.start();
        return assignment;
    }

    boolean isThere() {
        return there.getCount() == 0;
    }

    void await() throws InterruptedException {
        there.await();
    }

    private void read(InputStream in) {
        try {
            for (String item = next(in); item != null; item = next(in)) {
                if (item.equals(".")) {
                    there.countDown();
                    return;
                }
                String text = item.substring(1);
                int equals = text.indexOf('=');
                if (item.charAt(0) == 'A') words.add(text);
                else environment.put(text.substring(0, equals), text.substring(equals + 1));
            }
        } catch (IOException e) {
            // As if the server were gone.
        }
        Runtime.getRuntime().halt(0);
    }

    /** Null at the end, also within an item. */
    private static String next(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int b = in.read(); b > 0; b = in.read()) bytes.write(b);
        // Read again at the end, it says so again.
        String text = new String(bytes.toByteArray(), StandardCharsets.UTF_8);
        return text.isEmpty() ? null : text;
    }
}
