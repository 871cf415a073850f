package dev.weir.warm;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.rpc.RpcSystem;

/** Loads and initialises what a start of Flink would; nothing that listens, and nothing that reads a configuration. */
final class Warmth {
    private final Path classes;
    private final Path temporary;
    private final BooleanSupplier enough;

    Warmth(Path classes, Path temporary, BooleanSupplier enough) {
        this.classes = classes;
        this.temporary = temporary;
        this.enough = enough;
    }

    /** Null where it was called off before that. */
    RpcSystem gather() throws IOException {
        List<String> others = initialise(Files.readAllLines(classes), Warmth.class.getClassLoader());
        if (enough.getAsBoolean()) return null;
        Configuration configuration = new Configuration();
        configuration.setString("io.tmp.dirs", temporary.toString());
        RpcSystem system = RpcSystem.load(configuration);
        ClassLoader loader = loaderOf(system);
        if (loader != null) initialise(others, loader);
        return system;
    }

    /** Answers those that the loader does not have. */
    private List<String> initialise(List<String> names, ClassLoader loader) {
        List<String> others = new ArrayList<>();
        for (String name : names) {
            if (enough.getAsBoolean()) break;
            try {
                Class.forName(name, true, loader);
            } catch (ClassNotFoundException e) {
                others.add(name);
            } catch (LinkageError e) {
                // It can't be used here, and need not be: whoever does will be told why.
            }
        }
        return others;
    }

    /** Flink keeps the classes of its RPC in a class loader of their own. */
    private static ClassLoader loaderOf(RpcSystem system) {
        for (Field field : system.getClass().getDeclaredFields()) {
            try {
                field.setAccessible(true);
                if (field.get(system) instanceof ClassLoader) return (ClassLoader) field.get(system);
            } catch (IllegalAccessException e) {
                return null;
            }
        }
        return null;
    }
}
