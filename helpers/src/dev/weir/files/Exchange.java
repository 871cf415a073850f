package dev.weir.files;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One GET by HTTP/1.1 and its answer. Not the JDK's own client: that one looks names up by itself, so that the address
 * which was checked need not be the one that is connected to.
 */
final class Exchange implements Closeable {
    private static final Pattern STATUS = Pattern.compile("^HTTP/1\\.[01] (\\d{3})(?: .*)?$");
    private static final int LONGEST_HEAD = 64 * 1024;

    final int status;
    /** Ends where the answer does; one that ends too early, stalls or breaks is a Trouble. Closing it closes the connection. */
    final InputStream body;
    /** In bytes; -1 where the server didn't tell. */
    final long length;
    private final Map<String, String> headers;

    private Exchange(int status, Map<String, String> headers, InputStream body, long length) {
        this.status = status;
        this.headers = headers;
        this.body = body;
        this.length = length;
    }

    /** In what follows, `uri` is the one that people know, whatever it has been redirected to. */
    static Exchange get(Url url, String authorization, Addresses addresses, String uri) throws IOException {
        Wire wire = Wire.open(url, addresses, uri);
        boolean good = false;
        try {
            wire.send(request(url, authorization));
            InputStream in = new BufferedInputStream(wire.input(), 64 * 1024);
            int[] budget = {LONGEST_HEAD};
            int status;
            Map<String, String> headers;
            do {
                status = statusOf(line(in, budget, uri), uri);
                headers = headers(in, budget, uri);
            } while (status < 200);
            wire.headIsRead();
            Exchange exchange = framed(status, headers, in, uri);
            good = true;
            return exchange;
        } finally {
            if (!good) wire.close();
        }
    }

    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    @Override
    public void close() throws IOException {
        body.close();
    }

    private static byte[] request(Url url, String authorization) {
        String text = "GET " + url.path + " HTTP/1.1\r\nHost: " + url.authority() + "\r\nUser-Agent: weir\r\nAccept: */*\r\n"
            + "Accept-Encoding: identity\r\nConnection: close\r\n"
            + (authorization == null ? "" : "Authorization: " + authorization + "\r\n") + "\r\n";
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static Exchange framed(int status, Map<String, String> headers, InputStream in, String uri) throws Trouble {
        String coding = headers.getOrDefault("transfer-encoding", "").toLowerCase(Locale.ROOT);
        if (coding.equals("chunked")) return new Exchange(status, headers, new Chunks(in, uri), -1);
        if (!coding.isEmpty()) throw Trouble.lasting(uri, "the server sent it encoded (" + coding + "), which was not asked for");
        String length = headers.get("content-length");
        if (length == null) return new Exchange(status, headers, in, -1);
        if (!length.matches("\\d{1,18}")) throw Trouble.lasting(uri, "the server told a size of \"" + length + "\" bytes, which is none");
        long bytes = Long.parseLong(length);
        return new Exchange(status, headers, new Measured(in, bytes, uri), bytes);
    }

    private static int statusOf(String line, String uri) throws Trouble {
        Matcher matcher = STATUS.matcher(line);
        if (!matcher.matches()) throw Trouble.lasting(uri, "its host does not speak HTTP there");
        return Integer.parseInt(matcher.group(1));
    }

    private static Map<String, String> headers(InputStream in, int[] budget, String uri) throws IOException {
        Map<String, String> headers = new HashMap<>();
        for (String line; !(line = line(in, budget, uri)).isEmpty(); ) {
            int colon = line.indexOf(':');
            if (colon < 1) continue;
            String name = line.substring(0, colon).trim().toLowerCase(Locale.ROOT);
            String value = line.substring(colon + 1).trim();
            String before = headers.putIfAbsent(name, value);
            if (name.equals("content-length") && before != null && !before.equals(value)) {
                throw Trouble.lasting(uri, "the server told two sizes of it, " + before + " and " + value + " bytes");
            }
        }
        return headers;
    }

    /** Without its end. */
    private static String line(InputStream in, int[] budget, String uri) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int letter; (letter = in.read()) != '\n'; ) {
            if (letter < 0) throw cutOff(uri);
            if (--budget[0] < 0) throw Trouble.lasting(uri, "its host does not speak HTTP there");
            text.append((char) letter);
        }
        int end = text.length() - 1;
        if (end >= 0 && text.charAt(end) == '\r') text.setLength(end);
        return new String(text.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private static Trouble cutOff(String uri) {
        return Trouble.passing(uri, "it ended before it was complete; it is tried again");
    }

    /** So many bytes and no more. */
    private static final class Measured extends InputStream {
        private final InputStream in;
        private final String uri;
        private long left;

        Measured(InputStream in, long left, String uri) {
            this.in = in;
            this.left = left;
            this.uri = uri;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0) return -1;
            int read = in.read(bytes, offset, (int) Math.min(length, left));
            if (read < 0) throw cutOff(uri);
            left -= read;
            return read;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /** Pieces, each with its size before it; one of no bytes is the end. */
    private static final class Chunks extends InputStream {
        private final InputStream in;
        private final String uri;
        private long left;
        private boolean first = true;
        private boolean over;

        Chunks(InputStream in, String uri) {
            this.in = in;
            this.uri = uri;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0 && !over) next();
            if (over) return -1;
            int read = in.read(bytes, offset, (int) Math.min(length, left));
            if (read < 0) throw cutOff(uri);
            left -= read;
            return read;
        }

        private void next() throws IOException {
            int[] budget = {LONGEST_HEAD};
            if (!first) line(in, budget, uri);
            first = false;
            String size = line(in, budget, uri).replaceFirst(";.*$", "").trim();
            if (!size.matches("[0-9A-Fa-f]{1,15}")) throw Trouble.passing(uri, "the connection broke; it is tried again");
            left = Long.parseLong(size, 16);
            over = left == 0;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
