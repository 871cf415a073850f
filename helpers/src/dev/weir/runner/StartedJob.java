package dev.weir.runner;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A job that main() submits: first on its way to Flink, then known by its ID. */
final class StartedJob {
    private static final List<String> OVER = Arrays.asList("FINISHED", "FAILED", "CANCELED");
    private static final long ANSWER_MILLIS = 10_000;
    private static final long[] POLL_MILLIS = {10, 20, 50, 100};

    /** Flink knows no such job, or not any more. */
    private static final String UNKNOWN = "UNKNOWN";

    final String name;
    /** Flink's client of the job, or null if Flink did not take it. */
    private final CompletableFuture<Object> submitted = new CompletableFuture<>();
    private volatile String id;
    private volatile String state = "SUBMITTED";

    StartedJob(String name) {
        this.name = name;
    }

    /** Empty as long as Flink has not answered. */
    String id() {
        return id == null ? "" : id;
    }

    /** As it was seen last. */
    String state() {
        return state;
    }

    boolean isOver() {
        return OVER.contains(state) || state.equals(UNKNOWN);
    }

    void taken(String jobId, Object client) {
        id = jobId;
        submitted.complete(client);
    }

    void notTaken() {
        submitted.complete(null);
    }

    /** As soon as Flink has it; waits for nothing. */
    void cancel() {
        submitted.thenAccept(client -> {
            if (client != null) {
                FlinkApi.cancel(client);
            }
        });
    }

    /** Cancels it, and waits until it is over or {@code until} ({@link System#nanoTime}). */
    void end(long until) {
        for (int i = 0; !isOver() && System.nanoTime() - until < 0; i++) {
            look(until);
            if (!isOver()) {
                if (i == 0) {
                    cancel();
                }
                pause(POLL_MILLIS[Math.min(i, POLL_MILLIS.length - 1)]);
            }
        }
    }

    private void look(long until) {
        long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        try {
            Object client = submitted.get(Math.max(1, left), TimeUnit.MILLISECONDS);
            state = client == null ? UNKNOWN : statusOf(client);
        } catch (Exception error) {
            if (FlinkApi.saysJobUnknown(error)) {
                state = UNKNOWN;
            }
            // Otherwise asked again.
        }
    }

    private static String statusOf(Object client) throws Exception {
        return FlinkApi.status(client).get(ANSWER_MILLIS, TimeUnit.MILLISECONDS).toString();
    }

    /** A thread that the user's code left interrupted waits all the same. */
    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException error) {
            // The flag is cleared now.
        }
    }
}
