package dev.weir.files;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/** Files of the web: plain GETs with deadlines, redirects followed by hand since each hop is checked like the first. */
final class Web implements Source {
    private static final int MAX_REDIRECTS = 5;

    private final Addresses addresses;
    private final Addresses all;
    private final long maxBytes;

    Web(Addresses addresses, long maxBytes) throws Trouble {
        this.addresses = addresses;
        this.all = new Addresses(Arrays.asList("0.0.0.0/0", "::/0"));
        this.maxBytes = maxBytes;
    }

    @Override
    public boolean takes(String uri) {
        String scheme = Uris.schemeOf(uri);
        return "http".equals(scheme) || "https".equals(scheme);
    }

    @Override
    public Arriving open(Plan.Item item) throws IOException {
        Url url = Url.parse(item.uri);
        if (url == null) throw Trouble.lasting(item.uri, "it is not a URI");
        String authorization = url.basicAuth();
        String named = url.origin();
        for (int hops = 0; hops <= MAX_REDIRECTS; hops++) {
            // The owner of the server named this host, and none that it redirects to.
            boolean trusted = item.trusted && url.origin().equals(named);
            Exchange exchange = Exchange.get(url, authorization, trusted ? all : addresses, item.uri);
            try {
                if (exchange.status == 200) {
                    Arriving arriving = arriving(item, exchange);
                    exchange = null;
                    return arriving;
                }
                Url next = redirectOf(item.uri, url, exchange);
                // Credentials were meant for the server that they were written for.
                if (!next.origin().equals(url.origin())) authorization = next.basicAuth();
                url = next;
            } finally {
                if (exchange != null) exchange.close();
            }
        }
        throw Trouble.lasting(item.uri, "it was redirected more than " + MAX_REDIRECTS + " times");
    }

    private Arriving arriving(Plan.Item item, Exchange exchange) throws Trouble {
        String encoding = exchange.header("content-encoding");
        if (!encoding.isEmpty() && !encoding.equalsIgnoreCase("identity")) {
            throw Trouble.lasting(item.uri, "the server sent it encoded (" + encoding + "), which was not asked for");
        }
        if (item.target.endsWith(".jar") && exchange.header("content-type").toLowerCase(Locale.ROOT).startsWith("text/html")) {
            throw Trouble.lasting(item.uri, "the server answered with a web page, not with a jar; does it want a login?");
        }
        return new Arriving(item.target, exchange.body, exchange.length, maxBytes);
    }

    private static Url redirectOf(String uri, Url from, Exchange exchange) throws Trouble {
        int status = exchange.status;
        String location = exchange.header("location");
        boolean redirect = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
        if (!redirect || location.isEmpty()) throw refusal(uri, status);
        String scheme = Uris.schemeOf(location);
        if (scheme != null && !scheme.equals("https") && !scheme.equals(from.scheme)) {
            throw Trouble.lasting(
                uri, "the server redirects to " + Uris.masked(location) + "; from " + from.scheme + ":// that is not followed");
        }
        Url next = from.resolve(location);
        if (next == null) throw Trouble.lasting(uri, "the server redirects to \"" + Uris.masked(location) + "\", which is no URI");
        return next;
    }

    private static Trouble refusal(String uri, int status) {
        switch (status) {
            case 401:
                return Trouble.lasting(
                    uri, "the server wants credentials (401): write them into the URI (https://USER:PASSWORD@...) or use a signed URI");
            case 403:
                return Trouble.lasting(uri, "the server forbids it (403): check the credentials, or whether a signed URI has expired");
            case 404:
                return Trouble.lasting(uri, "the server has no such file (404): check the path");
            case 410:
                return Trouble.lasting(uri, "the server has no such file any more (410)");
            case 429:
                return Trouble.passing(uri, "the server wants fewer requests (429); it is tried again");
            default:
                if (status >= 500 || status == 408) return Trouble.passing(uri, "the server failed (" + status + "); it is tried again");
                return Trouble.lasting(uri, "the server answered " + status);
        }
    }
}
