package dev.weir.runner;

/**
 * main() asked for a second job, which was refused; the answer also when main() caught it. The message ends in {@link
 * Jobs}.
 */
public final class SeveralJobsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    SeveralJobsException(String message) {
        super(message);
    }
}
