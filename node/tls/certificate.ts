import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  webcrypto,
} from 'node:crypto'
import { isIP } from 'node:net'
import { encodeBase64url } from '#text-encoding'
import { CERTIFICATE_BACKDATED_MS, CERTIFICATE_LIFE_MS } from './limits.ts'

/** P-256 rather than Ed25519: no browser speaks TLS with Ed25519 certificates. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** The private key of a P-256 scalar of 32 bytes, as a key store holds it. */
export const keyOfScalar = (scalar: Uint8Array): KeyObject => {
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(scalar)
  const point = curve.getPublicKey()
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: encodeBase64url(scalar),
      x: encodeBase64url(point.subarray(1, 33)),
      y: encodeBase64url(point.subarray(33)),
    },
  })
}

/** A new scalar: a private key of P-256. */
export const newScalar = (): Uint8Array => {
  const curve = createECDH('prime256v1')
  curve.generateKeys()
  const key = curve.getPrivateKey()
  const scalar = new Uint8Array(32)
  // Leading zeros are left out.
  scalar.set(key, 32 - key.length)
  return scalar
}

/** A self-signed certificate of a key for names and addresses, in PEM. */
export const makeCertificate = async (
  key: KeyObject,
  { names, nowMs }: { readonly names: readonly string[]; readonly nowMs: number },
): Promise<string> => {
  // Only here: it takes half a second to load, once in ten years.
  await import('reflect-metadata')
  const { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } =
    await import('@peculiar/x509')
  const der = key.export({ type: 'pkcs8', format: 'der' })
  const open = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const { subtle } = webcrypto
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Kermesse node',
    notBefore: new Date(nowMs - CERTIFICATE_BACKDATED_MS),
    notAfter: new Date(nowMs + CERTIFICATE_LIFE_MS),
    signingAlgorithm: ALGORITHM,
    keys: {
      privateKey: await subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']),
      publicKey: await subtle.importKey('spki', open, ALGORITHM, true, ['verify']),
    },
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
    ],
  })
  return `${certificate.toString('pem')}\n`
}
