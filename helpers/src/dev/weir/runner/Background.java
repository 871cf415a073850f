package dev.weir.runner;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads of our own. */
final class Background {
    /** For deadlines: nothing on it waits. */
    private static final ScheduledThreadPoolExecutor TIMERS = create("weir-runner");
    /** For Flink's clients of jobs, on which the user's code may go on. */
    static final ScheduledThreadPoolExecutor CLIENTS = create("weir-runner-clients");

    private Background() {}

    static ScheduledFuture<?> in(long millis, Runnable action) {
        return TIMERS.schedule(action, millis, TimeUnit.MILLISECONDS);
    }

    static ScheduledFuture<?> every(long millis, Runnable action) {
        return TIMERS.scheduleWithFixedDelay(action, millis, millis, TimeUnit.MILLISECONDS);
    }

    /**
     * The thread begins now, and with our class loader: it would keep the classes of the user whose main() came
     * first.
     */
    private static ScheduledThreadPoolExecutor create(String name) {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, action -> {
            Thread thread = new Thread(action, name);
            thread.setDaemon(true);
            thread.setContextClassLoader(Background.class.getClassLoader());
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.prestartAllCoreThreads();
        return executor;
    }
}
