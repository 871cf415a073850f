package dev.weir.examples;

import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * A stream of numbers that never ends, counted per key: the smallest job that has something to lose.
 * The counts are Flink state; with {@code execution.checkpointing.interval} set they survive whatever dies.
 *
 * <pre>
 * --rate N         records a second and source subtask (100; 0 = as fast as it goes)
 * --records N      end after so many records (endless)
 * --keys N         number of keys (10)
 * --parallelism N  subtasks of every operator (Flink's parallelism.default)
 * --print-every N  print a key's first count, and each time that it has grown by so much (100; 0 = never)
 * </pre>
 */
public final class RunningCounts {
    private RunningCounts() {}

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, "--rate", "--records", "--keys", "--parallelism", "--print-every");
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        if (options.has("--parallelism")) {
            env.setParallelism((int) options.number("--parallelism", 1));
        }
        env.fromSequence(1, options.number("--records", Long.MAX_VALUE))
                .map(new Pace(options.number("--rate", 100)))
                .name("numbers")
                .keyBy(new KeyOf(options.number("--keys", 10)))
                .process(new Count(options.number("--print-every", 100)))
                .name("count per key")
                .uid("count")
                .print()
                .name("print");
        env.execute("Running counts");
    }

    static final class KeyOf implements KeySelector<Long, Long> {
        private static final long serialVersionUID = 1;
        private final long keys;

        KeyOf(long keys) {
            this.keys = keys;
        }

        @Override
        public Long getKey(Long value) {
            return value % keys;
        }
    }

    /** Keeps one number per key. State is asked for when first needed: {@code open} has changed between Flink 1 and 2. */
    static final class Count extends KeyedProcessFunction<Long, Long, String> {
        private static final long serialVersionUID = 1;
        private final long printEvery;
        private transient ValueState<Long> count;

        Count(long printEvery) {
            this.printEvery = printEvery;
        }

        @Override
        public void processElement(Long value, Context context, Collector<String> out) throws Exception {
            if (count == null) {
                count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Long.class));
            }
            Long before = count.value();
            long now = before == null ? 1 : before + 1;
            count.update(now);
            if (printEvery > 0 && (now == 1 || now % printEvery == 0)) {
                out.collect("key " + context.getCurrentKey() + ": " + now);
            }
        }
    }
}
