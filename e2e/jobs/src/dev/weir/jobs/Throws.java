package dev.weir.jobs;

/** main() throws before it has submitted anything; the message is the first argument, "boom" by default. */
public final class Throws {
    private Throws() {}

    public static void main(String[] args) {
        throw new IllegalStateException(args.length == 0 ? "boom" : args[0]);
    }
}
