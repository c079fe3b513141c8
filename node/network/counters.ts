const ZEROS = {
  messages_in: 0,
  messages_out: 0,
  frames_in: 0,
  frames_out: 0,
  bytes_in: 0,
  bytes_out: 0,
  gossip_in: 0,
  gossip_out: 0,
  gossip_bytes_in: 0,
  gossip_bytes_out: 0,
  gossip_accepted: 0,
  gossip_ignored: 0,
  gossip_rejected: 0,
  gossip_failed: 0,
  dropped_not_linked: 0,
  dropped_too_long: 0,
  dropped_vote: 0,
  dropped_proposal: 0,
  dropped_transaction: 0,
  dropped_sync: 0,
  dropped_link_lost: 0,
  links_up: 0,
  links_down: 0,
  dials: 0,
  dials_failed: 0,
  refused_strangers: 0,
  refused_banned: 0,
  refused_streams: 0,
  crowded_out: 0,
  faults: 0,
  bans: 0,
  joins_answered: 0,
  joins_failed: 0,
}

export type CounterName = keyof typeof ZEROS

/** Everything this room counts since it was opened, one number a name. */
export type Counters = Record<CounterName, number>

export const createCounters = (): Counters => ({ ...ZEROS })
