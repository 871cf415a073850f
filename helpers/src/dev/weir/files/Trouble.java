package dev.weir.files;

import java.io.IOException;

/** Why a file didn't come, in words for people: they hold no secrets. */
final class Trouble extends IOException {
    private static final long serialVersionUID = 1;

    enum Kind {
        /** Trying again does not help. */
        LASTING(2),
        /** Trying again soon may help. */
        PASSING(3),
        /** May go well another time, but not within seconds. */
        LATER(3);

        final int exitCode;

        Kind(int exitCode) {
            this.exitCode = exitCode;
        }
    }

    final Kind kind;

    private Trouble(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    int exitCode() {
        return kind.exitCode;
    }

    static Trouble lasting(String message) {
        return new Trouble(Kind.LASTING, message);
    }

    static Trouble lasting(String uri, String why) {
        return new Trouble(Kind.LASTING, about(uri, why));
    }

    static Trouble passing(String uri, String why) {
        return new Trouble(Kind.PASSING, about(uri, why));
    }

    static Trouble later(String message) {
        return new Trouble(Kind.LATER, message);
    }

    private static String about(String uri, String why) {
        return Uris.masked(uri) + " can't be fetched: " + why;
    }
}
