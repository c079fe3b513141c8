import { randomBytes } from 'node:crypto'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { TLSSocket } from 'node:tls'
import { v7 } from 'uuid'
import { signerOfSeed } from '#node/keys/key-of-seed.ts'
import type { GrantId } from '#protocol/id.ts'
import { type RequestSigning, signRequest } from '#protocol/request/signed-request.ts'
import { SEED_BYTES } from '#protocol/signature.ts'

/** Where a node is and who it is, as a pairing text tells a till. */
export type Target = {
  readonly url: string
  readonly node: string
  /** SHA-256 of its certificate in hex: the only one that is spoken with. */
  readonly fingerprint?: string | undefined
}

export type Asked = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}
export type Told = {
  readonly status: number
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

export type OwnKey = ReturnType<typeof signerOfSeed>

export const newKey = (): OwnKey => signerOfSeed(new Uint8Array(randomBytes(SEED_BYTES)))

/** A request as its key signs it now. */
export const signedFor = (
  { node }: Target,
  key: OwnKey,
  { method, path, body }: Asked,
  change: Partial<RequestSigning> & { readonly grant?: GrantId } = {},
): string => {
  const iat = Math.floor(Date.now() / 1_000)
  return signRequest({
    ...key,
    aud: node,
    method,
    path,
    ...(body !== undefined && { body }),
    iat,
    exp: iat + 30,
    jti: v7(),
    ...change,
  })
}

/** Sends a request. With a fingerprint nothing is said to a server that has another certificate. */
export const send = (
  { url, fingerprint }: Target,
  { method, path, body }: Asked,
  authorization?: string,
): Promise<Told> =>
  new Promise((resolve, reject) => {
    const headers = {
      ...(authorization !== undefined && { authorization }),
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
    }
    // It is known by its fingerprint, which is looked at below.
    const options = { method, headers, agent: false, rejectUnauthorized: false }
    const asking = (url.startsWith('https:') ? httpsRequest : httpRequest)(
      url + path,
      options,
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString(),
            headers: response.headers,
          }),
        )
      },
    )
    asking.on('error', reject)
    asking.on('socket', (socket) => {
      if (!(socket instanceof TLSSocket)) {
        asking.end(body)
        return
      }
      socket.once('secureConnect', () => {
        if (fingerprintOf(socket) === fingerprint) asking.end(body)
        else asking.destroy(new Error('another certificate'))
      })
    })
  })

const fingerprintOf = (socket: TLSSocket): string =>
  (socket.getPeerX509Certificate()?.fingerprint256 ?? '').replaceAll(':', '').toLowerCase()
