package dev.weir.jobs;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** main() submits two jobs from two environments; Flink gives both the one job ID that was chosen beforehand. */
public final class SecondEnvironment {
    private SecondEnvironment() {}

    public static void main(String[] args) throws Exception {
        for (String name : new String[] {"first", "second"}) {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
            Streams.endless(env);
            env.execute(name);
        }
    }
}
