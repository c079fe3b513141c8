import { asciiBytes, asciiText } from '#text-encoding'

/**
 * The same ASCII text in memory of its own. Engines let a slice point into the text it was cut from,
 * so whoever remembers the slice keeps the whole, which can be a thousand times as long.
 */
export const ownText = (text: string): string => asciiText(asciiBytes(text))
