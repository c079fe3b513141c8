/** One harm to a running federation, healed when it is over: data, drawn before anything starts. */
export type Blow =
  /** SIGKILL to all of them at once; each is started again after `downMs`. */
  | { readonly tag: 'kill'; readonly victims: readonly string[]; readonly downMs: number }
  /** SIGKILL, and once more `afterMs` into the start that follows. */
  | { readonly tag: 'kill_in_start'; readonly victim: string; readonly afterMs: number }
  /** SIGSTOP, and SIGCONT after `forMs`. */
  | { readonly tag: 'stop'; readonly victims: readonly string[]; readonly forMs: number }
  | Partition
  /** `deaf`: hears nobody and is heard; `mute`: hears and is heard by nobody. */
  | {
      readonly tag: 'one_way'
      readonly victim: string
      readonly direction: 'deaf' | 'mute'
      readonly forMs: number
    }
  /** Every byte to and from it is late. */
  | {
      readonly tag: 'slow'
      readonly victim: string
      readonly delayMs: number
      readonly forMs: number
    }
  /** No space left until the node has stopped, and for `downMs` more. */
  | { readonly tag: 'full_disk'; readonly victim: string; readonly downMs: number }
  /** Writes are refused until the node has stopped; it starts again after `downMs`. */
  | { readonly tag: 'failing_disk'; readonly victim: string; readonly downMs: number }
  /** A power cut after which the disk can only be read. */
  | { readonly tag: 'read_only_disk'; readonly victim: string }
  /** The wall clock is off by so much, and right again after `forMs`. */
  | {
      readonly tag: 'clock_step'
      readonly victim: string
      readonly bySeconds: number
      readonly forMs: number
    }

/** Nodes of different sides hear nothing of each other. Every node is on one side. */
export type Partition = {
  readonly tag: 'partition'
  readonly sides: readonly (readonly string[])[]
  /** `held`: nothing gets through, as of a cable that was pulled; `refused`: connections are reset. */
  readonly manner: 'held' | 'refused'
  readonly forMs: number
}

/** What is done at one time: a blow, and in its midst perhaps another. All of it heals before the next. */
export type Round = {
  /** From the beginning of the load; a round that is late begins when the one before has healed. */
  readonly atMs: number
  readonly blow: Blow
  readonly beside?: { readonly afterMs: number; readonly blow: Blow }
}

/** Nodes whose processes a blow ends or stops. */
export const struckBy = (blow: Blow): readonly string[] => {
  switch (blow.tag) {
    case 'kill':
    case 'stop':
      return blow.victims
    case 'kill_in_start':
    case 'full_disk':
    case 'failing_disk':
    case 'read_only_disk':
      return [blow.victim]
    case 'partition':
    case 'one_way':
    case 'slow':
    case 'clock_step':
      return []
  }
}
