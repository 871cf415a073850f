package dev.weir.jobs;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A job without state that runs until it is cancelled; the first argument is its parallelism. */
public final class Endless {
    private Endless() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        if (args.length > 0) {
            env.setParallelism(Integer.parseInt(args[0]));
        }
        Streams.endless(env);
        env.execute("endless");
    }
}
