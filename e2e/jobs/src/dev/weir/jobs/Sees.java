package dev.weir.jobs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeSet;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** main() writes what it sees of the world into the file FILE (first argument), then starts an endless job. */
public class Sees {
    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        Thread thread = Thread.currentThread();
        Configuration configuration = (Configuration) env.getConfiguration();
        String seen = String.join(
                "\n",
                "arguments " + args.length + " " + Arrays.toString(Arrays.copyOfRange(args, 1, args.length)),
                "thread " + thread.getName().replaceAll("\\d+", "N") + " " + thread.isDaemon() + " " + thread.getPriority() + " " + thread.isInterrupted(),
                "context " + thread.getContextClassLoader().getClass().getName(),
                "loader " + Sees.class.getClassLoader().getClass().getName(),
                "environment " + env.getClass().getName(),
                "configuration " + new TreeSet<>(configuration.keySet()));
        Files.write(Path.of(args[0]), seen.getBytes("UTF-8"));
        Streams.endless(env);
        env.execute("sees");
    }
}
