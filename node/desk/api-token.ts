import { hash, randomBytes } from 'node:crypto'
import { type Hash, hashOfHex } from '#protocol/hash.ts'
import { encodeBase64url } from '#text-encoding'

/** Bytes of a token's secret part: 192 random bits, which nobody guesses and no list contains. */
const SECRET_BYTES = 24
/** Digits that name the node: a collision costs only a less telling refusal. */
const NODE_DIGITS = 8
const TOKEN_PATTERN = /^krm_live_([0-9a-f]{8})_[A-Za-z0-9_-]{32}$/

/** The digits in a token that say at which node it works. */
export const nodeDigitsOf = (peerId: string): string => sha256(peerId).slice(0, NODE_DIGITS)

/** `krm_live_` node `_` secret. */
export const newToken = (nodeDigits: string): string =>
  `krm_live_${nodeDigits}_${encodeBase64url(randomBytes(SECRET_BYTES))}`

/** The digits of the node that made the token, or undefined when it is none. */
export const nodeDigitsIn = (token: string): string | undefined => TOKEN_PATTERN.exec(token)?.[1]

/** What is kept of a token. Its secret is random, so that one hash is enough. */
export const tokenHashOf = (token: string): Hash => hashOfHex(sha256(token))

const sha256 = (text: string): string => hash('sha256', text, 'hex')
