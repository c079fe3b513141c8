import { join } from 'node:path'
import { v7 } from 'uuid'
import { sha256 } from '#digest'
import type { NodeReport } from '#node/loop/ports.ts'
import { createClock, createTimers } from '#node/loop/timers.ts'
import { createNetwork, type Network, topicsOf } from '#node/network/create-network.ts'
import { originOf } from '#node/recovery/genesis-block.ts'
import { type OpenedCore, openCore } from '#node/start/open-core.ts'
import { DataDirectory } from '#node/storage/data-directory.ts'
import { units } from '#protocol/amount.ts'
import { utf8 } from '#protocol/bytes.ts'
import { fixedAssetIdOf, walletIdOfKey } from '#protocol/derive.ts'
import { DEFAULT_PARAMETERS, type Genesis, networkIdOf } from '#protocol/genesis.ts'
import type { Hash } from '#protocol/hash.ts'
import { hashOf } from '#protocol/hash.ts'
import { peerIdOfKeyBytes } from '#protocol/transaction/kinds/peer-id.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signTransaction } from '#protocol/transaction/sign.ts'
import { publicKeyOf } from '#signature'
import { actor } from '../../support/actors.ts'
import { ROOMY_LIMITS } from '../../support/ledger-builders.ts'

export const NAMES = ['anna', 'bela', 'cleo', 'dora'] as const
const seedOf = (name: string): Uint8Array => sha256(utf8(`node ${name}`))

const genesis: Genesis = {
  format: 'kermesse-genesis/1',
  name: 'Five nodes',
  startTimeMs: Date.now() - 1_000,
  ver: 1,
  parameters: DEFAULT_PARAMETERS,
  authorities: NAMES.map((name) => ({
    consensusKey: actor(`consensus/${name}`).key,
    operatorKey: actor(`operator/${name}`).key,
    peerId: peerIdOfKeyBytes(publicKeyOf(seedOf(name))),
    addresses: ['/ip4/127.0.0.1/tcp/1'],
  })),
  fixedAssets: [
    {
      code: 'MEDAL',
      name: 'Medals',
      unit: 'point',
      scale: 0,
      supply: units(100_000),
      owner: actor('owner').key,
      transferable: true,
      cardLimits: ROOMY_LIMITS,
    },
  ],
}

export type Running = OpenedCore & {
  readonly network: Network
  readonly directory: DataDirectory
  readonly stop: () => Promise<void>
  readonly finals: () => number
  /** Codes of what it told its operator, with their facts. */
  readonly reports: () => readonly NodeReport[]
}

export const start = async (
  name: string,
  root: string,
  options: { readonly authority: boolean; readonly dial: readonly Running[] },
): Promise<Running> => {
  const origin = originOf(genesis)
  const clock = createClock()
  const timers = createTimers(clock)
  let core: OpenedCore['core'] | undefined
  let finals = 0
  const reports: NodeReport[] = []
  const directory = await DataDirectory.open({
    path: join(root, name),
    network: origin.networkId,
    segments: { journal: 1_048_576, blocks: 10_485_760 },
  })
  const seed = seedOf(name)
  const peerId = peerIdOfKeyBytes(publicKeyOf(seed))
  const addressOf = (peer: string): readonly string[] =>
    options.dial
      .filter(({ network }) => network.self === peer)
      .flatMap(({ network }) => network.addresses().map((a) => a.slice(0, a.indexOf('/p2p/'))))
  const network = await createNetwork({
    network: origin.networkId,
    seed,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    admission: {
      authorities: genesis.authorities.map(({ peerId: peer }) => ({
        peer,
        addresses: addressOf(peer),
      })),
      followers: [peerIdOfKeyBytes(publicKeyOf(seedOf('follower')))],
      observers: [],
      invited: [],
    },
    topics: topicsOf(options.authority ? 'authority' : 'follower'),
    report: () => undefined,
    handlers: {
      onMessage: (from, bytes) => core?.onMessage(from, bytes),
      onGossip: (topic, from, bytes, verdict) =>
        verdict(core?.onGossip(topic, from, bytes) ?? 'ignore'),
      onPeer: (peer, state) => core?.onPeer(peer, state),
    },
  })
  const { key, sign } = actor(`consensus/${name}`)
  const opened = await openCore({
    config: {
      mempool: { transactionsMax: 20_000, perScopeMax: 1_024 },
      signatureChecks: 'inline',
    },
    genesis,
    origin,
    keys: {
      networkSeed: seed,
      peerId,
      voice: options.authority ? { consensusKey: key, sign } : undefined,
    },
    directory,
    network,
    clock,
    timers,
    report: (report) => reports.push(report),
    onFinal: (blocks) => {
      finals += blocks.length
    },
    onStored: () => undefined,
    onSeated: () => undefined,
    onFatal: (code, detail) => {
      throw new Error(`${name}: ${code}: ${detail}`)
    },
  })
  core = opened.core
  for (const { peer } of network.peers()) core.onPeer(peer, 'up')
  core.start()
  return {
    ...opened,
    network,
    directory,
    reports: () => reports,
    finals: () => finals,
    stop: async () => {
      opened.core.stop()
      timers.stop()
      await network.stop()
      await opened.stop()
      await directory[Symbol.asyncDispose]()
    },
  }
}

export const until = async (condition: () => boolean, what: string): Promise<void> => {
  const deadline = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export const owner = actor('owner')
const medal = fixedAssetIdOf(genesis, 0)
const networkId = networkIdOf(genesis)

export const transfer = (
  amount: number,
): { text: string; hash: Hash; id: PaymentId; expMs: number } => {
  const id = PaymentId.parse(v7())
  const exp = Math.ceil(Date.now() / 1_000) + 60
  const text = signTransaction({
    networkId,
    signerKey: owner.key,
    sign: owner.sign,
    exp,
    jti: id,
    body: {
      kind: 'transfer',
      from: walletIdOfKey(owner.key),
      to: walletIdOfKey(owner.key),
      asset: medal,
      amount: units(amount),
    },
  })
  return { text, hash: hashOf(utf8(text)), id, expMs: exp * 1_000 }
}
