package dev.weir.files;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which addresses may be connected to. A spec's author isn't the server's owner: a URI must not reach what only this
 * cluster or its network can reach (metadata services, admin ports), unless the owner allows it.
 */
final class Addresses {
    /** Ranges that are not for hosts of the Internet: those of {@code src/artifacts/special-addresses.ts}, held by a test. */
    private static final String[] SPECIAL = {
        "0.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/32", "192.0.0.171/32", "192.0.2.0/24",
        "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.88.99.2/32", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32", "::/128",
        "::1/128", "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001::/32",
        "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28",
        "2001:20::/28", "2001:30::/28", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20", "5f00::/16",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "::/3", "4000::/2", "8000::/1",
    };
    /** Where clouds answer their own machines: opened by naming the address itself, and by no range that holds it. */
    private static final String[] PROVIDERS = {
        "169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "fd20:ce::254/128", "fd00:42::42/128", "168.63.129.16/32",
        "100.100.100.200/32", "192.0.0.192/32",
    };
    /** The last 32 bits are an IPv4 address, which is what is judged. */
    private static final String NAT64 = "64:ff9b::/96";

    private final List<Range> special = new ArrayList<>();
    private final List<Range> providers = new ArrayList<>();
    private final List<Range> allowed = new ArrayList<>();
    private final Range nat64 = new Range(NAT64);

    Addresses(List<String> allowed) throws Trouble {
        for (String range : SPECIAL) special.add(new Range(range));
        for (String range : PROVIDERS) providers.add(new Range(range));
        for (String range : allowed) this.allowed.add(new Range(range));
    }

    boolean allows(InetAddress address) {
        // Java has made an IPv4-mapped address what it is.
        byte[] all = address.getAddress();
        byte[] bytes = nat64.holds(all) ? Arrays.copyOfRange(all, 12, 16) : all;
        if (isIn(providers, bytes)) return allowed.stream().anyMatch(range -> range.isOne() && range.holds(bytes));
        return !isIn(special, bytes) || isIn(allowed, bytes);
    }

    private static boolean isIn(List<Range> ranges, byte[] bytes) {
        return ranges.stream().anyMatch(range -> range.holds(bytes));
    }

    /** Those of the host's addresses that may be connected to; at least one. */
    List<InetAddress> of(String host, String uri) throws Trouble, UnknownHostException {
        InetAddress[] all = InetAddress.getAllByName(host);
        List<InetAddress> good = new ArrayList<>();
        for (InetAddress each : all) if (allows(each)) good.add(each);
        if (!good.isEmpty()) return good;
        String address = all[0].getHostAddress().replaceFirst("%.*", "");
        String where = host.equals(address) ? address : host + " leads to " + address + ", which";
        throw Trouble.lasting(uri, where + refusal(address));
    }

    /** The rest of a sentence that begins with the address, in Java's or the usual way of writing it. */
    static String refusal(String address) {
        return " is a loopback, private or otherwise special address; the server's owner can allow it with --allow-address "
            + address + "/" + (address.indexOf(':') < 0 ? 32 : 128);
    }

    private static final class Range {
        private final byte[] base;
        private final int bits;

        Range(String text) throws Trouble {
            String[] parts = text.split("/");
            // Nothing but literals: a name would be looked up.
            if (parts.length != 2 || !parts[0].matches("[0-9A-Fa-f.:]+") || !parts[1].matches("\\d{1,3}")) throw none(text);
            try {
                base = InetAddress.getByName(parts[0]).getAddress();
            } catch (UnknownHostException error) {
                throw none(text);
            }
            bits = Integer.parseInt(parts[1]);
        }

        private static Trouble none(String text) {
            return Trouble.lasting("\"" + text + "\" is not a range of addresses like 10.0.0.0/8 or fd00::/8");
        }

        /** Of a single address. */
        boolean isOne() {
            return bits == 8 * base.length;
        }

        boolean holds(byte[] address) {
            if (address.length != base.length || bits > 8 * base.length) return false;
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> bit % 8;
                if ((address[bit / 8] & mask) != (base[bit / 8] & mask)) return false;
            }
            return true;
        }
    }
}
