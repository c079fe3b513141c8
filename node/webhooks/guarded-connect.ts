import type { LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import type { AddressGuard } from './address-guard.ts'
import { CONNECT_MS } from './limits.ts'
import type { Resolve } from './resolve.ts'

/** Why no connection was opened. */
export class RefusedConnection extends Error {
  override readonly name = 'RefusedConnection'
  readonly code: 'address_forbidden' | 'name_unresolved'

  constructor(code: RefusedConnection['code'], options?: ErrorOptions) {
    super(code, options)
    this.code = code
  }
}

/**
 * Opens connections to addresses that the guard lets pass, and no others. It looks at the very addresses
 * that are connected to: a name that resolves to something else the next moment gains nothing. A name
 * of which one address is forbidden is refused whole.
 */
export const createGuardedConnect = (
  isAllowed: AddressGuard,
  resolve: Resolve,
): buildConnector.connector => {
  const connect = buildConnector({ timeout: CONNECT_MS, lookup: lookupOf(isAllowed, resolve) })
  return (options, callback) => {
    // An address in place of a name is looked up by nobody.
    if (isIP(options.hostname) !== 0 && !isAllowed(options.hostname)) {
      callback(new RefusedConnection('address_forbidden'), null)
      return
    }
    connect(options, callback)
  }
}

const lookupOf =
  (isAllowed: AddressGuard, resolve: Resolve): LookupFunction =>
  (name, { all }, callback) => {
    allowedOf(name, isAllowed, resolve).then(
      (addresses) => {
        const [first] = addresses
        if (all === true) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      },
      (error: Error) => callback(error, []),
    )
  }

const allowedOf = async (
  name: string,
  isAllowed: AddressGuard,
  resolve: Resolve,
): Promise<readonly [LookupAddress, ...LookupAddress[]]> => {
  const found = await resolve(name).catch((cause: unknown) => {
    throw new RefusedConnection('name_unresolved', { cause })
  })
  if (!found.every(isAllowed)) throw new RefusedConnection('address_forbidden')
  const [first, ...others] = found.map((address) => ({ address, family: isIP(address) }))
  if (first === undefined) throw new RefusedConnection('name_unresolved')
  return [first, ...others]
}
