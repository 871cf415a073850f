package dev.weir.jobs;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The smallest streams there are, for mains whose own behaviour is what a test looks at. */
final class Streams {
    private Streams() {}

    /** Numbers from 0, some hundred a second, that never end. */
    static void endless(StreamExecutionEnvironment env) {
        env.fromSequence(0, Long.MAX_VALUE).map(new Nap(10)).filter(value -> value < 0).print();
    }

    /** Passes a value on after so many milliseconds. */
    static final class Nap implements MapFunction<Long, Long> {
        private static final long serialVersionUID = 1;
        private final long millis;

        Nap(long millis) {
            this.millis = millis;
        }

        @Override
        public Long map(Long value) throws InterruptedException {
            Thread.sleep(millis);
            return value;
        }
    }
}
