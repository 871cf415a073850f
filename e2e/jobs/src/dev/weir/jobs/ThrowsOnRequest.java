package dev.weir.jobs;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Streams that have nothing to do with each other, one for each argument. One throws once for each time that the file it names is
 * written: the content is the message, or "bytes N" for a message of that size. The file is deleted before.
 */
public final class ThrowsOnRequest {
    private ThrowsOnRequest() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setParallelism(1);
        for (String file : args) {
            env.fromSequence(0, Long.MAX_VALUE)
                    .map(new Streams.Nap(10))
                    .map(new Throws(file))
                    .name("throws")
                    .filter(value -> value < 0)
                    .print();
        }
        env.execute("throws on request");
    }

    static final class Throws implements MapFunction<Long, Long> {
        private static final long serialVersionUID = 1;
        private final String file;

        Throws(String file) {
            this.file = file;
        }

        @Override
        public Long map(Long value) throws Exception {
            String message;
            try {
                message = Files.readString(Path.of(file));
                Files.delete(Path.of(file));
            } catch (NoSuchFileException nothing) {
                return value;
            }
            boolean size = message.startsWith("bytes ");
            throw new IllegalStateException(size ? "x".repeat(Integer.parseInt(message.substring(6))) : message);
        }
    }
}
