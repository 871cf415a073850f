package dev.weir.runner;

/**
 * The answer to a request whose main() an earlier one with the same ID called, and which returned: {@code RETURNED;
 * jobs: [...]}. If it failed, that failure is the answer.
 */
public final class AlreadyRan extends Error {
    private static final long serialVersionUID = 1;

    private AlreadyRan(String message) {
        super(message, null, false, false);
    }

    static AlreadyRan returned(String jobs) {
        return new AlreadyRan("RETURNED" + jobs);
    }
}
