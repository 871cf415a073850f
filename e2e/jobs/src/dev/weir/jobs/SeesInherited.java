package dev.weir.jobs;

/** Its main() is that of its parent class. */
public final class SeesInherited extends Sees {
    private SeesInherited() {}
}
