package dev.weir.files;

import java.io.PrintStream;

/** Lines on standard output: every {@link #say}, and of the rest at most one a second. */
final class Progress implements Receiver.Listener {
    private static final long EVERY_NANOS = 1_000_000_000L;

    private final PrintStream out;
    private long next = System.nanoTime();

    Progress(PrintStream out) {
        this.out = out;
    }

    void say(String line) {
        out.println(Uris.oneLine(line));
    }

    @Override
    public void fetching(String target, long bytes, long total) {
        long now = System.nanoTime();
        if (now - next < 0) return;
        next = now + EVERY_NANOS;
        String name = target.substring(target.lastIndexOf('/') + 1);
        say("fetching " + name + ": " + (total > 0 ? 100 * bytes / total + " %" : bytes / 1_000_000 + " MB"));
    }
}
