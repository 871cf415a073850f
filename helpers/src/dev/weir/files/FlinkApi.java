package dev.weir.files;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.Objects;

/**
 * Flink's file systems as the Flink on the class path has them, with its plugins: those in the folder that the environment
 * variable {@code FLINK_PLUGINS_DIR} names. By reflection, so that this compiles without Flink and runs with every version of it:
 * these methods are the same from Flink 1.17 to 2.3.
 */
final class FlinkApi {
    private static final String PACKAGE = "org.apache.flink.";

    private final Constructor<?> newPath;
    private final Method fileSystemOf;
    private final Method getFileStatus;
    private final Method open;
    private final Method listStatus;
    private final Class<?> status;

    private FlinkApi() throws ReflectiveOperationException {
        Class<?> path = type("core.fs.Path");
        Class<?> fileSystem = type("core.fs.FileSystem");
        status = type("core.fs.FileStatus");
        newPath = path.getConstructor(String.class);
        fileSystemOf = path.getMethod("getFileSystem");
        getFileStatus = fileSystem.getMethod("getFileStatus", path);
        open = fileSystem.getMethod("open", path);
        listStatus = fileSystem.getMethod("listStatus", path);
    }

    /** A file or folder as its file system describes it. */
    static final class Status {
        final boolean isFolder;
        final long bytes;
        /** Another value once the file is another one: its ETag where there is one, or else its time and size. */
        final String validator;

        Status(boolean isFolder, long bytes, String validator) {
            this.isFolder = isFolder;
            this.bytes = bytes;
            this.validator = validator;
        }
    }

    /** For a JVM whose Flink has its file systems already. */
    static FlinkApi asItIs() throws IOException {
        return call(FlinkApi::new);
    }

    /** Once for each program: Flink's file systems are static. */
    static FlinkApi initialize(Map<String, String> configuration) throws IOException {
        try {
            FlinkApi api = new FlinkApi();
            Class<?> type = type("configuration.Configuration");
            Object flink = type.getMethod("fromMap", Map.class).invoke(null, configuration);
            Object plugins = type("core.plugin.PluginUtils").getMethod("createPluginManagerFromRootFolder", type).invoke(null, flink);
            type("core.fs.FileSystem").getMethod("initialize", type, type("core.plugin.PluginManager")).invoke(null, flink, plugins);
            return api;
        } catch (ReflectiveOperationException error) {
            throw thrown(error);
        }
    }

    Status status(String uri) throws IOException {
        Object path = call(() -> newPath.newInstance(uri));
        return call(() -> describe(getFileStatus.invoke(fileSystemOf.invoke(path), path)));
    }

    InputStream open(String uri) throws IOException {
        Object path = call(() -> newPath.newInstance(uri));
        return (InputStream) call(() -> open.invoke(fileSystemOf.invoke(path), path));
    }

    /** Nothing but the error of it is of interest. */
    void list(String uri) throws IOException {
        Object path = call(() -> newPath.newInstance(uri));
        call(() -> listStatus.invoke(fileSystemOf.invoke(path), path));
    }

    private Status describe(Object found) throws ReflectiveOperationException {
        long bytes = (long) status.getMethod("getLen").invoke(found);
        long changed = (long) status.getMethod("getModificationTime").invoke(found);
        boolean isFolder = (boolean) status.getMethod("isDir").invoke(found);
        String etag = etagOf(found);
        return new Status(isFolder, bytes, etag != null ? etag : changed + "-" + bytes);
    }

    /** Hadoop's status, which Flink wraps, has one in newer versions of Hadoop for S3, Azure and others. */
    private static String etagOf(Object found) {
        try {
            Object inner = found.getClass().getMethod("getInternalFileStatus").invoke(found);
            Method getter = inner.getClass().getMethod("getEtag");
            getter.setAccessible(true);
            return Objects.toString(getter.invoke(inner), null);
        } catch (ReflectiveOperationException | RuntimeException none) {
            return null;
        }
    }

    private interface Call<T> {
        T run() throws ReflectiveOperationException;
    }

    private static <T> T call(Call<T> call) throws IOException {
        try {
            return call.run();
        } catch (ReflectiveOperationException error) {
            throw thrown(error);
        }
    }

    private static IOException thrown(ReflectiveOperationException error) throws IOException {
        Throwable cause = error instanceof InvocationTargetException ? error.getCause() : error;
        if (cause instanceof IOException) return (IOException) cause;
        if (cause instanceof Error) throw (Error) cause;
        return new IOException(cause);
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(PACKAGE + name);
    }
}
