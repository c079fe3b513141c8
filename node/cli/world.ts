/** What a command line runs in: everything of the process that commands may touch. */
export type World = {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where relative paths begin. */
  readonly directory: string
  /** One line of the answer. */
  readonly print: (line: string) => void
  /** One line for the person at the terminal: errors, warnings, progress. */
  readonly tell: (line: string) => void
  /** Replaces the line for the person at the terminal; undefined where nobody sits at one. */
  readonly redraw: ((line: string) => void) | undefined
  /** Asks without showing what is typed; undefined where nobody sits at a terminal. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined
  /** All of standard input, up to `bytesMax`. */
  readonly readInput: (bytesMax: number) => Promise<Uint8Array>
  /** Resolves once the process is asked to stop; `withParent`: or once its starter is gone. */
  readonly untilStopped: (options: { readonly withParent: boolean }) => Promise<void>
}
