package dev.weir.files;

import java.net.IDN;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An http or https URL, taken apart. Letters that have no place in one are escaped, as browsers do. */
final class Url {
    private static final Pattern PARTS = Pattern.compile("^([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)(?:#.*)?$", Pattern.DOTALL);
    private static final Pattern HOST = Pattern.compile("^(\\[[0-9A-Fa-f.:]+]|[^\\s:\\[\\]<>^|%@\\\\\\p{Cntrl}]+)(?::(\\d{0,5}))?$");
    private static final String LEGAL = "-._~!$&'()*+,;=:@/?";

    final String scheme;
    /** Without the brackets of an IPv6 address. */
    final String host;
    final int port;
    /** Path and query, ready for a request line. */
    final String path;
    private final String user;

    private Url(String scheme, String host, int port, String path, String user) {
        this.scheme = scheme;
        this.host = host;
        this.port = port;
        this.path = path;
        this.user = user;
    }

    /** Null where the text is none. */
    static Url parse(String text) {
        Matcher parts = PARTS.matcher(text);
        if (!parts.matches()) return null;
        String scheme = parts.group(1).toLowerCase(Locale.ROOT);
        int at = parts.group(2).lastIndexOf('@');
        String user = at < 0 ? null : parts.group(2).substring(0, at);
        Matcher place = HOST.matcher(parts.group(2).substring(at + 1));
        if (!place.matches()) return null;
        String port = place.group(2);
        boolean usual = port == null || port.isEmpty();
        int number = usual ? (scheme.equals("https") ? 443 : 80) : Integer.parseInt(port);
        String path = escaped(parts.group(3));
        try {
            String host = place.group(1).startsWith("[") ? place.group(1).replaceAll("[\\[\\]]", "") : IDN.toASCII(place.group(1));
            return number > 65_535 || number == 0 ? null
                : new Url(scheme, host.toLowerCase(Locale.ROOT), number, path.startsWith("/") ? path : "/" + path, user);
        } catch (IllegalArgumentException notAName) {
            return null;
        }
    }

    /** Where a Location header leads from here; null where it is no URI. */
    Url resolve(String location) {
        if (Uris.schemeOf(location) != null) return parse(location);
        if (location.startsWith("//")) return parse(scheme + ":" + location);
        try {
            String reference = escaped(location.replaceFirst("(?s)#.*$", ""));
            String bare = path.replaceFirst("(?s)\\?.*$", "");
            return parse(origin() + (reference.startsWith("?") ? bare + reference : new URI(bare).resolve(new URI(reference))));
        } catch (URISyntaxException error) {
            return null;
        }
    }

    String origin() {
        return scheme + "://" + place() + ":" + port;
    }

    /** The Host header. */
    String authority() {
        return place() + (port == (scheme.equals("https") ? 443 : 80) ? "" : ":" + port);
    }

    /** The value of an Authorization header; null without user info. */
    String basicAuth() {
        if (user == null || user.isEmpty() || user.equals(":")) return null;
        String pair = user.indexOf(':') < 0 ? user + ":" : user;
        return "Basic " + Base64.getEncoder().encodeToString(unescaped(pair));
    }

    private String place() {
        return host.indexOf(':') < 0 ? host : "[" + host + "]";
    }

    private static String escaped(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        StringBuilder result = new StringBuilder();
        for (int i = 0; i < bytes.length; i++) {
            char letter = (char) (bytes[i] & 0xff);
            boolean word = letter < 0x80 && (Character.isLetterOrDigit(letter) || LEGAL.indexOf(letter) >= 0);
            if (word || (letter == '%' && isHex(bytes, i + 1) && isHex(bytes, i + 2))) result.append(letter);
            else result.append(String.format("%%%02X", (int) letter));
        }
        return result.toString();
    }

    private static byte[] unescaped(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[] result = new byte[bytes.length];
        int length = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '%' && isHex(bytes, i + 1) && isHex(bytes, i + 2)) {
                result[length++] = (byte) (Character.digit(bytes[i + 1], 16) << 4 | Character.digit(bytes[i + 2], 16));
                i += 2;
            } else {
                result[length++] = bytes[i];
            }
        }
        return Arrays.copyOf(result, length);
    }

    private static boolean isHex(byte[] bytes, int at) {
        return at < bytes.length && Character.digit(bytes[at], 16) >= 0;
    }
}
