package dev.weir.runner;

import java.util.ArrayList;
import java.util.List;

/**
 * The end of our messages that programs read: {@code ; jobs: } and a JSON array of objects with {@code name}, {@code
 * state} and, where Flink took the job, {@code jobId}. States are Flink's as seen last, or SUBMITTED, UNKNOWN,
 * REFUSED. Of many jobs the first five are named, of long names the beginning.
 */
final class Jobs {
    private static final int MOST = 5;
    private static final int LONGEST_NAME = 100;

    private Jobs() {}

    static String list(List<StartedJob> started, List<String> refused) {
        List<String> all = new ArrayList<>();
        for (StartedJob job : started) {
            String id = job.id().isEmpty() ? "" : ",\"jobId\":" + quoted(job.id());
            all.add("{\"name\":" + quoted(job.name) + id + ",\"state\":" + quoted(job.state()) + "}");
        }
        for (String name : refused) {
            all.add("{\"name\":" + quoted(name) + ",\"state\":\"REFUSED\"}");
        }
        return "; jobs: [" + String.join(",", all.subList(0, Math.min(MOST, all.size()))) + "]";
    }

    /** A JSON string of one line. */
    static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        int end = text.length();
        for (int i = 0; i < end; i++) {
            if (json.length() > LONGEST_NAME) {
                return json.append("...\"").toString();
            }
            char c = text.charAt(i);
            boolean pair = i + 1 < end && Character.isSurrogatePair(c, text.charAt(i + 1));
            if (pair) {
                json.append(c).append(text.charAt(++i));
            } else if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (Character.isISOControl(c) || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
