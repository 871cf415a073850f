package dev.weir.runner;

/** main() did not return in time. The message ends in {@link Jobs}. */
public final class MainTimeoutException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MainTimeoutException(String message) {
        super(message);
    }
}
