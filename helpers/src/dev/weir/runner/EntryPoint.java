package dev.weir.runner;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/** The user's main(), found by the rules of Flink's {@code PackagedProgram}. */
final class EntryPoint {
    private static final String CHECK = "check entryClass, and that the job's jar or a jar of the session holds it";

    private final Method main;

    private EntryPoint(Method main) {
        this.main = main;
    }

    /** {@code name} is null where the jar's manifest is to tell. Throws EntryClassException. */
    static EntryPoint find(String name) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return new EntryPoint(mainOf(load(name != null ? name : nameInManifest(loader), loader)));
    }

    /** Throws what main() throws: nobody can tell that it was called by reflection. */
    void call(String[] arguments) throws Throwable {
        try {
            main.invoke(null, (Object) arguments);
        } catch (InvocationTargetException error) {
            throw error.getTargetException();
        } catch (Error error) {
            throw FlinkApi.notInvoked(error);
        }
    }

    private static Class<?> load(String name, ClassLoader loader) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException error) {
            throw new EntryClassException("The program's entry point class '" + name + "' was not found: " + CHECK);
        } catch (LinkageError error) {
            throw new EntryClassException(
                    "The program's entry point class '" + name + "' could not be loaded; a class that it needs is"
                            + " missing or of another version, or it was compiled for a newer Java: " + error);
        }
    }

    private static Method mainOf(Class<?> type) {
        String name = type.getName();
        Method found;
        try {
            found = type.getMethod("main", String[].class);
        } catch (NoSuchMethodException error) {
            throw new EntryClassException(
                    "The class '" + name + "' does not have a main(String[]) method that is public: " + CHECK);
        } catch (LinkageError error) {
            throw new EntryClassException(
                    "The methods of the class '" + name + "' could not be read; a class that they need is missing: "
                            + error);
        }
        if (!Modifier.isStatic(found.getModifiers())) {
            throw new EntryClassException("The main(String[]) of the class '" + name + "' is not static");
        }
        if (!Modifier.isPublic(type.getModifiers())) {
            throw new EntryClassException(
                    "The class '" + name + "' must be public, so that its main(String[]) can be called");
        }
        return found;
    }

    /** The uploaded jar is the first of the class loader that Flink makes for each request. */
    private static String nameInManifest(ClassLoader loader) {
        URL[] jars = loader instanceof URLClassLoader ? ((URLClassLoader) loader).getURLs() : new URL[0];
        if (jars.length == 0) {
            throw new EntryClassException("No entry class was given, and the job has no jar that could name one");
        }
        Attributes attributes = mainAttributes(jars[0]);
        String assembled = attributes.getValue("program-class");
        String name = assembled != null ? assembled : attributes.getValue(Attributes.Name.MAIN_CLASS);
        if (name == null || name.trim().isEmpty()) {
            throw new EntryClassException(
                    "Neither a 'Main-Class', nor a 'program-class' entry was found in the manifest of the job's jar:"
                            + " give entryClass");
        }
        return name.trim();
    }

    private static Attributes mainAttributes(URL jar) {
        try (JarFile file = new JarFile(new File(jar.toURI()))) {
            Manifest manifest = file.getManifest();
            return manifest == null ? new Attributes() : manifest.getMainAttributes();
        } catch (IOException | URISyntaxException | IllegalArgumentException error) {
            throw new EntryClassException(
                    "The manifest of the job's jar could not be read, so give entryClass: " + error);
        }
    }
}
