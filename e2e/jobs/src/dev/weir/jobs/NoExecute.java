package dev.weir.jobs;

import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** main() describes a stream and returns without execute(). */
public final class NoExecute {
    private NoExecute() {}

    public static void main(String[] args) {
        Streams.endless(StreamExecutionEnvironment.getExecutionEnvironment());
    }
}
