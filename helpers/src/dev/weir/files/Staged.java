package dev.weir.files;

/**
 * The answer of {@link Stage}: {@code DONE BYTES}, or a {@link Trouble.Kind} and what went wrong. A request to run a jar
 * that starts no job is always answered with an error; this one is short, and Flink logs it once.
 */
public final class Staged extends Error {
    private static final long serialVersionUID = 1;

    Staged(String words) {
        super(words, null, false, false);
    }
}
