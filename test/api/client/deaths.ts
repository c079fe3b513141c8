/** Where a till of its own process is killed: with SIGKILL, by its own hand, so that it is exact. */
export const DEATHS = [
  'before_journal',
  'after_journal',
  'request_sent',
  'answer_come',
  'told_unwritten',
  'told_written',
] as const
export type Death = (typeof DEATHS)[number]
