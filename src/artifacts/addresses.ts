/**
 * Which addresses this server connects to on somebody's word. A spec's author isn't the server's owner: what they name
 * must not reach what only this machine or its network can reach (metadata services, admin ports), unless the owner
 * allows it. `guardedConnect` is the one way such connections are made (tests/rules/outgoing.test.ts).
 */
import dns from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { buildConnector } from 'undici'
import { NAT64, PROVIDER_RANGES, SPECIAL_RANGES } from './special-addresses.ts'

export type AddressRule = (address: string) => boolean

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = readonly [base: Address, bits: number]

const SPECIAL = SPECIAL_RANGES.map(({ range }) => ipaddr.parseCIDR(range))
const PROVIDERS = PROVIDER_RANGES.map(({ range }) => ipaddr.parseCIDR(range))
const EMBEDDING = ipaddr.parseCIDR(NAT64)

/** One's own machine and networks. */
export const OWN_NETWORKS: readonly string[] = SPECIAL_RANGES.filter(({ own }) => own).map(({ range }) => range)

/**
 * `allowed`: ranges of special addresses that are good all the same. Those of cloud providers are opened by a range of
 * that one address only. Throws with the value when a range isn't in CIDR form.
 */
export function addressRule(allowed: readonly string[]): AddressRule {
  const ranges = allowed.map(rangeIn)
  return (text) => {
    if (!ipaddr.isValid(text)) return false
    const address = plain(ipaddr.parse(text))
    const isIn = (all: readonly Range[]): boolean => all.some((range) => holds(range, address))
    if (isIn(PROVIDERS)) return isIn(ranges.filter(([base, bits]) => bits === 8 * base.toByteArray().length))
    return !isIn(SPECIAL) || isIn(ranges)
  }
}

/** The same ranges in the one form that the programs of `helpers/` read. Throws as `addressRule`. */
export const plainRanges = (allowed: readonly string[]): string[] =>
  allowed.map(rangeIn).map(([base, bits]) => `${base}/${bits}`)

function rangeIn(text: string): Range {
  if (!ipaddr.isValidCIDR(text)) throw new Error(`"${text}" is not a range of addresses like 10.0.0.0/8 or fd00::/8`)
  return plainRange(ipaddr.parseCIDR(text))
}

const holds = ([base, bits]: Range, address: Address): boolean =>
  base.kind() === address.kind() && address.match(base, bits)

/** An IPv4 address in IPv6's clothes is judged as what it is. */
function plain(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address
  if (address.isIPv4MappedAddress()) return address.toIPv4Address()
  return holds(EMBEDDING, address) ? new ipaddr.IPv4(address.toByteArray().slice(12)) : address
}

/** A range of IPv4-mapped addresses is one of IPv4. */
function plainRange([base, bits]: Range): Range {
  const address = plain(base)
  return address === base || bits < 96 ? [base, bits] : [address, bits - 96]
}

/** The host is, or its name resolves to, forbidden addresses only. */
export class AddressRefused extends Error {
  readonly host: string
  readonly address: string

  constructor(host: string, address: string) {
    super(`${address} is not allowed`)
    this.host = host
    this.address = address
  }
}

/**
 * Connects to allowed addresses only, and fails with AddressRefused where there is none: a name is looked up once for
 * each connection, and the address that was checked is the one connected to. For `connect` of undici's dispatchers.
 */
export function guardedConnect(rule: AddressRule, options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: guardedLookup(rule) })
  return (to, callback) => {
    const refused = refusedLiteral(rule, to.hostname)
    if (refused) callback(refused, null)
    else connect(to, callback)
  }
}

/** A lookup for connections that answers allowed addresses only. Literal addresses never come to a lookup. */
export function guardedLookup(rule: AddressRule): LookupFunction {
  return (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, [])
      const good = found.filter((each) => rule(each.address))
      const [first] = good
      if (!first)
        return callback(new AddressRefused(hostname, found[0]?.address ?? hostname) as NodeJS.ErrnoException, [])
      if (options.all) return callback(null, good)
      callback(null, first.address, first.family)
    })
  }
}

/** What is wrong with a host that is an address itself. */
export function refusedLiteral(rule: AddressRule, hostname: string): AddressRefused | undefined {
  const literal = hostname.replace(/^\[|\]$/g, '')
  return ipaddr.isValid(literal) && !rule(literal) ? new AddressRefused(literal, literal) : undefined
}
