package dev.weir.files;

import java.io.IOException;

/** One way to get files. A new one (Flink's file systems, say) is one more class, named in {@link Fetch}. */
interface Source {
    /** Whether URIs like this one are its business. */
    boolean takes(String uri);

    /** A Trouble for people where it knows what went wrong, also from the stream; other errors are told as they are. */
    Arriving open(Plan.Item item) throws IOException;
}
