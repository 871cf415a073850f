package dev.weir.runner;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The calls of main() in this JVM by their IDs: those that run, and what became of the last ones. So a request that
 * is repeated, since its answer was lost, joins the main() that it began, or is told how that ended; main() is not
 * called twice.
 */
final class Runs {
    private static final int REMEMBERED = 1_000;
    /** How long the end of a main() that was given up is waited for. */
    private static final long GRACE_MILLIS = 5_000;
    private static final long LOOK_MILLIS = 500;

    private final Map<String, Running> running = new HashMap<>();
    private final Map<String, Past> past = new LinkedHashMap<>();

    private static final class Running {
        final MainRun run;
        /** What the first request was answered with; the throwable itself, while anybody waits for it. */
        Throwable failure;
        boolean over;

        Running(MainRun run) {
            this.run = run;
        }
    }

    /**
     * Returns if this is the first call with the ID; null: a call without one. Throws the outcome of an earlier one,
     * once there is one.
     */
    void begin(String id, MainRun run) throws Throwable {
        if (id == null) {
            return;
        }
        Running first;
        synchronized (this) {
            Past before = past.get(id);
            if (before != null) {
                throw before.told();
            }
            first = running.putIfAbsent(id, new Running(run));
        }
        if (first != null) {
            throw outcome(first);
        }
    }

    void end(String id, MainRun run, Throwable failure) {
        if (id == null) {
            return;
        }
        synchronized (this) {
            Running ended = running.remove(id);
            ended.failure = failure;
            ended.over = true;
            if (!FlinkApi.endsPlan(failure)) {
                remember(id, Past.of(failure, run.summary()));
            }
            notifyAll();
        }
    }

    /**
     * INTERRUPTED or NOT_RUNNING. An ID that is not known is given up too: a request with it that is still on its way
     * does not call main() any more.
     */
    synchronized String interrupt(String id) {
        Running found = running.get(id);
        if (found != null && found.run.interrupt()) {
            return "INTERRUPTED";
        }
        if (found == null && !past.containsKey(id)) {
            remember(id, Past.of(new MainInterruptedException("main() was told to end before it began; jobs: []"), ""));
        }
        return "NOT_RUNNING";
    }

    private void remember(String id, Past outcome) {
        past.put(id, outcome);
        if (past.size() > REMEMBERED) {
            past.remove(past.keySet().iterator().next());
        }
    }

    /** What the first call is answered with; waits for it. */
    private Throwable outcome(Running first) throws InterruptedException {
        if (!join(first)) {
            return first.run.abandoned();
        }
        return first.failure != null ? first.failure : AlreadyRan.returned(first.run.summary());
    }

    /** False if it was given up and does not end. */
    private synchronized boolean join(Running first) throws InterruptedException {
        for (long patience = GRACE_MILLIS; !first.over && patience > 0; ) {
            wait(LOOK_MILLIS);
            if (first.run.isGivenUp()) {
                patience -= LOOK_MILLIS;
            }
        }
        return first.over;
    }
}
