/** Name of the secret in the key store that signs captures from leases. */
export const LEASE_SECRET = 'lease'
