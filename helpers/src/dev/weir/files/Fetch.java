package dev.weir.files;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UnsupportedEncodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardOpenOption;
import java.security.Security;
import java.util.Arrays;
import java.util.List;

/**
 * Fills the folders of a Flink pod with the files that a plan names: {@code Fetch PLAN FOLDER}, in an init container of a
 * stock Flink image. {@code Fetch serve} fetches what it is asked for, one file after the other: see {@link Serve}. Standard output tells what goes on ({@code done TARGET BYTES SHA256} for each file); what went wrong
 * is one line on standard error and in the container's termination log. Exit code 2: it won't get better by trying
 * again. 3: it may. No address is connected to that the plan doesn't allow, and no credentials are ever printed.
 *
 * <p>Runs on Java 8 and needs nothing but the JDK, and for Flink's file systems the Flink on the class path. System properties, for tests: {@code weir.files.image} is put before
 * paths of the image, {@code weir.files.termination-log} takes the place of {@code /dev/termination-log}, and
 * {@code weir.files.connect-ms}, {@code stall-ms} and {@code delay-ms} are the waits.
 */
public final class Fetch {
    private static final long LONGEST_DELAY_MS = 30_000;
    /** Kubernetes takes no more than 4096 bytes. */
    private static final int LONGEST_MESSAGE = 2_000;

    private final Plan plan;
    private final Path folder;
    private final Progress progress;
    private final List<Source> sources;

    private Fetch(Plan plan, Path folder, PrintStream out) throws Trouble {
        this.plan = plan;
        this.folder = folder;
        this.progress = new Progress(out);
        String image = System.getProperty("weir.files.image", "");
        this.sources = Arrays.asList(
            new ImageFiles(image, progress), new Web(new Addresses(plan.allowed), plan.maxBytes),
            new FlinkFiles(plan.flink, plan.maxBytes, () -> Plugins.gather(folder.resolve("plugins"))));
    }

    public static void main(String[] args) {
        // One name has the same addresses for as long as this runs; names that were not found are looked up anew.
        Security.setProperty("networkaddress.cache.ttl", "-1");
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
        // Without a configuration of theirs, Flink's loggers would print among what this prints.
        System.setProperty("org.apache.logging.log4j.level", "OFF");
        System.setProperty("log4j2.StatusLogger.level", "OFF");
        System.exit(run(args));
    }

    private static int run(String[] args) {
        PrintStream out = utf8(FileDescriptor.out);
        try {
            if (args.length == 1 && args[0].equals("serve")) {
                Serve.run();
                return 0;
            }
            if (args.length != 2) throw Trouble.lasting("usage: dev.weir.files.Fetch PLAN FOLDER, or: dev.weir.files.Fetch serve");
            new Fetch(Plan.read(Paths.get(args[0])), Paths.get(args[1]), out).all();
            return 0;
        } catch (Trouble trouble) {
            tell(trouble.getMessage());
            return trouble.exitCode();
        } catch (Exception | Error error) {
            tell("The program that fetches files failed: " + error);
            return Trouble.Kind.LATER.exitCode;
        } finally {
            out.flush();
        }
    }

    private void all() throws Trouble, InterruptedException {
        for (Plan.Item item : plan.items) sourceOf(item);
        for (Plan.Item item : plan.items) one(item);
    }

    private void one(Plan.Item item) throws Trouble, InterruptedException {
        long delay = Long.getLong("weir.files.delay-ms", 1_000);
        for (int attempt = 1; ; attempt++) {
            try {
                once(item);
                return;
            } catch (Trouble trouble) {
                if (trouble.kind != Trouble.Kind.PASSING || attempt >= plan.attempts) throw trouble;
                progress.say("trying again in " + delay + " ms (" + (attempt + 1) + " of " + plan.attempts + "): " + trouble.getMessage());
            }
            Thread.sleep(delay);
            delay = Math.min(2 * delay, LONGEST_DELAY_MS);
        }
    }

    private void once(Plan.Item item) throws Trouble {
        try (Arriving arriving = sourceOf(item).open(item)) {
            Receiver.Received received = Receiver.receive(item, arriving, folder, progress);
            progress.say("done " + arriving.target + " " + received.bytes + " " + received.sha256);
        } catch (Trouble trouble) {
            throw trouble;
        } catch (FileSystemException error) {
            throw Trouble.lasting(item.uri, "it could not be read (" + error + ")");
        } catch (IOException error) {
            throw Trouble.passing(item.uri, "it could not be read (" + error + "); it is tried again");
        }
    }

    private Source sourceOf(Plan.Item item) throws Trouble {
        for (Source source : sources) if (source.takes(item.uri)) return source;
        String scheme = Uris.schemeOf(item.uri);
        String what = scheme == null ? "it has no scheme" : "this version of Weir does not fetch " + scheme + ": URIs";
        throw Trouble.lasting(item.uri, what + "; what works are http:// and https://, s3:// and others of Flink's file systems, and "
            + "local:///opt/flink/... or /opt/flink/... for files of the Flink image");
    }

    private static void tell(String message) {
        String line = Uris.oneLine(message);
        if (line.length() > LONGEST_MESSAGE) line = line.substring(0, LONGEST_MESSAGE) + "...";
        utf8(FileDescriptor.err).println(line);
        Path log = Paths.get(System.getProperty("weir.files.termination-log", "/dev/termination-log"));
        try {
            // Not made where it is missing: outside of Kubernetes there is none.
            Files.write(log, line.getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        } catch (IOException unwritable) {
            // Standard error has said it.
        }
    }

    private static PrintStream utf8(FileDescriptor descriptor) {
        try {
            return new PrintStream(new FileOutputStream(descriptor), true, "UTF-8");
        } catch (UnsupportedEncodingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
