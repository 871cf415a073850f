package dev.weir.runner;

import java.util.Arrays;

/**
 * How a call of main() ended, as text: the throwables themselves would keep the user's classes in memory. What was
 * thrown is told with the same words again, cause by cause, without the frames.
 */
final class Past {
    private static final int LONGEST_TEXT = 2_000;
    private static final int MOST_CAUSES = 6;

    private final String returned;
    private final String[] texts;
    private final String message;
    private final boolean error;

    private Past(String returned, String[] texts, String message, boolean error) {
        this.returned = returned;
        this.texts = texts;
        this.message = message;
        this.error = error;
    }

    static Past of(Throwable failure, String summary) {
        if (failure == null) {
            return new Past(summary, new String[0], null, false);
        }
        String[] texts = new String[MOST_CAUSES];
        int count = 0;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            // The one at the bottom matters most, and is always kept.
            texts[Math.min(count++, MOST_CAUSES - 1)] = cut(textOf(cause));
        }
        String[] kept = Arrays.copyOf(texts, Math.min(count, MOST_CAUSES));
        return new Past(null, kept, cut(messageOf(failure)), failure instanceof Error);
    }

    Throwable told() {
        if (returned != null) {
            return AlreadyRan.returned(returned);
        }
        Throwable cause = null;
        for (int i = texts.length - 1; i > 0; i--) {
            cause = new Told(texts[i], texts[i], cause);
        }
        return error ? new ToldError(texts[0], message, cause) : new Told(texts[0], message, cause);
    }

    /** An exception that prints like another one. */
    private static final class Told extends Exception {
        private static final long serialVersionUID = 1;
        private final String text;

        Told(String text, String message, Throwable cause) {
            super(message, cause, false, false);
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** Flink wraps exceptions of main(), but not its errors. */
    private static final class ToldError extends Error {
        private static final long serialVersionUID = 1;
        private final String text;

        ToldError(String text, String message, Throwable cause) {
            super(message, cause, false, false);
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** The user's classes have a say here. */
    private static String textOf(Throwable cause) {
        try {
            return String.valueOf(cause.toString());
        } catch (RuntimeException | Error trouble) {
            return cause.getClass().getName();
        }
    }

    private static String messageOf(Throwable cause) {
        try {
            return cause.getMessage();
        } catch (RuntimeException | Error trouble) {
            return null;
        }
    }

    private static String cut(String text) {
        return text == null || text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "...";
    }
}
