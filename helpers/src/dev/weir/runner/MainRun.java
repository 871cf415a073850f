package dev.weir.runner;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * One call of a user's main() and the job that it may start. Created by the thread that calls main(); the hook tells
 * it of jobs from whichever thread asks for one; a deadline or another request may give it up.
 */
final class MainRun {
    /** How long an answer may wait until what main() started is over. Flink ends tasks that hang after 180 s. */
    static final long CANCEL_MILLIS = 60_000;

    private static final long INTERRUPT_AGAIN_MILLIS = 1_000;

    private final Thread thread = Thread.currentThread();
    private final List<StartedJob> started = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();
    private RuntimeException refusal;
    private GivenUp givenUp;
    private ScheduledFuture<?> deadline;
    private ScheduledFuture<?> interrupts;
    private boolean ended;
    private boolean failed;

    /** Why main() may not go on. */
    private static final class GivenUp {
        final long timeoutMillis;

        /** 0: somebody asked for its end. */
        GivenUp(long timeoutMillis) {
            this.timeoutMillis = timeoutMillis;
        }

        RuntimeException tell(String end) {
            return timeoutMillis > 0
                    ? new MainTimeoutException("main() did not return within " + timeoutMillis + " ms" + end)
                    : new MainInterruptedException("main() was told to end" + end);
        }
    }

    /** Begins the time that main() may take; 0: there is no limit. */
    synchronized void limit(long millis) {
        if (millis > 0) {
            deadline = Background.in(millis, () -> giveUp(new GivenUp(millis)));
        }
    }

    /** Ends main() if it heeds interrupts, and its job in any case; false if it has ended already. */
    boolean interrupt() {
        return giveUp(new GivenUp(0));
    }

    private synchronized boolean giveUp(GivenUp why) {
        if (ended) {
            return false;
        }
        if (givenUp == null) {
            givenUp = why;
            // A library may swallow one interrupt.
            interrupts = Background.every(INTERRUPT_AGAIN_MILLIS, this::interruptThread);
        }
        for (StartedJob job : started) {
            job.cancel();
        }
        thread.interrupt();
        return true;
    }

    private synchronized void interruptThread() {
        if (!ended) {
            thread.interrupt();
        }
    }

    synchronized boolean isGivenUp() {
        return givenUp != null;
    }

    /** Asked before each job is submitted. Throws what main() gets where this one is not to be. */
    synchronized StartedJob admit(String name) {
        if (givenUp != null) {
            throw givenUp.tell(": the job " + Jobs.quoted(name) + " is not started any more");
        }
        if (ended) {
            throw new IllegalStateException(
                    "main() has returned: the job " + Jobs.quoted(name) + " is not started any more");
        }
        if (!started.isEmpty()) {
            refused.add(name);
            RuntimeException error = new SeveralJobsException(severalJobs("This one is not started"));
            refusal = refusal != null ? refusal : error;
            throw error;
        }
        StartedJob job = new StartedJob(name);
        started.add(job);
        return job;
    }

    /** Flink runs it. */
    synchronized void started(StartedJob job) {
        if (givenUp != null || failed) {
            job.cancel();
        }
    }

    /** Flink did not take it, so that another one may be tried. */
    synchronized void notStarted(StartedJob job) {
        started.remove(job);
    }

    /** What is to be told after main() ended so (null: it returned); waits until nothing of a failed one runs. */
    Throwable end(Throwable thrown) {
        boolean good;
        synchronized (this) {
            ended = true;
            cancelTimers();
            // Whatever Flink does next on this thread is not meant.
            Thread.interrupted();
            good = thrown == null && givenUp == null && refusal == null;
            failed = !good;
        }
        if (good || FlinkApi.endsPlan(thrown)) {
            return thrown;
        }
        try {
            endJobs();
            return failure(thrown);
        } catch (Throwable trouble) {
            // For example no memory, when main() has used it up.
            return thrown != null ? thrown : trouble;
        }
    }

    private void cancelTimers() {
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (interrupts != null) {
            interrupts.cancel(false);
        }
    }

    private void endJobs() {
        List<StartedJob> jobs;
        synchronized (this) {
            jobs = new ArrayList<>(started);
        }
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CANCEL_MILLIS);
        for (StartedJob job : jobs) {
            job.end(until);
        }
    }

    private synchronized Throwable failure(Throwable thrown) {
        if (refusal != null) {
            RuntimeException error = new SeveralJobsException(severalJobs(endOfStarted()));
            // Where in main() it asked for the second.
            error.setStackTrace(refusal.getStackTrace());
            return error;
        }
        return givenUp != null ? givenUp() : thrown;
    }

    /** For a main() that was given up and goes on: its job is over then all the same. */
    RuntimeException abandoned() {
        endJobs();
        return givenUp();
    }

    private synchronized RuntimeException givenUp() {
        String how = ended ? " and was interrupted" : " and goes on, since it does not heed interrupts";
        return givenUp.tell(how + ". " + endOfStarted() + Jobs.list(started, refused));
    }

    private String severalJobs(String end) {
        int count = started.size() + refused.size();
        return "main() may start one job, but it asked for " + count + ". " + end
                + ". Make each of them a job of its own, or put several INSERTs into one StatementSet"
                + Jobs.list(started, refused);
    }

    private String endOfStarted() {
        if (started.isEmpty()) {
            return "It had started nothing";
        }
        return started.get(0).isOver() ? "What it had started is over" : "What it had started is being cancelled";
    }

    /** Small enough to be kept. */
    synchronized String summary() {
        return Jobs.list(started, refused);
    }
}
