package dev.weir.files;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** A file that is on its way. */
final class Arriving implements Closeable {
    /** The plan's, but for the name of a file that stands in for another. */
    final String target;
    final InputStream bytes;
    /** How many bytes come, or -1 where the source doesn't tell. */
    final long total;
    final long maxBytes;

    Arriving(String target, InputStream bytes, long total, long maxBytes) {
        this.target = target;
        this.bytes = bytes;
        this.total = total;
        this.maxBytes = maxBytes;
    }

    @Override
    public void close() throws IOException {
        bytes.close();
    }
}
