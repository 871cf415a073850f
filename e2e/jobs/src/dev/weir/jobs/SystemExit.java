package dev.weir.jobs;

/** main() calls System.exit; a session's main() runs inside its JobManager. */
public final class SystemExit {
    private SystemExit() {}

    public static void main(String[] args) {
        System.exit(args.length == 0 ? 3 : Integer.parseInt(args[0]));
    }
}
