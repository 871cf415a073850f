package dev.weir.jobs;

/** main() ends the JVM in a way that no security manager or shutdown hook can stop. */
public final class Halts {
    private Halts() {}

    public static void main(String[] args) {
        Runtime.getRuntime().halt(args.length == 0 ? 4 : Integer.parseInt(args[0]));
    }
}
