package dev.weir.runner;

/** Somebody asked for the end of this main(). The message ends in {@link Jobs}. */
public final class MainInterruptedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MainInterruptedException(String message) {
        super(message);
    }
}
