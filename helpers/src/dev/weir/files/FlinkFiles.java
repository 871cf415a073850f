package dev.weir.files;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Files that Flink's own file systems reach: s3, gs, abfs, hdfs, oss and whatever else a plugin brings. */
final class FlinkFiles implements Source {
    private static final List<String> OTHERS = Arrays.asList("http", "https", "file", "local", "maven", "artifact");
    /** Flink's defaults try for minutes before they say that an endpoint is not there; the caller's own words win. */
    private static final String[][] IMPATIENCE = {{"attempts.maximum", "3"}, {"retry.limit", "3"}, {"connection.establish.timeout", "10000"}};
    private static final String[] S3_PREFIXES = {"s3.", "s3a.", "fs.s3a."};

    private final Map<String, String> configuration;
    private final long maxBytes;
    private final Setup setup;
    private FlinkApi flink;

    interface Setup {
        /** Called once, before Flink looks for its plugins. */
        void run() throws IOException;
    }

    FlinkFiles(Map<String, String> configuration, long maxBytes, Setup setup) {
        this.configuration = configuration;
        this.maxBytes = maxBytes;
        this.setup = setup;
    }

    /** Of the Flink that runs in this JVM, as it is set up. */
    static FlinkFiles ofThisJvm(long maxBytes) throws IOException {
        FlinkFiles files = new FlinkFiles(Collections.emptyMap(), maxBytes, () -> { });
        files.flink = FlinkApi.asItIs();
        return files;
    }

    @Override
    public boolean takes(String uri) {
        String scheme = Uris.schemeOf(uri);
        return scheme != null && !OTHERS.contains(scheme);
    }

    @Override
    public Arriving open(Plan.Item item) throws IOException {
        FlinkApi.Status status = status(item.uri);
        if (status.isFolder) throw Trouble.lasting(item.uri, "it is a folder, not a file");
        try {
            return new Arriving(item.target, explained(item.uri, api().open(item.uri)), status.bytes, maxBytes);
        } catch (IOException | LinkageError | SecurityException error) {
            throw FlinkErrors.explain(item.uri, error, configuration);
        }
    }

    FlinkApi.Status status(String uri) throws IOException {
        try {
            return api().status(uri);
        } catch (IOException | LinkageError | SecurityException error) {
            throw FlinkErrors.explain(uri, FlinkErrors.isDenied(error) ? moreOf(uri, error) : error, configuration);
        }
    }

    /** A refusal of S3's HEAD comes without a reason: that of a listing says what is wrong with the keys. */
    private Throwable moreOf(String uri, Throwable denied) {
        try {
            api().list(uri.substring(0, uri.lastIndexOf('/') + 1));
            return denied;
        } catch (IOException | LinkageError | SecurityException more) {
            return FlinkErrors.isAboutKeys(more) ? more : denied;
        }
    }

    /** Not before it is needed: the plugins may have been fetched by then. */
    private synchronized FlinkApi api() throws IOException {
        if (flink == null) {
            setup.run();
            flink = FlinkApi.initialize(impatient(configuration));
        }
        return flink;
    }

    private static Map<String, String> impatient(Map<String, String> given) {
        Map<String, String> all = new LinkedHashMap<>(given);
        for (String[] each : IMPATIENCE) {
            if (Arrays.stream(S3_PREFIXES).noneMatch(prefix -> given.containsKey(prefix + each[0]))) all.put("s3." + each[0], each[1]);
        }
        return all;
    }

    private InputStream explained(String uri, InputStream bytes) {
        return new InputStream() {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                try {
                    return bytes.read(buffer, offset, length);
                } catch (IOException | SecurityException error) {
                    throw FlinkErrors.explain(uri, error, configuration);
                }
            }

            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public void close() throws IOException {
                bytes.close();
            }
        };
    }
}
