package dev.weir.runner;

import java.lang.reflect.Method;

/** Flink's log, which the runner writes to only when it can't do its work. */
final class Log {
    private Log() {}

    static void warn(String line) {
        try {
            Method getLogger = Class.forName("org.slf4j.LoggerFactory").getMethod("getLogger", String.class);
            Object logger = getLogger.invoke(null, Runner.class.getName());
            Method warn = Class.forName("org.slf4j.Logger").getMethod("warn", String.class);
            warn.invoke(logger, line);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError error) {
            System.err.println(Runner.class.getName() + ": " + line);
        }
    }
}
