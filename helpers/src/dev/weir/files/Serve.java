package dev.weir.files;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Files of Flink's file systems for whoever started this: requests on standard input, answers on standard output, in lines
 * of {@link Text}. First the configuration, {@code flink KEY VALUE} for each key, {@code max-bytes N} and {@code allow CIDR}
 * for each range (see {@link Guard}), then {@code ready}. Then
 * requests, many at a time:
 *
 * <ul>
 *   <li>{@code stat ID URI}: {@code ok ID BYTES VALIDATOR}
 *   <li>{@code copy ID URI FILE [SUM]}: {@code progress ID BYTES TOTAL}, then {@code ok ID BYTES SHA256 VALIDATOR}
 *   <li>{@code cancel ID}: no answer of its own
 * </ul>
 *
 * Or {@code trouble ID KIND MESSAGE}, with a {@link Trouble.Kind}. The end of standard input is the end of the program.
 */
final class Serve {
    private static final int THREADS = 4;
    private static final long PROGRESS_NANOS = 200_000_000L;

    private final PrintStream out;
    private final FlinkFiles files;
    private final ExecutorService workers = Executors.newFixedThreadPool(THREADS);
    private final Map<String, Future<?>> running = new ConcurrentHashMap<>();

    private Serve(FlinkFiles files, PrintStream out) {
        this.files = files;
        this.out = out;
    }

    static void run() throws IOException {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        // Whatever else Flink or a plugin prints is no answer.
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Map<String, String> configuration = new HashMap<>();
        List<String> allowed = new ArrayList<>();
        long maxBytes = Long.MAX_VALUE;
        for (String line; (line = in.readLine()) != null && !line.equals("ready"); ) {
            String[] fields = Text.fields(line);
            if (fields[0].equals("flink")) configuration.put(fields[1], fields[2]);
            if (fields[0].equals("max-bytes")) maxBytes = Long.parseLong(fields[1]);
            if (fields[0].equals("allow")) allowed.add(fields[1]);
        }
        // Options from elsewhere may have put another one in its place.
        if (!(System.getSecurityManager() instanceof Guard)) throw Trouble.lasting("Connections are not held to addresses");
        Guard.allow(new Addresses(allowed));
        Serve serve = new Serve(new FlinkFiles(configuration, maxBytes, () -> { }), out);
        for (String line; (line = in.readLine()) != null; ) serve.take(Text.fields(line));
    }

    private void take(String[] request) {
        String id = request[1];
        if (request[0].equals("cancel")) {
            Future<?> work = running.remove(id);
            if (work != null) work.cancel(true);
            return;
        }
        running.put(id, workers.submit(() -> {
            answer(request, id);
            running.remove(id);
        }));
    }

    private void answer(String[] request, String id) {
        String uri = request[2];
        try {
            switch (request[0]) {
                case "stat":
                    FlinkApi.Status status = fileStatus(uri);
                    say("ok", id, status.bytes, status.validator);
                    break;
                case "copy":
                    copy(id, uri, Paths.get(request[3]), request.length > 4 ? request[4] : null);
                    break;
                default:
                    throw Trouble.lasting("There is no request \"" + request[0] + "\"");
            }
        } catch (Trouble trouble) {
            say("trouble", id, trouble.kind, Uris.oneLine(trouble.getMessage()));
        } catch (Exception | Error error) {
            say("trouble", id, Trouble.Kind.PASSING, Uris.oneLine("The program that fetches files failed: " + error));
        }
    }

    private FlinkApi.Status fileStatus(String uri) throws IOException {
        FlinkApi.Status status = files.status(uri);
        if (status.isFolder) throw Trouble.lasting(uri, "it is a folder, not a file");
        return status;
    }

    /** The validator is that of what was copied: a file that becomes another one meanwhile is told from it. */
    private void copy(String id, String uri, Path file, String sum) throws IOException {
        FlinkApi.Status before = fileStatus(uri);
        Plan.Item item = new Plan.Item(file.getFileName().toString(), uri, sum, false);
        long[] next = {System.nanoTime() + PROGRESS_NANOS};
        Receiver.Received received;
        try (Arriving arriving = files.open(item)) {
            received = Receiver.receive(item, arriving, file.toAbsolutePath().getParent(), (target, bytes, total) -> {
                long now = System.nanoTime();
                if (now - next[0] < 0) return;
                next[0] = now + PROGRESS_NANOS;
                say("progress", id, bytes, total);
            });
        }
        if (!fileStatus(uri).validator.equals(before.validator)) {
            throw Trouble.passing(uri, "it was changed while it was fetched; it is tried again");
        }
        say("ok", id, received.bytes, received.sha256, before.validator);
    }

    private synchronized void say(Object... fields) {
        out.println(Text.line(fields));
    }
}
