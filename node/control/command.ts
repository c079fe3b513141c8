import type { z } from 'zod'
import type { NodeOperations } from './operations.ts'

/** A value of JSON, as answers carry it. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json | undefined }

/** How a command that failed ends the process that asked: what the caller can do about it. */
export type FailureKind = 'failed' | 'usage' | 'remote' | 'not_ready'

/** A failure: `code` is stable, `message` a sentence, `todo` what to do next. */
export type CommandFailure = {
  readonly ok: false
  readonly kind: FailureKind
  readonly code: string
  readonly message: string
  readonly todo?: string
}

export type CommandResult = { readonly [name: string]: Json | undefined }

/** What a command answers. */
export type CommandAnswer = { readonly ok: true; readonly result: CommandResult } | CommandFailure

/** One command of the control socket: input from outside, judged before anything happens. */
export type ControlCommand = (input: unknown, operations: NodeOperations) => Promise<CommandAnswer>

/** A command whose input has this schema. */
export const defineCommand =
  <S extends z.ZodType>(
    schema: S,
    run: (input: z.output<S>, operations: NodeOperations) => Promise<CommandAnswer>,
  ): ControlCommand =>
  async (input, operations) => {
    const parsed = schema.safeParse(input)
    if (parsed.success) return await run(parsed.data, operations)
    const [issue] = parsed.error.issues
    const where = issue?.path.join('.') ?? ''
    const what = issue?.message ?? 'not valid'
    return failure('usage', 'malformed', where === '' ? what : `${where}: ${what}`)
  }

export const done = (result: CommandResult): CommandAnswer => ({ ok: true, result })

export const failure = (
  kind: FailureKind,
  code: string,
  message: string,
  todo?: string,
): CommandFailure => ({ ok: false, kind, code, message, ...(todo === undefined ? {} : { todo }) })
