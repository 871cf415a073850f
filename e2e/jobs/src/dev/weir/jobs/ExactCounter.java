package dev.weir.jobs;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * A job that knows itself whether a record was lost or doubled. One source emits 0, 1, 2, ... in order; record v has the key
 * v mod 16, so after v its key's count has to be v / 16 + 1, whatever died in between. Each life of each counting subtask
 * appends to a file of its own, FOLDER/life-TIME-UUID.log:
 *
 * <pre>
 * start restored=false | start restored=true total=N   the state it began with: records counted before
 * first value=V                                        the first record it saw
 * checkpoint id=C total=N                              what checkpoint C holds (of this subtask)
 * progress total=N                                     once a second
 * WRONG key=K value=V expected=E actual=A              a record was lost or doubled
 * end total=N                                          closed: cancelled, or every record counted
 * </pre>
 *
 * Arguments: FOLDER [parallelism of the counter] [records; 0 = endless] [milliseconds between records].
 */
public final class ExactCounter {
    private static final long KEYS = 16;

    private ExactCounter() {}

    public static void main(String[] args) throws Exception {
        Files.createDirectories(Path.of(args[0]));
        int parallelism = args.length > 1 ? Integer.parseInt(args[1]) : 1;
        long records = args.length > 2 ? Long.parseLong(args[2]) : 0;
        long millis = args.length > 3 ? Long.parseLong(args[3]) : 2;
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromSequence(0, records == 0 ? Long.MAX_VALUE : records - 1)
                .setParallelism(1)
                .uid("source")
                .map(new Streams.Nap(millis))
                .setParallelism(1)
                .keyBy(new KeyOf())
                .process(new Count(args[0]))
                .setParallelism(parallelism)
                .uid("count")
                .print()
                .setParallelism(parallelism);
        env.execute("exact counter");
    }

    static final class KeyOf implements KeySelector<Long, Long> {
        private static final long serialVersionUID = 1;

        @Override
        public Long getKey(Long value) {
            return value % KEYS;
        }
    }

    static final class Count extends KeyedProcessFunction<Long, Long, String> implements CheckpointedFunction {
        private static final long serialVersionUID = 1;
        private final String folder;
        private transient Path file;
        private transient ListState<Long> totals;
        private transient ValueState<Long> count;
        private transient long total;
        private transient long lastProgress;
        private transient boolean seenOne;

        Count(String folder) {
            this.folder = folder;
        }

        @Override
        public void initializeState(FunctionInitializationContext context) throws Exception {
            // On Kubernetes each TaskManager has a file system of its own.
            Files.createDirectories(Path.of(folder));
            file = Path.of(folder, "life-" + System.currentTimeMillis() + "-" + UUID.randomUUID() + ".log");
            totals = context.getOperatorStateStore().getListState(new ListStateDescriptor<>("totals", Long.class));
            for (Long part : totals.get()) {
                total += part;
            }
            write("start restored=" + context.isRestored() + (context.isRestored() ? " total=" + total : ""));
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            totals.clear();
            totals.add(total);
            write("checkpoint id=" + context.getCheckpointId() + " total=" + total);
        }

        @Override
        public void processElement(Long value, Context context, Collector<String> out) throws Exception {
            if (count == null) {
                count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Long.class));
            }
            Long before = count.value();
            long now = before == null ? 1 : before + 1;
            count.update(now);
            total++;
            if (!seenOne) {
                seenOne = true;
                write("first value=" + value);
            }
            if (now != value / KEYS + 1) {
                write("WRONG key=" + context.getCurrentKey() + " value=" + value + " expected=" + (value / KEYS + 1) + " actual=" + now);
            }
            if (System.currentTimeMillis() - lastProgress >= 1000) {
                lastProgress = System.currentTimeMillis();
                write("progress total=" + total);
            }
        }

        @Override
        public void close() throws Exception {
            if (file != null) {
                write("end total=" + total);
            }
        }

        private void write(String line) throws Exception {
            byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
            Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }
}
