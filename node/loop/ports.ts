/** The two clocks of a node: timestamps are judged by the wall, timers run on the monotonic one. */
export type Clock = {
  /** Milliseconds since the epoch; may step. */
  readonly wallMs: () => number
  /** Whole milliseconds that never go backwards. */
  readonly monotonicMs: () => number
}

/** Alarms of the monotonic clock. One a name: setting it again moves it. */
export type Timers = {
  readonly set: (name: string, atMs: number, fire: () => void) => void
  readonly clear: (name: string) => void
  /** Clears every alarm. */
  readonly stop: () => void
}

/** Uniform in [0, 1): for jitter and for the order of peers, never for ids or keys. */
export type Random = () => number

/** What a node tells whoever watches it. `fatal`: the node stops, and `detail` says why. */
export type NodeReport =
  | { readonly level: 'info' | 'warn'; readonly code: string; readonly facts: ReportFacts }
  | { readonly level: 'fatal'; readonly code: string; readonly facts: ReportFacts }

/** Facts of a report: never a secret, a tag or a whole transaction. */
export type ReportFacts = { readonly [name: string]: string | number | boolean | undefined }

export type Reporter = (report: NodeReport) => void
