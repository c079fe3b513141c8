/** A JSON object whose members nobody has looked at yet. */
export type Json = { readonly [member: string]: unknown }

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object in a text, or undefined. */
export const objectIn = (text: string): Json | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    // Cut off, or not JSON at all: whoever sent it is asked again.
    return undefined
  }
}
