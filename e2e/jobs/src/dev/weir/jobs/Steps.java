package dev.weir.jobs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;

/**
 * main() does what its arguments say, one after the other. A step is {@code WHAT} or {@code WHAT=VALUE}:
 *
 * <pre>
 * start=NAME     executeAsync of an endless job in a new environment; again=NAME: in the one before
 * execute=NAME   execute of a short job; result=NAME: and waits for its end; collect=NAME: and collects its numbers
 * select         a SELECT that is printed; insert=TABLE: an INSERT; await=TABLE: and waits for its end; both: two INSERTs in one StatementSet
 * file=PATH      what the following steps append lines to: calls of main(), results, what was caught
 * wait=PATH      sleeps until there is that file; busy=PATH: so, but heeds no interrupt
 * throw=KIND     exception, error, memory, stack, init, link
 * caught         catches what the next step throws; thread: does the next step in a thread of its own, and waits for it
 * </pre>
 */
public final class Steps {
    private static Path file;
    private StreamExecutionEnvironment last;

    private Steps() {}

    public static void main(String[] args) throws Exception {
        Steps steps = new Steps();
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("caught")) {
                String step = args[++i];
                try {
                    steps.step(step);
                } catch (Exception error) {
                    write("caught " + error);
                }
            } else if (args[i].equals("thread")) {
                steps.inThread(args[++i]);
            } else {
                steps.step(args[i]);
            }
        }
    }

    static void write(String line) throws Exception {
        Files.write(file, (line + "\n").getBytes("UTF-8"), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private void inThread(String step) throws Exception {
        Thread thread = new Thread(() -> {
            try {
                step(step);
            } catch (Exception error) {
                System.out.println("in a thread of its own: " + error);
            }
        });
        thread.start();
        thread.join();
    }

    private void step(String step) throws Exception {
        int at = step.indexOf('=');
        String value = at < 0 ? "" : step.substring(at + 1);
        switch (at < 0 ? step : step.substring(0, at)) {
            case "file":
                file = Path.of(value);
                write("main");
                break;
            case "wait":
                while (!Files.exists(Path.of(value))) {
                    Thread.sleep(20);
                }
                break;
            case "busy":
                while (!Files.exists(Path.of(value))) {
                    Thread.onSpinWait();
                }
                break;
            case "throw":
                Throwing.it(value);
                break;
            case "select":
            case "insert":
            case "await":
            case "both":
                SqlSteps.step(step.replaceAll("=.*", ""), value);
                break;
            default:
                job(step.replaceAll("=.*", ""), value);
        }
    }

    private void job(String step, String name) throws Exception {
        StreamExecutionEnvironment env = step.equals("again") ? last : StreamExecutionEnvironment.getExecutionEnvironment();
        last = env;
        switch (step) {
            case "start":
            case "again":
                Streams.endless(env);
                env.executeAsync(name);
                break;
            case "execute":
                env.fromSequence(1, 3).print();
                env.execute(name);
                break;
            case "result":
                env.fromSequence(1, 3).print();
                JobClient client = env.executeAsync(name);
                write("result " + client.getJobExecutionResult().get().getJobID());
                break;
            case "collect":
                try (CloseableIterator<Long> numbers = env.fromSequence(1, 3).setParallelism(1).executeAndCollect(name)) {
                    while (numbers.hasNext()) {
                        write("collected " + numbers.next());
                    }
                }
                break;
            default:
                throw new IllegalArgumentException("unknown step " + step);
        }
    }
}
