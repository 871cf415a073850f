package dev.weir.jobs;

/** Its static initializer throws, so that main() can't be called. */
public final class NeverInitialized {
    static {
        if (System.nanoTime() != 0) {
            throw new IllegalStateException("not now");
        }
    }

    private NeverInitialized() {}

    public static void main(String[] args) {}
}
