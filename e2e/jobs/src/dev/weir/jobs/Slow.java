package dev.weir.jobs;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * main() takes its time: it makes the file STARTED (first argument) and submits only once the file GO (second argument)
 * is there. So a test can do things while a submission is under way.
 */
public final class Slow {
    private Slow() {}

    public static void main(String[] args) throws Exception {
        Files.write(Path.of(args[0]), new byte[0]);
        while (!Files.exists(Path.of(args[1]))) {
            Thread.sleep(20);
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        Streams.endless(env);
        env.execute("slow");
    }
}
