/**
 * Addresses that no file of the Internet lies at: every row of IANA's special-purpose registries, what else is no host's
 * address, and the addresses at which clouds answer their own machines. `helpers/` has the same ranges in
 * `Addresses.java`; a rule (tests/rules/special-addresses.test.ts) holds the two together.
 *
 * https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry, as of 2025; rows that are
 * globally reachable (anycast of DNS, TURN, AMT) are among them, since they are services of the network and serve no
 * files.
 */

export interface SpecialRange {
  readonly range: string
  readonly what: string
  /** The RFC or the provider's page. */
  readonly source: string
  /** One's own machine or network, where others' API servers and stores usually are. */
  readonly own?: true
}

export const SPECIAL_RANGES: readonly SpecialRange[] = [
  { range: '0.0.0.0/8', what: 'this network', source: 'RFC 791' },
  { range: '0.0.0.0/32', what: 'this host', source: 'RFC 1122' },
  { range: '10.0.0.0/8', what: 'private use', source: 'RFC 1918', own: true },
  { range: '100.64.0.0/10', what: 'shared address space', source: 'RFC 6598', own: true },
  { range: '127.0.0.0/8', what: 'loopback', source: 'RFC 1122', own: true },
  { range: '169.254.0.0/16', what: 'link-local', source: 'RFC 3927' },
  { range: '172.16.0.0/12', what: 'private use', source: 'RFC 1918', own: true },
  { range: '192.0.0.0/24', what: 'IETF protocol assignments', source: 'RFC 6890' },
  { range: '192.0.0.0/29', what: 'IPv4 service continuity', source: 'RFC 7335' },
  { range: '192.0.0.8/32', what: 'IPv4 dummy address', source: 'RFC 7600' },
  { range: '192.0.0.9/32', what: 'port control anycast', source: 'RFC 7723' },
  { range: '192.0.0.10/32', what: 'TURN anycast', source: 'RFC 8155' },
  { range: '192.0.0.170/32', what: 'NAT64/DNS64 discovery', source: 'RFC 8880' },
  { range: '192.0.0.171/32', what: 'NAT64/DNS64 discovery', source: 'RFC 8880' },
  { range: '192.0.2.0/24', what: 'documentation', source: 'RFC 5737' },
  { range: '192.31.196.0/24', what: 'AS112', source: 'RFC 7535' },
  { range: '192.52.193.0/24', what: 'AMT', source: 'RFC 7450' },
  { range: '192.88.99.0/24', what: '6to4 relay anycast', source: 'RFC 7526' },
  { range: '192.88.99.2/32', what: '6a44 relay anycast', source: 'RFC 6751' },
  { range: '192.168.0.0/16', what: 'private use', source: 'RFC 1918', own: true },
  { range: '192.175.48.0/24', what: 'AS112', source: 'RFC 7534' },
  { range: '198.18.0.0/15', what: 'benchmarking', source: 'RFC 2544' },
  { range: '198.51.100.0/24', what: 'documentation', source: 'RFC 5737' },
  { range: '203.0.113.0/24', what: 'documentation', source: 'RFC 5737' },
  { range: '224.0.0.0/4', what: 'multicast', source: 'RFC 5771' },
  { range: '240.0.0.0/4', what: 'reserved', source: 'RFC 1112' },
  { range: '255.255.255.255/32', what: 'limited broadcast', source: 'RFC 919' },
  { range: '::/128', what: 'unspecified', source: 'RFC 4291' },
  { range: '::1/128', what: 'loopback', source: 'RFC 4291', own: true },
  { range: '::/96', what: 'IPv4-compatible', source: 'RFC 4291' },
  { range: '::ffff:0:0:0/96', what: 'IPv4-translated', source: 'RFC 2765' },
  { range: '64:ff9b:1::/48', what: 'local NAT64', source: 'RFC 8215' },
  { range: '100::/64', what: 'discard only', source: 'RFC 6666' },
  { range: '100:0:0:1::/64', what: 'dummy prefix', source: 'RFC 9780' },
  { range: '2001::/23', what: 'IETF protocol assignments', source: 'RFC 2928' },
  { range: '2001::/32', what: 'Teredo', source: 'RFC 4380' },
  { range: '2001:1::1/128', what: 'port control anycast', source: 'RFC 7723' },
  { range: '2001:1::2/128', what: 'TURN anycast', source: 'RFC 8155' },
  { range: '2001:1::3/128', what: 'DNS-SD registration anycast', source: 'RFC 9665' },
  { range: '2001:2::/48', what: 'benchmarking', source: 'RFC 5180' },
  { range: '2001:3::/32', what: 'AMT', source: 'RFC 7450' },
  { range: '2001:4:112::/48', what: 'AS112', source: 'RFC 7535' },
  { range: '2001:10::/28', what: 'ORCHID', source: 'RFC 4843' },
  { range: '2001:20::/28', what: 'ORCHIDv2', source: 'RFC 7343' },
  { range: '2001:30::/28', what: 'drone remote ID', source: 'RFC 9374' },
  { range: '2001:db8::/32', what: 'documentation', source: 'RFC 3849' },
  { range: '2002::/16', what: '6to4', source: 'RFC 3056' },
  { range: '2620:4f:8000::/48', what: 'AS112', source: 'RFC 7534' },
  { range: '3ffe::/16', what: '6bone, given back', source: 'RFC 3701' },
  { range: '3fff::/20', what: 'documentation', source: 'RFC 9637' },
  { range: '5f00::/16', what: 'segment routing', source: 'RFC 9602' },
  { range: 'fc00::/7', what: 'unique local', source: 'RFC 4193', own: true },
  { range: 'fe80::/10', what: 'link-local', source: 'RFC 4291' },
  { range: 'fec0::/10', what: 'site-local, deprecated', source: 'RFC 3879' },
  { range: 'ff00::/8', what: 'multicast', source: 'RFC 4291' },
  // Hosts of the Internet are in 2000::/3, and no others are given out.
  { range: '::/3', what: 'not given out', source: 'RFC 4291' },
  { range: '4000::/2', what: 'not given out', source: 'RFC 4291' },
  { range: '8000::/1', what: 'not given out', source: 'RFC 4291' },
]

/** An IPv6 address of this range is judged as the IPv4 address in its last 32 bits: where hosts have IPv6 alone, DNS64 makes them. */
export const NAT64 = '64:ff9b::/96'

/**
 * Where clouds give machines their credentials, settings and services, by address whatever the name was. A range that
 * the owner allows opens none of them: each must be named by itself.
 */
export const PROVIDER_RANGES: readonly SpecialRange[] = [
  {
    range: '169.254.0.0/16',
    what: 'metadata of AWS, Azure, Google, Oracle, OpenStack and others (169.254.169.254), credentials of ECS (169.254.170.2) and EKS (169.254.170.23)',
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html',
  },
  {
    range: 'fe80::/10',
    what: 'metadata of OpenStack (fe80::a9fe:a9fe)',
    source: 'https://docs.openstack.org/nova/latest/user/metadata.html',
  },
  {
    range: 'fd00:ec2::/32',
    what: 'metadata and credentials of AWS',
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html',
  },
  {
    range: 'fd20:ce::254/128',
    what: 'metadata of Google',
    source: 'https://cloud.google.com/compute/docs/metadata/querying-metadata',
  },
  {
    range: 'fd00:42::42/128',
    what: 'metadata of Scaleway',
    source: 'https://www.scaleway.com/en/docs/instances/how-to/use-cloud-init/',
  },
  {
    range: '168.63.129.16/32',
    what: "Azure's host",
    source: 'https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16',
  },
  {
    range: '100.100.100.200/32',
    what: 'metadata of Alibaba',
    source: 'https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata',
  },
  {
    range: '192.0.0.192/32',
    what: 'metadata of Oracle, classic',
    source: 'https://docs.oracle.com/en/cloud/iaas/compute-iaas-cloud/',
  },
]
