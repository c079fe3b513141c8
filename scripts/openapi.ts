import { writeFile } from 'node:fs/promises'
import { openApiText } from '#api/openapi.ts'

/** Writes the committed OpenAPI document; a test compares it with what the node serves. */
await writeFile(new URL('../docs/openapi.json', import.meta.url), await openApiText())
