package dev.weir.warm;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.runtime.rpc.RpcSystem;

/** Makes of this JVM what the assignment's command line would have made of a new one, and calls its main(). */
final class Become {
    private Become() {}

    static void of(Assignment assignment, RpcSystem rpc) throws Throwable {
        System.setIn(new ByteArrayInputStream(new byte[0]));
        variables().putAll(assignment.environment);
        Iterator<String> words = assignment.words.iterator();
        String main = null;
        while (main == null) {
            String word = words.next();
            int equals = word.indexOf('=');
            if (word.startsWith("-D")) System.setProperty(word.substring(2, equals), word.substring(equals + 1));
            else if (word.equals("-classpath")) extendClassPath(words.next());
            else main = word;
        }
        List<String> rest = assignment.words.subList(assignment.words.indexOf(main) + 1, assignment.words.size());
        readLogConfiguration();
        if (rpc != null) WarmRpcSystem.offer(rpc);
        Method method = Class.forName(main).getMethod("main", String[].class);
        try {
            method.invoke(null, (Object) rest.toArray(new String[0]));
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** The map behind System.getenv(). */
    @SuppressWarnings("unchecked")
    private static Map<String, String> variables() throws ReflectiveOperationException {
        Field behind = Class.forName("java.util.Collections$UnmodifiableMap").getDeclaredField("m");
        behind.setAccessible(true);
        return (Map<String, String>) behind.get(System.getenv());
    }

    /** With what stands there beyond the class path that this JVM has. */
    private static void extendClassPath(String whole) throws ReflectiveOperationException {
        Set<String> known = new HashSet<>(
                Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator)));
        ClassLoader loader = Become.class.getClassLoader();
        Method append = loader.getClass().getDeclaredMethod("appendToClassPathForInstrumentation", String.class);
        append.setAccessible(true);
        for (String entry : whole.split(File.pathSeparator)) if (known.add(entry)) append.invoke(loader, entry);
        System.setProperty("java.class.path", whole);
    }

    private static void readLogConfiguration() throws ReflectiveOperationException {
        Class.forName("org.apache.logging.log4j.core.config.Configurator").getMethod("reconfigure").invoke(null);
    }
}
