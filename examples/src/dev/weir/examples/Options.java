package dev.weir.examples;

import java.util.HashMap;
import java.util.Map;

/** Arguments of the form {@code --name value}. Unknown ones are refused, so that a typing error does not go unnoticed. */
final class Options {
    private final Map<String, String> given = new HashMap<>();

    Options(String[] args, String... known) {
        for (int i = 0; i < args.length; i += 2) {
            String name = args[i];
            if (!java.util.Arrays.asList(known).contains(name)) {
                throw new IllegalArgumentException("unknown argument '" + name + "'; known are " + String.join(", ", known));
            }
            if (i + 1 == args.length) {
                throw new IllegalArgumentException("'" + name + "' needs a value");
            }
            given.put(name, args[i + 1]);
        }
    }

    boolean has(String name) {
        return given.containsKey(name);
    }

    long number(String name, long otherwise) {
        String value = given.get(name);
        if (value == null) {
            return otherwise;
        }
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + name + "' takes a whole number, not '" + value + "'");
        }
    }
}
