/**
 * Which addresses files may be fetched from. A spec's author isn't the server's owner: an http URI must not reach what
 * only this machine or its network can reach (metadata services, admin ports), unless the owner allows it.
 */
import dns from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

export type AddressRule = (address: string) => boolean

/** Throws with the value when a range isn't in CIDR form. */
export function addressRule(allowed: readonly string[]): AddressRule {
  const ranges = allowed.map((range) => {
    if (!ipaddr.isValidCIDR(range))
      throw new Error(`"${range}" is not a range of addresses like 10.0.0.0/8 or fd00::/8`)
    return ipaddr.parseCIDR(range)
  })
  return (text) => {
    if (!ipaddr.isValid(text)) return false
    // An IPv4 address in IPv6's clothes is judged as what it is.
    const address = ipaddr.process(text)
    if (address.range() === 'unicast') return true
    return ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits))
  }
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

/** A lookup for connections that answers allowed addresses only: the one that was checked is the one connected to. */
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

/** Connections to a literal address are made without a lookup, so it is checked before. */
export function refuseLiteral(rule: AddressRule, hostname: string): void {
  const literal = hostname.replace(/^\[|\]$/g, '')
  if (ipaddr.isValid(literal) && !rule(literal)) throw new AddressRefused(literal, literal)
}
