package dev.weir.files;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** A connection to an address that was checked, TLS included, on which nothing lasts for ever. Its errors are Troubles. */
final class Wire implements Closeable {
    private static final int CONNECT_MS = Integer.getInteger("weir.files.connect-ms", 10_000);
    private static final int STALL_MS = Integer.getInteger("weir.files.stall-ms", 60_000);
    /** So many bytes must come in each STALL_MS: a server that trickles is as good as one that stalls. */
    private static final long LEAST_BYTES = Math.max(1, STALL_MS * 1024L / 1000);

    private final String uri;
    private final Socket raw;
    private final Watch watch;
    /** Speaks TLS over the raw one where the URL wants that. */
    private Socket socket;
    private boolean isHeadRead;

    private Wire(String uri, Socket raw) {
        this.uri = uri;
        this.raw = raw;
        this.socket = raw;
        this.watch = new Watch(raw);
    }

    static Wire open(Url url, Addresses addresses, String uri) throws Trouble {
        IOException last = null;
        try {
            for (InetAddress address : addresses.of(url.host, uri)) {
                Socket raw = new Socket(Proxy.NO_PROXY);
                try {
                    raw.connect(new InetSocketAddress(address, url.port), CONNECT_MS);
                    raw.setTcpNoDelay(true);
                    return new Wire(uri, raw).secured(url);
                } catch (IOException error) {
                    raw.close();
                    last = error;
                }
            }
        } catch (IOException error) {
            last = error;
        }
        throw explained(last, uri);
    }

    private Wire secured(Url url) throws IOException {
        if (!url.scheme.equals("https")) return this;
        watch.start(CONNECT_MS);
        try {
            SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
            SSLSocket secure = (SSLSocket) factory.createSocket(raw, url.host, url.port, true);
            SSLParameters parameters = secure.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secure.setSSLParameters(parameters);
            secure.startHandshake();
            socket = secure;
            return this;
        } catch (IOException error) {
            boolean late = watch.isOver();
            close();
            throw late ? new SocketTimeoutException() : error;
        } finally {
            watch.stop();
        }
    }

    void send(byte[] request) throws Trouble {
        try {
            socket.getOutputStream().write(request);
            socket.getOutputStream().flush();
        } catch (IOException error) {
            throw explained(error, uri);
        }
    }

    /** From now on bytes are expected to keep coming; before, the whole head within STALL_MS. */
    void headIsRead() {
        isHeadRead = true;
    }

    InputStream input() throws IOException {
        InputStream in = socket.getInputStream();
        return new InputStream() {
            private long left = STALL_MS * 1_000_000L;
            private long bytes;

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                // Time counts only while we wait for the server, not while the disk is slow.
                long begun = System.nanoTime();
                watch.start(Math.max(1, left / 1_000_000));
                int read;
                try {
                    read = in.read(buffer, offset, length);
                } catch (IOException error) {
                    throw watch.isOver() ? late() : explained(error, uri);
                } finally {
                    watch.stop();
                }
                if (watch.isOver()) throw late();
                left -= System.nanoTime() - begun;
                bytes += read;
                if (isHeadRead && bytes >= LEAST_BYTES) {
                    bytes = 0;
                    left = STALL_MS * 1_000_000L;
                }
                return read;
            }

            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public void close() {
                Wire.this.close();
            }
        };
    }

    private Trouble late() {
        return Trouble.passing(uri, (isHeadRead ? "the download stalled" : "its host did not answer in time") + "; it is tried again");
    }

    /** The raw connection at once: taking leave by TLS may wait for the other side. */
    @Override
    public void close() {
        watch.close();
        try {
            raw.close();
        } catch (IOException unimportant) {
            // It is of no use any more.
        }
    }

    private static Trouble explained(IOException error, String uri) {
        if (error instanceof Trouble) return (Trouble) error;
        String words = String.valueOf(error.getMessage());
        if (error instanceof UnknownHostException) {
            if (words.contains("Temporary failure")) {
                return Trouble.passing(uri, "the name of its host could not be looked up just now; it is tried again");
            }
            return Trouble.lasting(uri, "the name of its host is unknown here; check the spelling and the DNS");
        }
        if (error instanceof NoRouteToHostException || words.contains("unreachable")) {
            return Trouble.passing(uri, "its host is out of reach from here; it is tried again");
        }
        if (error instanceof ConnectException && words.contains("refused")) {
            return Trouble.passing(uri, "nothing listens at its host and port (connection refused); it is tried again");
        }
        if (error instanceof ConnectException || error instanceof SocketTimeoutException) {
            return Trouble.passing(uri, "no connection to its host came about in time; it is tried again");
        }
        if (causedBy(error, CertificateException.class) || words.contains("PKIX")) {
            return Trouble.lasting(
                uri, "its host's certificate is not trusted; use an image whose Java knows its authority, or correct the host name");
        }
        if (error instanceof SSLException && words.contains("SSL message")) {
            return Trouble.lasting(uri, "its host does not speak TLS there; is it http://?");
        }
        return Trouble.passing(uri, "the connection broke (" + words + "); it is tried again");
    }

    private static boolean causedBy(Throwable error, Class<? extends Throwable> kind) {
        for (Throwable each = error; each != null; each = each.getCause()) if (kind.isInstance(each)) return true;
        return false;
    }
}
