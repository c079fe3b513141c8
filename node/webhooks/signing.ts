import { createHmac, hkdfSync } from 'node:crypto'
import { utf8 } from '#protocol/bytes.ts'
import type { SignMessage } from '#protocol/signature.ts'
import { keyPairOf } from '#signature'

/** Bytes of a shared secret and of a seed: Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32

/** What one generation of an endpoint signs with. */
export type WebhookSecrets = {
  /** The shared secret as its receiver writes it, `whsec_` and base64. */
  readonly secret: string
  /** The key that checks the Ed25519 signatures, `whpk_` and base64: no secret. */
  readonly publicKey: string
  readonly hmacKey: Uint8Array
  readonly sign: SignMessage
}

/**
 * The secrets of an endpoint's generation: made of one secret in the encrypted key store (HKDF, RFC
 * 5869), so that no disk holds them, in clear or otherwise.
 */
export const secretsOf = (
  master: Uint8Array,
  { id, generation }: { readonly id: string; readonly generation: number },
): WebhookSecrets => {
  const derive = (what: string): Uint8Array =>
    new Uint8Array(
      hkdfSync(
        'sha256',
        master,
        new Uint8Array(0),
        `kermesse webhook/${id}/${generation}/${what}`,
        SECRET_BYTES,
      ),
    )
  const hmacKey = derive('hmac-sha256')
  const { publicKey, sign } = keyPairOf(derive('ed25519'))
  return {
    secret: `whsec_${Buffer.from(hmacKey).toString('base64')}`,
    publicKey: `whpk_${Buffer.from(publicKey).toString('base64')}`,
    hmacKey,
    sign,
  }
}

/** The headers of Standard Webhooks for a body, signed by each of the secrets in both ways. */
export const signedHeaders = (
  { id, body, timeMs }: { readonly id: string; readonly body: string; readonly timeMs: number },
  secrets: readonly WebhookSecrets[],
): Readonly<Record<string, string>> => {
  const timestamp = String(Math.floor(timeMs / 1_000))
  const content = utf8(`${id}.${timestamp}.${body}`)
  const signatures = secrets.flatMap(({ hmacKey, sign }) => [
    `v1,${createHmac('sha256', hmacKey).update(content).digest('base64')}`,
    `v1a,${Buffer.from(sign(content)).toString('base64')}`,
  ])
  return {
    'content-type': 'application/json',
    'user-agent': 'kermesse-webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  }
}
