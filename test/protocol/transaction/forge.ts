import { utf8 } from '#protocol/bytes.ts'
import { encodeBase64url } from '#text-encoding'
import { EXP, JTI, NETWORK, type Party, SAMPLE_BODIES, TILL } from './samples.ts'

/** A header as text, whatever it says. */
export const headerText = (changes: object = {}): string =>
  JSON.stringify({ alg: 'EdDSA', kid: TILL.key, typ: 'kermesse-tx+jwt', ...changes })

/** A payload as text, whatever it says. */
export const payloadText = (changes: object = {}): string =>
  JSON.stringify({ aud: NETWORK, exp: EXP, jti: JTI, tx: SAMPLE_BODIES.sale, ...changes })

/** A compact JWS over any two texts, with a true signature. */
export const forge = (header: string, payload: string, by: Party = TILL): string => {
  const message = `${encodeBase64url(utf8(header))}.${encodeBase64url(utf8(payload))}`
  return `${message}.${encodeBase64url(by.sign(utf8(message)))}`
}
