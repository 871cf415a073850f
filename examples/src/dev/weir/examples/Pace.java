package dev.weir.examples;

import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.functions.MapFunction;

/**
 * Lets so many records a second through. A number sequence would otherwise be emitted as fast as the machine can;
 * a rate limiter of Flink's own is not part of every version's distribution.
 */
final class Pace implements MapFunction<Long, Long> {
    private static final long serialVersionUID = 1;
    /** Never sleeps longer at once, so that checkpoint barriers and cancels are not held up. */
    private static final long LONGEST_NAP = 50_000_000L;

    private final long nanosPerRecord;
    private transient long due;

    /** A rate of 0 means: no limit. */
    Pace(long recordsPerSecond) {
        nanosPerRecord = recordsPerSecond == 0 ? 0 : 1_000_000_000L / recordsPerSecond;
    }

    @Override
    public Long map(Long value) {
        if (nanosPerRecord == 0) {
            return value;
        }
        long now = System.nanoTime();
        // After a pause (a restore, a slow consumer) the lost time is not made up for in a burst.
        due = due == 0 || now - due > 1_000_000_000L ? now : due + nanosPerRecord;
        while (due - System.nanoTime() > 0 && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(Math.min(due - System.nanoTime(), LONGEST_NAP));
        }
        return value;
    }
}
