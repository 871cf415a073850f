package dev.weir.jobs;

/** Its main() belongs to an object. */
public final class NotStatic {
    public void main(String[] args) {}
}
