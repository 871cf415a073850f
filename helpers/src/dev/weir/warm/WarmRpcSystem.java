package dev.weir.warm;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.rpc.RpcSystem;
import org.apache.flink.runtime.rpc.RpcSystemLoader;

/**
 * Gives Flink the RPC system that was loaded beforehand. Flink asks the services that the thread's class loader knows;
 * the first one, or that of the lowest priority, is this one.
 */
public final class WarmRpcSystem implements RpcSystemLoader {
    private static RpcSystem loaded;
    private static ClassLoader usual;

    /** From here on the first to ask on this thread gets it. */
    static void offer(RpcSystem system) throws IOException {
        loaded = system;
        usual = Thread.currentThread().getContextClassLoader();
        Thread.currentThread().setContextClassLoader(new First(usual));
    }

    @Override
    public int getLoadPriority() {
        return -1;
    }

    @Override
    public RpcSystem loadRpcSystem(Configuration configuration) {
        Thread.currentThread().setContextClassLoader(usual);
        return loaded;
    }

    private static final class First extends ClassLoader {
        private final String services = "META-INF/services/" + RpcSystemLoader.class.getName();

        First(ClassLoader parent) {
            super(parent);
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            List<URL> all = Collections.list(super.getResources(name));
            if (name.equals(services)) all.add(0, new URL(null, "weir:services", new Named()));
            return Collections.enumeration(all);
        }
    }

    private static final class Named extends URLStreamHandler {
        @Override
        protected URLConnection openConnection(URL url) {
            return new URLConnection(url) {
                @Override
                public void connect() {}

                @Override
                public InputStream getInputStream() {
                    return new ByteArrayInputStream(
                            WarmRpcSystem.class.getName().getBytes(StandardCharsets.UTF_8));
                }
            };
        }
    }
}
