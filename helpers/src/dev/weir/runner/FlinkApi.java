package dev.weir.runner;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/**
 * What the runner needs of Flink, by reflection, so that one jar serves Flink 1.17 to 2.3 and is compiled without
 * any. Two names differ: how an environment counts its jobs, and the type of a timeout (Time in 1.x, Duration in
 * 2.x).
 */
final class FlinkApi {
    private static final String PACKAGE = "org.apache.flink.";
    private static final String CLIENT = PACKAGE + "client.";
    /** As Flink's own {@code execution.embedded-rpc-timeout}. */
    private static final Duration RPC_TIMEOUT = Duration.ofHours(1);
    private static final String[] LIMITS = {"enforceSingleJobExecution", "jobCountLimit", "streamingJobCountLimit"};

    final Class<?> factoryType;
    final Class<?> loaderType;
    final Class<?> executorFactoryType;
    final Class<?> executorType;
    private final Class<?> contextEnvironment;
    private final Field threadFactory;
    private final Field executorServiceLoader;
    private final Method initializeContext;
    private final Constructor<?> newClient;
    private final Object timeout;
    private final Object retryExecutor;

    private static FlinkApi instance;

    /** Throws what is missing if this Flink is another one than we know. */
    static synchronized FlinkApi get() throws ReflectiveOperationException {
        if (instance == null) {
            instance = new FlinkApi();
        }
        return instance;
    }

    private FlinkApi() throws ReflectiveOperationException {
        Class<?> environment = type("streaming.api.environment.StreamExecutionEnvironment");
        factoryType = type("streaming.api.environment.StreamExecutionEnvironmentFactory");
        loaderType = type("core.execution.PipelineExecutorServiceLoader");
        executorFactoryType = type("core.execution.PipelineExecutorFactory");
        executorType = type("core.execution.PipelineExecutor");
        contextEnvironment = type("client.program.StreamContextEnvironment");
        threadFactory = field(environment, "threadLocalContextEnvironmentFactory");
        executorServiceLoader = field(environment, "executorServiceLoader");
        initializeContext = environment.getDeclaredMethod("initializeContextEnvironment", factoryType);
        initializeContext.setAccessible(true);
        newClient = type("client.deployment.application.EmbeddedJobClient").getConstructors()[0];
        timeout = timeoutOf(newClient.getParameterTypes()[3]);
        retryExecutor = type("util.concurrent.ScheduledExecutorServiceAdapter")
                .getConstructor(java.util.concurrent.ScheduledExecutorService.class)
                .newInstance(Background.CLIENTS);
    }

    private static Object timeoutOf(Class<?> type) throws ReflectiveOperationException {
        if (type == Duration.class) {
            return RPC_TIMEOUT;
        }
        return type.getMethod("milliseconds", long.class).invoke(null, RPC_TIMEOUT.toMillis());
    }

    /** The factory that Flink has set for this thread; null if none. */
    Object contextFactory() throws ReflectiveOperationException {
        return ((ThreadLocal<?>) threadFactory.get(null)).get();
    }

    /** For this thread and those that it starts, until Flink takes it away when main() is over. */
    void setContextFactory(Object factory) throws ReflectiveOperationException {
        initializeContext.invoke(null, factory);
    }

    Object createEnvironment(Object factory, Object[] arguments) throws Throwable {
        try {
            Method create = factoryType.getMethod("createExecutionEnvironment", type("configuration.Configuration"));
            create.setAccessible(true);
            return create.invoke(factory, arguments);
        } catch (InvocationTargetException error) {
            throw error.getTargetException();
        }
    }

    /**
     * That a second job is refused is our business: Flink would refuse it where we don't see it. The environment of a
     * plan is let be.
     */
    void wrapLoader(Object environment, UnaryOperator<Object> wrap) throws ReflectiveOperationException {
        if (!contextEnvironment.isInstance(environment)) {
            return;
        }
        executorServiceLoader.set(environment, wrap.apply(executorServiceLoader.get(environment)));
        int found = 0;
        for (Field field : contextEnvironment.getDeclaredFields()) {
            for (String limit : LIMITS) {
                if (field.getName().equals(limit)) {
                    field.setAccessible(true);
                    boolean flag = field.getType() == boolean.class;
                    field.set(environment, flag ? (Object) false : (Object) Integer.MAX_VALUE);
                    found++;
                }
            }
        }
        if (found == 0) {
            throw new NoSuchFieldException("enforceSingleJobExecution or jobCountLimit");
        }
    }

    String jobName(Object pipeline) {
        try {
            return String.valueOf(pipeline.getClass().getMethod("getJobName").invoke(pipeline));
        } catch (ReflectiveOperationException | RuntimeException error) {
            return "unnamed";
        }
    }

    String jobId(Object client) {
        try {
            return String.valueOf(call(client, "getJobID"));
        } catch (ReflectiveOperationException | RuntimeException error) {
            return "";
        }
    }

    /** The client that main() gets in a session can do nothing but name its job; Flink's other one can do all. */
    Object fullClient(Object client, Object executorFactory, ClassLoader userCode) {
        if (client == null || !client.getClass().getName().endsWith(".WebSubmissionJobClient")) {
            return client;
        }
        try {
            Object gateway = field(executorFactory.getClass(), "dispatcherGateway").get(executorFactory);
            return newClient.newInstance(call(client, "getJobID"), gateway, retryExecutor, timeout, userCode);
        } catch (ReflectiveOperationException | RuntimeException error) {
            Log.warn("main() can't have results, and the runner can't cancel its job: " + error);
            return client;
        }
    }

    /** Asks for it; whether it is too late, the job's status tells. */
    static void cancel(Object client) {
        try {
            call(client, "cancel");
        } catch (ReflectiveOperationException | RuntimeException error) {
            Log.warn("A job that main() started could not be cancelled: " + error);
        }
    }

    @SuppressWarnings("unchecked")
    static CompletableFuture<Object> status(Object client) throws ReflectiveOperationException {
        return (CompletableFuture<Object>) call(client, "getJobStatus");
    }

    static boolean saysJobUnknown(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause.getClass().getName().endsWith(".FlinkJobNotFoundException")) {
                return true;
            }
        }
        return false;
    }

    /** Flink ends a main() in this way when it only wants to see the plan. */
    static boolean endsPlan(Throwable thrown) {
        return thrown != null && thrown.getClass().getName().equals(CLIENT + "program.ProgramAbortException");
    }

    /** What Flink says where main() could not even begin, since its class could not be initialized. */
    static Throwable notInvoked(Throwable error) {
        try {
            String message = "An error occurred while invoking the program's main method: " + error.getMessage();
            return (Throwable) type("client.program.ProgramInvocationException")
                    .getConstructor(String.class, Throwable.class)
                    .newInstance(message, error);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError trouble) {
            return error;
        }
    }

    private static Object call(Object client, String method) throws ReflectiveOperationException {
        Method found = client.getClass().getMethod(method);
        found.setAccessible(true);
        return found.invoke(client);
    }

    private static Field field(Class<?> type, String name) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(PACKAGE + name);
    }
}
