import { PROPOSAL_CERTIFICATES_MAX } from '#protocol/chain/chain-limits.ts'
import { type Header, isSealing } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import { proposeAgain } from './built.ts'
import { askCertificates } from './certificate-requests.ts'
import { parentProofAt } from './certificates.ts'
import { isExecuted, parentOf, pathTo, pursueBlock } from './chain.ts'
import type { HeaderTemplate } from './effect.ts'
import { isTimeAsked, mayBeEmpty } from './empty-blocks.ts'
import { COMMIT_BACKLOG_MAX, UNFINALISED_MAX } from './limits.ts'
import { isPaced } from './pace.ts'
import { type Core, emit, leads, mayVoteIn, others, roundAt, setTimer } from './state.ts'
import { nullifyView } from './view-timers.ts'
import { hasWork, isHeartbeatDue } from './work.ts'

/** The block that a new one grows from. */
type Parent = {
  readonly view: number
  readonly digest: Hash
  readonly header: Header
  readonly emptyRun: number
  readonly seenAtMs: number
  /** Held as final. */
  readonly final: boolean
}

type Plan = { readonly allowTransactions: boolean; readonly allowEmpty: boolean }

/**
 * The leader of the current view starts a block as soon as there is a reason and a parent; once
 * per view, ever: a notarize or nullify in the journal forbids it.
 */
export const propose = (core: Core): void => {
  if (!mayVoteIn(core, core.view) || core.building !== undefined || !leads(core, core.view)) return
  const { mine } = roundAt(core, core.view)
  if (mine.notarize !== undefined || mine.nullify !== undefined || !hasWork(core)) return
  if (!core.clockTrusted) {
    nullifyView(core)
    return
  }
  const parent = findParent(core)
  if (parent !== undefined && isSealed(core, parent)) {
    if (isTipDue(core)) proposeAgain(core, parent)
    return
  }
  const plan = parent === undefined ? undefined : planBlock(core, parent)
  if (parent !== undefined && plan !== undefined) build(core, parent, plan)
}

/** The highest notarized or final block with every view above it nullified, executed here. */
const findParent = (core: Core): Parent | undefined => {
  for (let view = core.view - 1; view >= core.settled.view; view--) {
    const proof = parentProofAt(core, view)
    if (proof !== undefined) return executedParent(core, view, proof.digest)
    if (view === core.settled.view) return executedParent(core, view, core.config.genesisDigest)
    if (core.rounds.get(view)?.nullification === undefined) {
      askCertificates(core, Math.max(core.settled.view + 1, view - PROPOSAL_CERTIFICATES_MAX), view)
      return undefined
    }
  }
  return undefined
}

const executedParent = (core: Core, view: number, digest: Hash): Parent | undefined => {
  const { chain } = core
  if (!isExecuted(chain, digest)) {
    if (chain.targets.length === 0) pursueBlock(chain, digest, { view, peers: others(core) })
    return undefined
  }
  const block = parentOf(chain, digest)
  // Beside the final block nothing can be built, whatever quorum says so: it would be tried for ever.
  if (block === undefined || pathTo(chain, digest).end !== 'final') return undefined
  const seenAtMs = chain.blocks.get(digest)?.seenAtMs ?? 0
  const { header, emptyRun } = block
  return { view, digest, header, emptyRun, seenAtMs, final: view === core.settled.view }
}

/** What the block may hold, or undefined while it is not its time. */
const planBlock = (core: Core, parent: Parent): Plan | undefined => {
  const depth = parent.header.height - core.chain.finalised.header.height
  const full = depth >= UNFINALISED_MAX || core.committing.length >= COMMIT_BACKLOG_MAX
  const allowEmpty = wantsEmpty(core, parent)
  if (!full && (allowEmpty || (!core.emptyHanded && hasContent(core)))) {
    return isPaced(core, parent) ? undefined : { allowTransactions: true, allowEmpty }
  }
  return parent.final ? undefined : tipPlan(core, !full)
}

const hasContent = ({ work }: Core): boolean => work.transactions > 0 || work.expiryDue

/**
 * Whether block time alone is worth a block, and such a block would be admissible. An open block gives
 * its own time once it is final: nothing is built on it for that.
 */
const wantsEmpty = (core: Core, parent: Parent): boolean => {
  const asked = isTimeAsked(core) || isHeartbeatDue(core, parent.header)
  return asked && parent.final && mayBeEmpty(core, timestampAfter(core, parent), parent)
}

/** A tip that does not become final by itself within Δ/2 is extended by an empty block. */
const tipPlan = (core: Core, allowTransactions: boolean): Plan | undefined =>
  isTipDue(core) ? { allowTransactions, allowEmpty: true } : undefined

/** Whether the tip has had its time to become final; sets the timer that ends it. */
const isTipDue = (core: Core): boolean => {
  if (!core.tipPaused && !core.timers.has('tip')) {
    setTimer(core, 'tip', core.now.monotonicMs + Math.ceil(core.config.deltaMs / 2))
  }
  return core.tipPaused
}

/** Nothing grows from a sealing block in its own epoch: it is proposed again until it is final. */
const isSealed = (core: Core, { header }: Parent): boolean =>
  isSealing(header) && header.epoch === core.config.epoch

const timestampAfter = (core: Core, parent: Parent): number =>
  Math.max(core.now.wallMs, parent.header.timestampMs + 1)

const build = (core: Core, parent: Parent, plan: Plan): void => {
  const { chainId, epoch, me, set, rulesVersion } = core.config
  const { view } = core
  const template: HeaderTemplate = {
    chainId,
    epoch,
    view,
    height: parent.header.height + 1,
    parentDigest: parent.digest,
    timestampMs: timestampAfter(core, parent),
    proposerIndex: me,
    authoritySetHash: set.hash,
    version: rulesVersion,
  }
  const { view: parentView, digest: parentDigest } = parent
  core.building = { type: 'build', epoch, view, parentView, parentDigest, template, ...plan }
  emit(core, core.building)
}
