package dev.weir.jobs;

/** What a main() may throw, by name. */
final class Throwing {
    private Throwing() {}

    static void it(String kind) throws Exception {
        switch (kind) {
            case "exception":
                throw new Exception("boom", new IllegalStateException("the reason\nin two lines"));
            case "error":
                throw new AssertionError("boom");
            case "memory":
                throw new OutOfMemoryError("Java heap space");
            case "stack":
                endlessly(1);
                break;
            case "init":
                NeverReady.touch();
                break;
            case "link":
                throw new NoClassDefFoundError("com/example/Missing");
            default:
                throw new IllegalArgumentException("unknown kind " + kind);
        }
    }

    private static int endlessly(int depth) {
        return endlessly(depth + 1) + 1;
    }

    static final class NeverReady {
        static {
            if (System.nanoTime() != 0) {
                throw new IllegalStateException("never ready");
            }
        }

        private NeverReady() {}

        static void touch() {}
    }
}
