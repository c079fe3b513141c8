export type PeerLoad = { readonly seconds: number; readonly inFlight: number }

export type PeerRate = {
  /** Payments a second with as many on their way as told: as many as in our own loads. */
  readonly perSecond: number
  /** The same with 64 on their way, which suits a database better than hundreds of connections. */
  readonly perSecondAt64: number
  /** Milliseconds of a lone one. */
  readonly idleMs: number
}

export const FEW_IN_FLIGHT = 64

/** What is measured beside Kermesse on the same machine, in the same rounds. */
export type Peer = {
  readonly measure: (load: PeerLoad) => Promise<PeerRate>
  readonly close: () => Promise<void>
}
