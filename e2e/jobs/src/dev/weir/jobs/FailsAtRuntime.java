package dev.weir.jobs;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** An operator throws at record N (first argument, 10 by default); with "exit" as second argument it ends its TaskManager. */
public final class FailsAtRuntime {
    private FailsAtRuntime() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setParallelism(1);
        env.fromSequence(0, Long.MAX_VALUE)
                .map(new Streams.Nap(10))
                .map(new Fails(args.length == 0 ? 10 : Long.parseLong(args[0]), args.length > 1 && args[1].equals("exit")))
                .filter(value -> value < 0)
                .print();
        env.execute("fails at runtime");
    }

    static final class Fails implements MapFunction<Long, Long> {
        private static final long serialVersionUID = 1;
        private final long at;
        private final boolean exit;

        Fails(long at, boolean exit) {
            this.at = at;
            this.exit = exit;
        }

        @Override
        public Long map(Long value) {
            if (value >= at && exit) {
                Runtime.getRuntime().halt(5);
            }
            if (value >= at) {
                throw new IllegalStateException("record " + value + " cannot be processed");
            }
            return value;
        }
    }
}
