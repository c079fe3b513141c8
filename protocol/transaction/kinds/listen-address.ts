import { z } from 'zod'

/** Addresses of one authority: a wired and a mobile line, each in both internet protocols, twice. */
const ADDRESSES_PER_AUTHORITY_MAX = 8

/** Where an authority listens: a libp2p address over TCP, without its peer id. */
const ListenAddress = z
  .string()
  .max(300)
  .regex(/^\/(?:ip4|ip6|dns|dns4|dns6)\/[A-Za-z0-9.:-]{1,253}\/tcp\/[1-9][0-9]{0,4}$/, {
    abort: true,
  })
  .refine((address) => Number(address.slice(address.lastIndexOf('/') + 1)) <= 65_535, {
    error: 'a port is at most 65535',
  })

export const ListenAddresses = z.array(ListenAddress).min(1).max(ADDRESSES_PER_AUTHORITY_MAX)
