import { z } from 'zod'
import { decodeBase64url, encodeBase64url } from '#text-encoding'
import { concat } from '../bytes.ts'
import { NODE_BYTES } from '../state/merkle-path.ts'

/** At most `max` bytes in a proof, as unpadded base64url. */
export const bytesText = (max: number): z.ZodString =>
  z
    .string()
    .max(Math.ceil((max * 4) / 3))
    .regex(/^[A-Za-z0-9_-]*$/)

/** At most `max` nodes of a tree, 32 bytes each, one after the other. */
export const nodesText = (max: number): z.ZodString => bytesText(max * NODE_BYTES)

export const encodeNodes = (nodes: readonly Uint8Array[]): string =>
  encodeBase64url(concat(...nodes))

/** The nodes, or undefined when the text is not the only one of so many bytes. */
export const decodeNodes = (text: string): Uint8Array[] | undefined => {
  const bytes = decodeBase64url(text)
  if (bytes === undefined || bytes.length % NODE_BYTES !== 0) return undefined
  const nodes: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += NODE_BYTES) {
    nodes.push(bytes.subarray(at, at + NODE_BYTES))
  }
  return nodes
}
