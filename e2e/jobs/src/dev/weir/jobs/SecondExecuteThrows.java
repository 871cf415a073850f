package dev.weir.jobs;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** main() submits a job that runs, then a second one, which a session refuses. */
public final class SecondExecuteThrows {
    private SecondExecuteThrows() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        Streams.endless(env);
        env.execute("first");
        Streams.endless(env);
        env.execute("second");
    }
}
