package dev.weir.runner;

import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;

/**
 * Stands between a main() and the executor that takes its jobs. Flink has a factory of environments for each call of
 * a main(); this wraps it, and in each environment that it makes the loader of executors. Whatever main() calls to
 * start a job (execute, executeAsync, executeAndCollect, executeSql, print) comes to {@code
 * PipelineExecutor.execute}.
 */
final class ContextHook {
    /** By the class loader of the user's code, which each call of main() has for itself. */
    private static final Map<ClassLoader, ContextHook> HOOKS = Collections.synchronizedMap(new WeakHashMap<>());

    private final FlinkApi flink;
    private final MainRun run;
    private final Object factory;
    private final ClassLoader userCode;

    private ContextHook(FlinkApi flink, MainRun run, Object factory, ClassLoader userCode) {
        this.flink = flink;
        this.run = run;
        this.factory = factory;
        this.userCode = userCode;
    }

    /** Null where that is not possible: then main() runs by Flink's own rules, which the log says. */
    static ContextHook install(MainRun run) {
        try {
            FlinkApi flink = FlinkApi.get();
            Object factory = flink.contextFactory();
            if (factory == null) {
                throw new IllegalStateException("Flink has set no context for this thread");
            }
            ContextHook hook = new ContextHook(flink, run, factory, Thread.currentThread().getContextClassLoader());
            flink.setContextFactory(
                    Wrapper.of(factory, flink.factoryType, "createExecutionEnvironment", hook::createEnvironment));
            HOOKS.put(hook.userCode, hook);
            return hook;
        } catch (Throwable error) {
            Log.warn("The runner can't see what main() does, which runs by Flink's own rules: " + error);
            return null;
        }
    }

    void forget() {
        HOOKS.remove(userCode);
    }

    /**
     * Threads that main() starts get their factory from one field for all, which has that of the main() that began
     * last: the class loader tells which is meant.
     */
    private Object createEnvironment(Wrapper.Call ignored, Object[] arguments) throws Throwable {
        ContextHook meant = HOOKS.getOrDefault(Thread.currentThread().getContextClassLoader(), this);
        Object environment = meant.flink.createEnvironment(meant.factory, arguments);
        try {
            meant.flink.wrapLoader(environment, meant::wrapLoader);
        } catch (Throwable error) {
            Log.warn("The runner can't see the jobs of an environment, which runs by Flink's own rules: " + error);
        }
        return environment;
    }

    private Object wrapLoader(Object loader) {
        return Wrapper.of(loader, flink.loaderType, "getExecutorFactory", (call, arguments) -> {
            return wrapFactory(call.proceed(arguments));
        });
    }

    private Object wrapFactory(Object executorFactory) {
        return Wrapper.of(executorFactory, flink.executorFactoryType, "getExecutor", (call, arguments) -> {
            Object executor = call.proceed(arguments);
            return Wrapper.of(executor, flink.executorType, "execute", (execute, job) -> {
                return execute(executorFactory, execute, job);
            });
        });
    }

    /** {@code job}: pipeline, configuration, class loader. */
    @SuppressWarnings("unchecked")
    private Object execute(Object executorFactory, Wrapper.Call call, Object[] job) throws Throwable {
        StartedJob started = run.admit(flink.jobName(job[0]));
        CompletableFuture<Object> submission;
        try {
            submission = (CompletableFuture<Object>) call.proceed(job);
        } catch (Throwable error) {
            settle(started, null);
            throw error;
        }
        return submission
                .thenApply(client -> flink.fullClient(client, executorFactory, (ClassLoader) job[2]))
                .whenComplete((client, error) -> settle(started, client));
    }

    /** {@code client} is null where Flink did not take the job. */
    private void settle(StartedJob job, Object client) {
        if (client == null) {
            job.notTaken();
            run.notStarted(job);
        } else {
            job.taken(flink.jobId(client), client);
            run.started(job);
        }
    }
}
