package dev.weir.files;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * Which addresses may be connected to. A spec's author isn't the server's owner: a URI must not reach what only this
 * cluster or its network can reach (metadata services, admin ports), unless the owner allows it.
 */
final class Addresses {
    /** Every range that is not for hosts of the Internet: the same as the server's own. */
    private static final String[] SPECIAL = {
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "::1/128", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16",
        "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    };

    private final List<Range> special = new ArrayList<>();
    private final List<Range> allowed = new ArrayList<>();

    Addresses(List<String> allowed) throws Trouble {
        for (String range : SPECIAL) special.add(new Range(range));
        for (String range : allowed) this.allowed.add(new Range(range));
    }

    boolean allows(InetAddress address) {
        // Java has made an IPv4 address in IPv6's clothes what it is.
        byte[] bytes = address.getAddress();
        return special.stream().noneMatch(range -> range.holds(bytes)) || allowed.stream().anyMatch(range -> range.holds(bytes));
    }

    /** Those of the host's addresses that may be connected to; at least one. */
    List<InetAddress> of(String host, String uri) throws Trouble, UnknownHostException {
        InetAddress[] all = InetAddress.getAllByName(host);
        List<InetAddress> good = new ArrayList<>();
        for (InetAddress each : all) if (allows(each)) good.add(each);
        if (!good.isEmpty()) return good;
        String address = all[0].getHostAddress().replaceFirst("%.*", "");
        String where = host.equals(address) ? address : host + " leads to " + address + ", which";
        throw Trouble.lasting(uri, where + " is a loopback, private or otherwise special address; the server's owner can allow it with "
            + "--allow-address " + address + "/" + 8 * all[0].getAddress().length);
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
