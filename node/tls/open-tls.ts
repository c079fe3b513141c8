import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import type { NodeConfig } from '#config/node-config.ts'
import { writeDurably } from '../keys/durable-file.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { Reporter } from '../loop/ports.ts'
import { StartError } from '../start/start-error.ts'
import { keyOfScalar, makeCertificate, newScalar } from './certificate.ts'
import { CERTIFICATE_ENDING_MS, PEM_BYTES_MAX } from './limits.ts'
import { namesOf } from './names.ts'

/** What an HTTPS server is opened with; `fingerprint`: SHA-256 of the certificate in lower-case hex. */
export type Tls = {
  readonly key: string
  readonly certificate: string
  readonly fingerprint: string
}

/** Name of the generated key in the key store, and of the certificate beside it. */
const KEY_NAME = 'api-tls'
const CERTIFICATE_FILE = 'api-certificate.pem'

export type OpenTlsOptions = {
  readonly config: NodeConfig
  /** Folder that paths of the configuration are relative to. */
  readonly folder: string
  readonly keyStore: Pick<KeyStore, 'keep'>
  readonly nowMs: number
  readonly report: Reporter
}

/** The TLS of the API: undefined where it speaks plain HTTP, on loopback or behind a proxy. */
export const openTls = async (options: OpenTlsOptions): Promise<Tls | undefined> => {
  const { tls } = options.config.api
  if (tls === undefined || tls === 'proxy') return undefined
  if (tls === 'generated') return await generated(options)
  const own = await given(options.folder, tls)
  const { nowMs, report } = options
  const endsMs = Date.parse(new X509Certificate(own.certificate).validTo)
  if (endsMs - nowMs < CERTIFICATE_ENDING_MS) {
    report({ level: 'warn', code: 'tls_certificate_ends', facts: { endsMs } })
  }
  return own
}

/**
 * A key of the key store, and its certificate beside it: kept from start to start, since tills know it
 * by its fingerprint. Another one is made when it lacks a name that the settings ask for, or is over.
 */
const generated = async (options: OpenTlsOptions): Promise<Tls> => {
  const { config, folder, keyStore, nowMs, report } = options
  const { api, keyFile } = config
  const file = join(dirname(resolve(folder, keyFile)), CERTIFICATE_FILE)
  try {
    const key = keyOfScalar(await keyStore.keep(KEY_NAME, newScalar()))
    const kept = await readFile(file, 'utf8').catch(absent)
    const isGood = kept !== undefined && isCertificateFor(kept, { key, names: api.names, nowMs })
    const certificate = isGood ? kept : await makeCertificate(key, { names: namesOf(api), nowMs })
    const tls = tlsOf(key, certificate)
    if (!isGood) {
      await writeDurably(file, certificate)
      // Every till that was shown another one is to be told.
      report({ level: 'warn', code: 'tls_certificate_made', facts: { sha256: tls.fingerprint } })
    }
    return tls
  } catch (cause) {
    const todo = `make ${dirname(file)} writable for this user, or give "api.tls" files of your own`
    throw new StartError('tls_unusable', `no certificate can be kept at ${file}; ${todo}`, {
      cause,
    })
  }
}

const isCertificateFor = (
  text: string,
  wanted: { readonly key: KeyObject; readonly names: readonly string[]; readonly nowMs: number },
): boolean => {
  const certificate = parsed(text)
  if (certificate?.checkPrivateKey(wanted.key) !== true) return false
  const hasName = (name: string): boolean =>
    (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined
  return Date.parse(certificate.validTo) > wanted.nowMs && wanted.names.every(hasName)
}

const parsed = (text: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(text)
  } catch {
    // Another one is made.
    return undefined
  }
}

type Files = Exclude<NodeConfig['api']['tls'], 'generated' | 'proxy' | undefined>

/** The operator's own files. */
const given = async (folder: string, { certificateFile, keyFile }: Files): Promise<Tls> => {
  const files = [certificateFile, keyFile].map((file) => resolve(folder, file))
  try {
    const [certificate = '', keyText = ''] = await Promise.all(files.map(readPem))
    const key = createPrivateKey(keyText)
    if (new X509Certificate(certificate).checkPrivateKey(key)) return tlsOf(key, certificate)
  } catch (cause) {
    const message = `${files.join(' and ')} are no certificate and key in PEM that this user may read`
    throw new StartError('tls_unusable', `${message}; correct "api.tls"`, { cause })
  }
  throw new StartError('tls_unusable', `the key ${files[1]} is not that of ${files[0]}`)
}

const readPem = async (file: string): Promise<string> => {
  const bytes = await readFile(file)
  if (bytes.length > PEM_BYTES_MAX) throw new Error(`${file} is too large`)
  return bytes.toString('utf8')
}

const tlsOf = (key: KeyObject, certificate: string): Tls => ({
  key: String(key.export({ type: 'pkcs8', format: 'pem' })),
  certificate,
  fingerprint: new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase(),
})

const absent = (cause: unknown): undefined => {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
  throw cause
}
