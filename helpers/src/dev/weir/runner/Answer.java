package dev.weir.runner;

/**
 * The answer to {@code --interrupt}: INTERRUPTED (it runs, and has been told to end) or NOT_RUNNING (it has ended, or
 * never began in this JVM). A request to run a jar that starts no job is always answered with an error; this one is
 * short, and Flink logs it once.
 */
public final class Answer extends Error {
    private static final long serialVersionUID = 1;

    Answer(String word) {
        super(word, null, false, false);
    }
}
