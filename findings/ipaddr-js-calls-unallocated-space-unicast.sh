#!/usr/bin/env bash
# ipaddr.js' range() answers `unicast` for IPv6 addresses that nobody has been given: all of them beyond 2000::/3.
#
# Version: ipaddr.js 2.5.0 (npm).
# Expected: `unicast` for addresses of hosts, so that a rule "only unicast" lets through what can be a host of the Internet.
# Seen: 4000::1, 9000::1 and e000::1, beyond what IANA gives out (RFC 4291, 2000::/3), and 100:0:0:1::1 (RFC 9780, in the special-purpose
# registry) are `unicast`, like 2606:2800:220:1::1. What a cloud's host answers at, 168.63.129.16, is as well: that is right, but such a
# rule needs a list beside it. `unicast` is "no row of the table", whose rows are some of the registry's.
#
# Needs npm. Run: bash findings/ipaddr-js-calls-unallocated-space-unicast.sh
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . ipaddr.js@2.5.0

seen=$(node -e "
const ipaddr = require('ipaddr.js')
const all = ['4000::1', '9000::1', 'e000::1', '100:0:0:1::1', '168.63.129.16', '2606:2800:220:1::1', '2001:db8::1']
console.log(all.map((address) => address + ' ' + ipaddr.parse(address).range()).join(', '))
")
echo "ipaddr.js 2.5.0: $seen"
wanted='4000::1 unicast, 9000::1 unicast, e000::1 unicast, 100:0:0:1::1 unicast, 168.63.129.16 unicast, 2606:2800:220:1::1 unicast, 2001:db8::1 reserved'
[ "$seen" = "$wanted" ] || { echo "changed: expected $wanted"; exit 1; }
echo 'as described'
