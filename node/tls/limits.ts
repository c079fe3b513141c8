/** Bounds of TLS on the LAN, each with its reason. Times in milliseconds. */

/**
 * Life of a generated certificate: tills know it by its fingerprint, so that a new one means to pair all
 * of them again. Ten years are longer than the machine lives.
 */
export const CERTIFICATE_LIFE_MS = 10 * 365 * 86_400_000
/** Set back by so much, for tills whose clock is behind. */
export const CERTIFICATE_BACKDATED_MS = 86_400_000
/** Largest PEM file: a chain of certificates. */
export const PEM_BYTES_MAX = 65_536
/** Names in a generated certificate: what a machine is called, and its addresses. */
export const CERTIFICATE_NAMES_MAX = 32
/** A certificate of one's own that ends sooner is warned of at a start: time to have it renewed. */
export const CERTIFICATE_ENDING_MS = 14 * 86_400_000
