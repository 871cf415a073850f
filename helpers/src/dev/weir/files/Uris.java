package dev.weir.files;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** URIs as people may see them: credentials stand in user info and query strings, and never get out. */
final class Uris {
    private static final Pattern SCHEME = Pattern.compile("^([A-Za-z][A-Za-z0-9+.-]*):");
    private static final Pattern AUTHORITY = Pattern.compile("^([A-Za-z][A-Za-z0-9+.-]*://)([^/]*)(.*)$", Pattern.DOTALL);
    private static final Pattern HOST_AND_PORT = Pattern.compile("[^@:\\[\\]]*(:\\d*)?|\\[[^@\\]]*](:\\d*)?");

    private Uris() {}

    /** In small letters; null where there is none. */
    static String schemeOf(String uri) {
        Matcher matcher = SCHEME.matcher(uri);
        return matcher.find() ? matcher.group(1).toLowerCase(Locale.ROOT) : null;
    }

    /** Without user info, query and fragment. */
    static String masked(String uri) {
        String bare = uri.replaceFirst("(?s)[?#].*$", "");
        Matcher matcher = AUTHORITY.matcher(bare);
        if (!matcher.matches()) return bare.replaceFirst("^[^/]*@", "");
        // A slash or question mark in a password that nobody escaped: what follows may be the rest of it.
        String authority = matcher.group(2).replaceFirst("(?s)^.*@", "");
        boolean odd = !HOST_AND_PORT.matcher(authority).matches() || (bare.length() < uri.length() && matcher.group(3).isEmpty());
        return matcher.group(1) + (odd ? "***" : authority + matcher.group(3));
    }

    static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ");
    }
}
