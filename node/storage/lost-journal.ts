import type { LossCode } from '#consensus/journal-record.ts'
import { type Answer, type Done, guarded, inOrder, type Step, whenDone } from './completion.ts'
import type { DirectoryPort } from './file-port.ts'
import { type JournalOptions, type OpenedJournal, openJournal } from './journal.ts'
import { SEGMENT_NAMES } from './journal-recovery.ts'
import { LOST_JOURNALS_MAX } from './limits.ts'
import type { StorageError } from './storage-error.ts'

/** A journal that could not be used: why, and under which names its files are kept. */
export type LostJournal = {
  readonly code: LossCode
  readonly reason: string
  readonly kept: readonly string[]
}

/**
 * Opens the journal. One that is missing or corrupt is never cut short: its files are set aside, and a
 * new one begins with the record that says so, `amnesia`. Errors: those of the disk.
 */
export const openJournalOrForget = (
  directory: DirectoryPort,
  options: Omit<JournalOptions, 'first'>,
  answer: Answer<OpenedJournal & { readonly lost: LostJournal | undefined }>,
): void =>
  openJournal(directory, options, (result) => {
    if (result.ok) {
      answer({ ok: true, value: { ...result.value, lost: undefined } })
      return
    }
    const code = lossCodeOf(result.error)
    if (code === undefined) answer(result)
    else beginAnew(directory, { ...options, code, reason: result.error.message }, answer)
  })

const lossCodeOf = ({ code }: StorageError): LossCode | undefined =>
  code === 'journal_missing' || code === 'journal_corrupt' ? code : undefined

/** Interrupted at any point, this is found again as a loss: the mark that there was a journal stays. */
const beginAnew = (
  directory: DirectoryPort,
  {
    code,
    reason,
    segmentBytes,
  }: { readonly code: LossCode; readonly reason: string; readonly segmentBytes: number },
  answer: Answer<OpenedJournal & { readonly lost: LostJournal | undefined }>,
): void =>
  guarded(
    answer,
    () => planOf(directory),
    ({ renames, removals }) => {
      const aside = renames.map(
        ({ from, to }): Step =>
          (done) =>
            directory.rename(from, to, done),
      )
      const removed = removals.map(
        (name): Step =>
          (done: Done) =>
            directory.remove(name, done),
      )
      inOrder(
        [...aside, ...removed],
        whenDone(answer, () =>
          openJournal(
            directory,
            { segmentBytes, existing: false, first: [{ type: 'amnesia', cause: code }] },
            (result) =>
              answer(
                result.ok
                  ? {
                      ok: true,
                      value: {
                        ...result.value,
                        lost: { code, reason, kept: renames.map(({ to }) => to) },
                      },
                    }
                  : result,
              ),
          ),
        ),
      )
    },
  )

type Plan = {
  readonly renames: readonly { readonly from: string; readonly to: string }[]
  readonly removals: readonly string[]
}

/** Blank files hold nothing: they stay, and are used. Of the journals set aside, the newest are kept. */
const planOf = (directory: DirectoryPort): Plan => {
  const names = directory.list()
  const numbers = names.flatMap((name) => numberOf(name) ?? [])
  const number = Math.max(0, ...numbers) + 1
  const renames = SEGMENT_NAMES.filter(
    (name) => names.includes(name) && !isBlank(directory, name),
  ).map((from) => ({ from, to: `${from}.lost-${number}` }))
  const oldest = number - LOST_JOURNALS_MAX
  return { renames, removals: names.filter((name) => (numberOf(name) ?? number) <= oldest) }
}

const numberOf = (name: string): number | undefined => {
  const found = /^journal-[01]\.lost-([0-9]{1,9})$/.exec(name)?.[1]
  return found === undefined ? undefined : Number(found)
}

const isBlank = (directory: DirectoryPort, name: string): boolean => {
  const file = directory.open(name)
  const blank = file.read(0, file.size).every((byte) => byte === 0)
  file.close(() => undefined)
  return blank
}
