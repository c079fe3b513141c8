import ipaddr from 'ipaddr.js'

/** Whether a webhook may be sent to an address, as text. */
export type AddressGuard = (address: string) => boolean

/** What the Internet routes in IPv6 at all: all else is local, embedded or reserved. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Lets public addresses pass and those that the operator allows: no loopback, private, link-local,
 * shared, multicast, documentation or reserved one, nor an IPv4 address in the clothes of IPv6. `allowed`
 * are networks in CIDR notation.
 */
export const createAddressGuard = (allowed: readonly string[]): AddressGuard => {
  const networks = allowed.map((network) => ipaddr.parseCIDR(network))
  return (text) => {
    if (!ipaddr.isValid(text)) return false
    // `process` makes of ::ffff:127.0.0.1 what it is.
    const address = ipaddr.process(text)
    const isListed = networks.some(
      ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
    )
    return isListed || isPublic(address)
  }
}

const isPublic = (address: ReturnType<typeof ipaddr.parse>): boolean => {
  if (address.range() !== 'unicast') return false
  return address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST[0], GLOBAL_UNICAST[1])
}
