package dev.weir.runner;

import java.util.Arrays;

/**
 * What stands in front of the first {@code --}:
 *
 * <pre>
 * --id TOKEN         what this call is known by from now on
 * --class NAME       the user's entry class; otherwise the one that the manifest of the uploaded jar names
 * --timeout MILLIS   how long main() may take; otherwise as long as it likes
 * --interrupt        runs nothing, but ends the main() of that --id
 * </pre>
 */
final class Options {
    /** Null if not given. */
    final String id;
    /** Null if not given. */
    final String entryClass;
    /** 0 if not given. */
    final long timeoutMillis;
    final boolean interrupt;
    final String[] arguments;

    private Options(String id, String entryClass, long timeoutMillis, boolean interrupt, String[] arguments) {
        this.id = id;
        this.entryClass = entryClass;
        this.timeoutMillis = timeoutMillis;
        this.interrupt = interrupt;
        this.arguments = arguments;
    }

    /** Throws IllegalArgumentException that names the option. */
    static Options of(String[] args) {
        String id = null;
        String entryClass = null;
        long timeoutMillis = 0;
        boolean interrupt = false;
        int at = 0;
        for (; at < args.length && !args[at].equals("--"); at++) {
            switch (args[at]) {
                case "--interrupt":
                    interrupt = true;
                    break;
                case "--id":
                    id = value(args, at++);
                    break;
                case "--class":
                    entryClass = value(args, at++);
                    break;
                case "--timeout":
                    timeoutMillis = millis(value(args, at++));
                    break;
                default:
                    throw new IllegalArgumentException(
                            "unknown option '" + args[at] + "': options of the runner end at a --");
            }
        }
        if (interrupt && id == null) {
            throw new IllegalArgumentException("--interrupt needs the --id of the main() that is meant");
        }
        String[] arguments = Arrays.copyOfRange(args, Math.min(at + 1, args.length), args.length);
        return new Options(id, entryClass, timeoutMillis, interrupt, arguments);
    }

    private static String value(String[] args, int at) {
        if (at + 1 >= args.length || args[at + 1].isEmpty()) {
            throw new IllegalArgumentException("the option " + args[at] + " has no value");
        }
        return args[at + 1];
    }

    private static long millis(String value) {
        try {
            long millis = Long.parseLong(value);
            if (millis > 0) {
                return millis;
            }
        } catch (NumberFormatException error) {
            // Told below.
        }
        throw new IllegalArgumentException(
                "--timeout is '" + value + "': it has to be a number of milliseconds above 0");
    }
}
