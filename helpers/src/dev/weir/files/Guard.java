package dev.weir.files;

import java.io.FileDescriptor;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Permission;

/**
 * Holds every connection of this JVM to {@link Addresses}, whoever makes it: Java asks it for each with the very address
 * that is connected to, be it a plain socket or a channel, after a redirect or a second lookup. By
 * {@code -Djava.security.manager}, which Java has up to 23. It holds configuration, which names endpoints, and not code:
 * a plugin that wants to can get around it. Until {@link #allow} nothing may be connected to.
 */
public final class Guard extends SecurityManager {
    private static volatile Addresses addresses;

    /** An address that the server's owner has not allowed. */
    static final class Refused extends SecurityException {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    /** Once: what is allowed doesn't change. */
    static synchronized void allow(Addresses allowed) {
        if (addresses == null) addresses = allowed;
    }

    @Override
    public void checkConnect(String host, int port) {
        // A lookup connects to nothing, and a name is looked up before anything is.
        if (port == -1 || !isLiteral(host)) return;
        String literal = host.replaceFirst("%.*", "");
        try {
            if (addresses != null && addresses.allows(InetAddress.getByName(literal))) return;
        } catch (UnknownHostException notAnAddress) {
            // Refused.
        }
        throw new Refused(literal + Addresses.refusal(literal));
    }

    private static boolean isLiteral(String host) {
        return host.indexOf(':') >= 0 || host.matches("[0-9.]+");
    }

    @Override
    public void checkConnect(String host, int port, Object context) {
        checkConnect(host, port);
    }

    @Override
    public void checkPermission(Permission permission) {
        if ("setSecurityManager".equals(permission.getName())) throw new SecurityException("The guard of addresses stays");
    }

    @Override
    public void checkPermission(Permission permission, Object context) {
        checkPermission(permission);
    }

    // All else is let through, and sooner so than by way of a permission.

    @Override
    public void checkRead(String file) {}

    @Override
    public void checkRead(String file, Object context) {}

    @Override
    public void checkRead(FileDescriptor file) {}

    @Override
    public void checkWrite(String file) {}

    @Override
    public void checkWrite(FileDescriptor file) {}

    @Override
    public void checkDelete(String file) {}

    @Override
    public void checkListen(int port) {}

    @Override
    public void checkAccept(String host, int port) {}

    @Override
    public void checkMulticast(InetAddress group) {}

    @Override
    public void checkPropertyAccess(String key) {}

    @Override
    public void checkPackageAccess(String name) {}

    @Override
    public void checkPackageDefinition(String name) {}

    @Override
    public void checkAccess(Thread thread) {}

    @Override
    public void checkAccess(ThreadGroup group) {}
}
