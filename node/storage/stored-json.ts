import type { z } from 'zod'

/** Bytes of JSON text as a value of the schema, or undefined when they are none. */
export const parseStored = <T>(schema: z.ZodType<T>, bytes: Uint8Array): T | undefined => {
  try {
    const parsed = schema.safeParse(JSON.parse(Buffer.from(bytes).toString()))
    return parsed.success ? parsed.data : undefined
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}
