package dev.weir.runner;

/**
 * Calls a user's main() in place of Flink's own handler of {@code POST /jars/ID/run}: it is the entry class of that
 * request, and knows the user's by an option. Its arguments: {@code [OPTION..., "--", ARGUMENT OF THE USER'S
 * main()...]}; see {@link Options}.
 *
 * <p>main() may start one job. It gets that job's results, is ended at its deadline, and leaves nothing running when
 * it fails. Nobody can end a thread that never looks whether it was interrupted (a busy loop): then the request gets
 * no answer, but the job that main() had started is cancelled all the same, and it can't start another one.
 *
 * <p>Flink's application class loader has this class, whichever class loader has the user's: what is static here is
 * the same for every request to this JVM.
 */
public final class Runner {
    private static final Runs RUNS = new Runs();

    private Runner() {}

    /** Throws what the user's main() throws, as it is, or what became of it in our words. */
    public static void main(String[] args) throws Throwable {
        Options options = Options.of(args);
        if (options.interrupt) {
            throw new Answer(RUNS.interrupt(options.id));
        }
        MainRun run = new MainRun();
        RUNS.begin(options.id, run);
        Throwable failure = null;
        try {
            failure = call(run, options);
        } finally {
            RUNS.end(options.id, run, failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Answers what the request is to be answered with: null for an end without a failure. */
    private static Throwable call(MainRun run, Options options) {
        ContextHook hook = ContextHook.install(run);
        try {
            EntryPoint entry = EntryPoint.find(options.entryClass);
            run.limit(options.timeoutMillis);
            entry.call(options.arguments);
            return run.end(null);
        } catch (Throwable thrown) {
            return run.end(thrown);
        } finally {
            if (hook != null) {
                hook.forget();
            }
        }
    }
}
