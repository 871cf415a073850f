package dev.weir.files;

import java.io.FileNotFoundException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.util.Map;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** What errors of Flink's file systems mean for people. */
final class FlinkErrors {
    private static final Pattern SECRET =
        Pattern.compile("secret|passw|token|credential|access[.-]?key|account[.-]?key|account\\.key|shared[.-]?key|\\bsas\\b", Pattern.CASE_INSENSITIVE);
    private static final String UNKNOWN_KEY = "InvalidAccessKeyId";
    private static final String WRONG_SECRET = "SignatureDoesNotMatch";
    /** Request numbers and the like, which say nothing to people. */
    private static final Pattern NOISE = Pattern.compile(" ?\\((Service|RequestId|Request ID):[^)]*\\)|, S3 Extended Request ID: [^ ]*| (For a full list|Please ensure|If you want) .*$");
    private static final int LONGEST = 600;

    private FlinkErrors() {}

    static Trouble explain(String uri, Throwable error, Map<String, String> configuration) {
        if (error instanceof Trouble) return (Trouble) error;
        Guard.Refused refused = refusal(error);
        if (refused != null) return Trouble.lasting(uri, refused.getMessage());
        String words = words(error);
        String root = shown(rootOf(error), configuration);
        String scheme = String.valueOf(Uris.schemeOf(uri));
        if (error instanceof LinkageError || named(error, "ClassNotFoundException")) {
            return Trouble.lasting(uri, "Flink's file system for " + scheme + ":// could not be loaded: " + root);
        }
        if (named(error, "UnsupportedFileSystemSchemeException")) return Trouble.lasting(uri, unsupported(scheme, root));
        if (named(error, "UnknownStoreException") || words.contains("NoSuchBucket")) {
            return Trouble.lasting(uri, "there is no such bucket; check its name, and that the endpoint in flinkConfiguration is the right one");
        }
        if (words.contains("No AWS Credentials provided") || named(error, "NoAuthWithAWSException") || named(error, "NoAwsCredentialsException")) {
            return Trouble.lasting(uri, "there are no credentials for it: give s3.access-key and s3.secret-key in flinkConfiguration, "
                + "or let Flink find them in its environment or a role");
        }
        if (words.contains(UNKNOWN_KEY)) {
            return Trouble.lasting(uri, "its server does not know the access key (s3.access-key in flinkConfiguration)");
        }
        if (words.contains(WRONG_SECRET)) {
            return Trouble.lasting(uri, "the secret key does not belong to the access key (s3.secret-key in flinkConfiguration)");
        }
        if (isDenied(error)) {
            return Trouble.lasting(uri, "access is denied (" + root + "): check whose credentials these are, and what they may read");
        }
        if (caused(error, FileNotFoundException.class) || caused(error, java.nio.file.NoSuchFileException.class)) {
            return Trouble.lasting(uri, "there is no such file; check the path, and that the endpoint in flinkConfiguration is the right one");
        }
        return unreachable(uri, error, root);
    }

    private static Guard.Refused refusal(Throwable error) {
        for (Throwable each = error; each != null; each = each.getCause()) if (each instanceof Guard.Refused) return (Guard.Refused) each;
        return null;
    }

    static boolean isDenied(Throwable error) {
        return caused(error, AccessDeniedException.class) || named(error, "AccessControlException") || words(error).contains("403");
    }

    /** Whether an error says what is wrong with the credentials. */
    static boolean isAboutKeys(Throwable error) {
        String words = words(error);
        return words.contains(UNKNOWN_KEY) || words.contains(WRONG_SECRET);
    }

    private static Trouble unreachable(String uri, Throwable error, String words) {
        if (caused(error, UnknownHostException.class)) {
            return Trouble.passing(uri, "the name of its host is unknown here; check the endpoint in flinkConfiguration, and for S3 whether "
                + "s3.path.style.access: true is needed (" + words + "); it is tried again");
        }
        if (caused(error, ConnectException.class) || caused(error, NoRouteToHostException.class)) {
            return Trouble.passing(uri, "nothing answers at its endpoint (" + words + "); it is tried again");
        }
        if (caused(error, SocketTimeoutException.class) || named(error, "ConnectTimeoutException")) {
            return Trouble.passing(uri, "its server did not answer in time (" + words + "); it is tried again");
        }
        if (caused(error, SSLException.class)) return Trouble.lasting(uri, "there is no TLS connection to its server (" + words + ")");
        if (caused(error, IllegalArgumentException.class)) return Trouble.lasting(uri, "it can't be read by Flink (" + words + ")");
        return Trouble.passing(uri, "Flink's file system failed (" + words + "); it is tried again");
    }

    private static String unsupported(String scheme, String words) {
        if (!scheme.startsWith("s3")) return "no plugin of the session has a file system for " + scheme + "://: name its jar in `plugins` (" + words + ")";
        return "no plugin of the session has a file system for " + scheme + "://: add to `plugins` "
            + "{\"name\": \"s3\", \"jars\": [\"/opt/flink/opt/flink-s3-fs-hadoop-VERSION.jar\"]} with the session's Flink version";
    }

    /** The whole story, to find out what it is about. */
    private static String words(Throwable error) {
        StringBuilder all = new StringBuilder();
        for (Throwable each = error; each != null; each = each.getCause()) all.append(each).append('\n');
        return all.toString();
    }

    /** What began it: Flink's and Hadoop's wrappers say little. */
    private static Throwable rootOf(Throwable error) {
        Throwable root = error;
        for (Throwable each = error; each != null; each = each.getCause()) if (each.getMessage() != null) root = each;
        return root;
    }

    /** In one line, without secrets of the configuration. */
    private static String shown(Throwable error, Map<String, String> configuration) {
        String message = error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage();
        String text = NOISE.matcher(Uris.oneLine(message)).replaceAll("");
        for (Map.Entry<String, String> entry : configuration.entrySet()) {
            if (entry.getValue().length() >= 4 && SECRET.matcher(entry.getKey()).find()) text = text.replace(entry.getValue(), "***");
        }
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    }

    private static boolean caused(Throwable error, Class<? extends Throwable> kind) {
        for (Throwable each = error; each != null; each = each.getCause()) if (kind.isInstance(each)) return true;
        return false;
    }

    /** By name, since the class is the plugin's own. */
    private static boolean named(Throwable error, String name) {
        for (Throwable each = error; each != null; each = each.getCause()) {
            if (each.getClass().getSimpleName().equals(name)) return true;
        }
        return false;
    }
}
