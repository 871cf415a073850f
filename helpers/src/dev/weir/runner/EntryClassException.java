package dev.weir.runner;

/** There is no main() to be called, in words for the user who named it. */
public final class EntryClassException extends RuntimeException {
    private static final long serialVersionUID = 1;

    EntryClassException(String message) {
        super(message);
    }
}
