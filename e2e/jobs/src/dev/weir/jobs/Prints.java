package dev.weir.jobs;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Prints numbered lines of a kilobyte, a hundred thousand at once and then some hundred a second, without end. */
public final class Prints {
    private static final int AT_ONCE = 100_000;

    private Prints() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setParallelism(1);
        env.fromSequence(0, Long.MAX_VALUE)
                .map(
                        value -> {
                            if (value > AT_ONCE) {
                                Thread.sleep(2);
                            }
                            return String.format("%01023d", value);
                        })
                .print();
        env.execute("prints");
    }
}
