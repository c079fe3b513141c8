import { OperationWriter } from '#node/storage/operation-writer.ts'

/** One put of a batch, with bytes of its own. */
export type Put = { readonly key: Uint8Array; readonly value: Uint8Array }

/** What is put through a writer. */
export const putsOf = (write: (writer: OperationWriter) => void): readonly Put[] => {
  const puts: Put[] = []
  write(
    new OperationWriter({
      put: (key, value) => puts.push({ key: key.slice(), value: value.slice() }),
      remove: () => {
        throw new Error('a writer only puts')
      },
    }),
  )
  return puts
}
