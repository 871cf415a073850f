package dev.weir.jobs;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** main() submits a job and throws then: the job runs though its submission failed. */
public final class ThrowsAfterExecuteAsync {
    private ThrowsAfterExecuteAsync() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        Streams.endless(env);
        env.executeAsync("left behind");
        throw new IllegalStateException("boom after executeAsync");
    }
}
