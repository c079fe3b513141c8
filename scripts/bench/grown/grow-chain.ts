import { Executor, type FinalBlock } from '#node/pipeline/executor.ts'
import { createMempool } from '#node/pipeline/mempool.ts'
import { type Origin, originOf } from '#node/recovery/genesis-block.ts'
import { type RecoveredChain, recoverChain } from '#node/recovery/recover-chain.ts'
import { type Done, promised, whenDone } from '#node/storage/completion.ts'
import { DataDirectory } from '#node/storage/data-directory.ts'
import type { Storage } from '#node/storage/storage.ts'
import { quorumOf } from '#protocol/chain/authority-set.ts'
import { assembleCertificate, type Finalization } from '#protocol/chain/certificate.ts'
import { FIRST_EPOCH } from '#protocol/chain/header.ts'
import { type BlockBallot, ballotBytes } from '#protocol/chain/vote.ts'
import type { Hash } from '#protocol/hash.ts'
import { idBytes } from '#protocol/id.ts'
import type { SignMessage } from '#protocol/signature.ts'
import { contentOf } from './block-content.ts'
import { FIRST_AUTHORITY, playerOf } from './cast.ts'
import { dataOf, type GrownFolder, timeAt } from './grown-folder.ts'
import { heightOf } from './sizes.ts'

/** Blocks on their way to the disk while the next ones are made. */
const PENDING_MAX = 16
/** No bound of a mempool or of a block's transactions holds a block of the plan up. */
const NO_BOUND = 1_000_000

/**
 * Writes the chain of a folder into the data directory of its first authority, from where that ends:
 * executed by the node's own executor, finalised by signatures of a quorum, stored by its storage.
 */
export const growChain = async (
  folder: GrownFolder,
  onHeight: (height: number) => void,
): Promise<void> => {
  const { directory, genesis } = folder
  const origin = originOf(genesis)
  const path = dataOf(directory, FIRST_AUTHORITY)
  await writeChain(folder, { origin, path }, onHeight)
  // Opened once more, the database knows all its tables from before: copies can share them.
  const again = await DataDirectory.open({ path, network: origin.networkId })
  await again[Symbol.asyncDispose]()
}

const writeChain = async (
  folder: GrownFolder,
  { origin, path }: { readonly origin: Origin; readonly path: string },
  onHeight: (height: number) => void,
): Promise<void> => {
  const { file } = folder
  await using opened = await DataDirectory.open({ path, network: origin.networkId })
  const { storage, keyValues } = opened
  const chain = await promised<RecoveredChain>((answer) =>
    recoverChain({ storage, keyValues, origin }, answer),
  )
  const maker = createMaker(folder, origin, chain)
  const pending: Promise<true>[] = []
  for (let height = chain.final.header.height + 1; height <= heightOf(file.sizes); height++) {
    const { blocks, certificate } = maker(height)
    pending.push(done((committed) => storage.chain.commit(blocks, certificate, committed)))
    if (pending.length >= PENDING_MAX) await pending.shift()
    onHeight(height)
  }
  await Promise.all(pending)
  await noteFloor(storage, origin)
}

/** What an authority's journal keeps of a long life: it votes no more in any view of this chain. */
const noteFloor = async (
  storage: Storage,
  { set, digest: genesisDigest }: Origin,
): Promise<void> => {
  const applied = storage.chain.applied()
  if (applied === undefined || applied.height === 0) throw new Error('nothing has grown')
  const epoch = FIRST_EPOCH
  const { height, digest } = applied
  await done((written) =>
    storage.write(
      {
        journal: [
          { type: 'epoch', epoch, setHash: set.hash, genesisDigest },
          { type: 'floor', epoch, view: height, height, digest },
        ],
        blocks: [],
      },
      written,
    ),
  )
}

const done = (act: (done: Done) => void): Promise<true> =>
  promised<true>((answer) => act(whenDone(answer, () => answer({ ok: true, value: true }))))

type Made = { readonly blocks: readonly FinalBlock[]; readonly certificate: Finalization }

const createMaker = (
  folder: GrownFolder,
  origin: Origin,
  chain: RecoveredChain,
): ((height: number) => Made) => {
  const { cast, genesis, file } = folder
  const mempool = createMempool({ transactionsMax: NO_BOUND, perScopeMax: NO_BOUND, settledMax: 0 })
  const executor = new Executor({
    ...chain,
    mempool,
    isQuarantined: () => false,
    onPoison: (hash, reason) => {
      throw new Error(`${hash}: ${reason}`)
    },
    onBroken: ({ invariant, subject }) => {
      throw new Error(`${invariant} of ${subject}`)
    },
  })
  const certify = createVoters(folder, origin)
  return (height) => {
    const timestampMs = timeAt(genesis, file, height)
    const wanted = contentOf(cast, file.sizes, { height, timestampMs })
    for (const transaction of wanted) mempool.add(transaction)
    const template = {
      chainId: origin.chainId,
      epoch: FIRST_EPOCH,
      view: height,
      height,
      parentDigest: executor.final().digest,
      timestampMs,
      proposerIndex: height % origin.set.members.length,
      authoritySetHash: origin.set.hash,
      version: genesis.ver,
    }
    const limits = { transactions: NO_BOUND, bytes: genesis.parameters.blockBytesMax }
    const held = executor.build(template, { limits, allowEmpty: false })?.held
    if (held?.transactions.length !== wanted.length) {
      throw new Error(`block ${height} holds ${held?.transactions.length} of ${wanted.length}`)
    }
    const blocks = executor.finalise([held.digest])
    requireApplied(blocks)
    return { blocks, certificate: certify(height, held.digest) }
  }
}

const requireApplied = (blocks: readonly FinalBlock[]): void => {
  for (const { kind, id, outcome } of blocks.flatMap(({ events }) => events)) {
    if (outcome !== 'applied') throw new Error(`${kind} ${id}: ${outcome}`)
  }
}

/** Finalizations by a quorum of the real consensus keys: view and height of a block are the same. */
const createVoters = (
  { file, genesis }: GrownFolder,
  { chainId, set }: Origin,
): ((height: number, digest: Hash) => Finalization) => {
  const domain = { chainId: Buffer.from(chainId, 'hex'), set }
  const signs = new Map<string, SignMessage>()
  for (const { name } of genesis.authorities) {
    const { key, sign } = playerOf(file.sizes, `${name}/consensus`)
    signs.set(Buffer.from(idBytes(key)).toString('hex'), sign)
  }
  const voters = set.keys.slice(0, quorumOf(set.keys.length))
  return (height, digest) => {
    const ballot: BlockBallot & { readonly kind: 'finalize' } = {
      kind: 'finalize',
      epoch: FIRST_EPOCH,
      view: height,
      parentView: height - 1,
      digest,
    }
    const message = ballotBytes(ballot, domain)
    const votes = voters.map((key, signer) => {
      const sign = signs.get(Buffer.from(key).toString('hex'))
      if (sign === undefined) throw new Error(`no key of voter ${signer}`)
      return { ...ballot, signer, signature: sign(message) }
    })
    const { signers, signatures } = assembleCertificate(ballot, votes)
    return { ...ballot, signers, signatures }
  }
}
