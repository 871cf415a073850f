package dev.weir.jobs;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A job that ends well after so many records (first argument, 10 by default). */
public final class Bounded {
    private Bounded() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromSequence(1, args.length == 0 ? 10 : Long.parseLong(args[0])).filter(value -> value < 0).print();
        env.execute("bounded");
    }
}
