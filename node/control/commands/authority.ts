import { z } from 'zod'
import { authoritySetOf, quorumOf } from '#protocol/chain/authority-set.ts'
import { readyBytes } from '#protocol/chain/ready.ts'
import { idBytes } from '#protocol/id.ts'
import { placeAfter } from '#protocol/ledger/epoch.ts'
import { authoritiesOf, isOperator } from '#protocol/ledger/network.ts'
import { RULES_VERSION_MAX } from '#protocol/ledger/rule-book.ts'
import { termsOfChange } from '#protocol/transaction/change-terms.ts'
import type { ReadyStatement } from '#protocol/transaction/kinds/authority.ts'
import { signConsent } from '#protocol/transaction/sign.ts'
import { encodeBase64url } from '#text-encoding'
import { signerOfSeed } from '../../keys/key-of-seed.ts'
import { ChangeFile, changeOf } from '../change-file.ts'
import { type CommandFailure, defineCommand, done, failure } from '../command.ts'
import { OUTCOME_WAIT_MS } from '../limits.ts'
import type { NodeOperations } from '../operations.ts'
import { settledOf } from '../settle.ts'

/** Who votes, as of the newest final block, and what the next change would begin with. */
export const showAuthorities = defineCommand(z.strictObject({}), async (_, operations) => {
  const view = operations.view()
  const { members } = authoritiesOf(view)
  const { epoch, version } = placeAfter(view)
  return done({
    network: operations.networkId,
    height: operations.head().height,
    epoch,
    version,
    knows: RULES_VERSION_MAX,
    quorum: quorumOf(members.length),
    members,
  })
})

/**
 * What this node can say to a proposed change: its operator's consent, if that is one of the present
 * set, and that it is ready, if the new set names it.
 */
export const signChange = defineCommand(
  z.strictObject({ change: ChangeFile }),
  async ({ change }, operations) => {
    const fault = judge(change, operations)
    if (fault !== undefined) return fault
    const consent = consentOf(change, operations)
    const ready = readyOf(change, operations)
    if (consent === undefined && ready === undefined) {
      const todo = 'sign at the nodes of the present authorities and of those to come'
      return failure('failed', 'nothing_to_sign', 'this node has no part in the change', todo)
    }
    if (ready !== undefined && operations.health().mode === 'blocked') {
      const todo = 'wait until kermesse status says online'
      return failure('not_ready', 'node_behind', 'this node is not ready for anything yet', todo)
    }
    return done({ consent, ready, terms: termsOfChange(changeOf(change)) })
  },
)

/** Brings a change before the authorities; it takes effect with a block that seals the epoch. */
export const submitChange = defineCommand(
  z.strictObject({ change: ChangeFile }),
  async ({ change }, operations) => {
    const fault = judge(change, operations)
    if (fault !== undefined) return fault
    const { id, exp, consents } = change
    const answer = await operations.submit({
      id,
      body: changeOf(change),
      as: 'operator',
      consents,
      expMs: exp * 1_000,
      waitMs: OUTCOME_WAIT_MS,
    })
    const settled = settledOf(id, answer)
    if (!settled.ok) return settled
    return done({ id, epoch: change.epoch, sealed: settled.event.height })
  },
)

const judge = (change: ChangeFile, operations: NodeOperations): CommandFailure | undefined => {
  const todo = 'propose the change anew'
  if (change.network !== operations.networkId) {
    return failure('failed', 'wrong_network', `the change is for ${change.network}`, todo)
  }
  const { epoch } = placeAfter(operations.view())
  if (change.epoch !== epoch + 1) {
    const message = `the change begins epoch ${change.epoch}, this network is in epoch ${epoch}`
    return failure('failed', 'epoch_mismatch', message, todo)
  }
  return change.exp * 1_000 > operations.clock.wallMs()
    ? undefined
    : failure('failed', 'expired', 'the change has expired', todo)
}

const consentOf = (change: ChangeFile, operations: NodeOperations): string | undefined => {
  const seed = operations.secrets.get('operator')
  const signer = seed && signerOfSeed(seed)
  if (signer === undefined || !isOperator(operations.view(), signer.signerKey)) return undefined
  const { network: networkId, id: jti, exp, epoch } = change
  const agree = { kind: 'authority.change', epoch, terms: termsOfChange(changeOf(change)) } as const
  return signConsent({ ...signer, networkId, jti, exp, agree })
}

const readyOf = (change: ChangeFile, operations: NodeOperations): ReadyStatement | undefined => {
  const seed = operations.secrets.get('consensus')
  const signer = seed && signerOfSeed(seed)
  const { peerId } = operations.addresses()
  const own = change.members.find(({ consensusKey }) => consensusKey === signer?.signerKey)
  if (signer === undefined || own?.peerId !== peerId) return undefined
  const { height } = operations.head()
  const said = { epoch: change.epoch, height, version: RULES_VERSION_MAX }
  const domain = { chainId: idBytes(change.network), set: authoritySetOf(change.members) }
  const signature = encodeBase64url(signer.sign(readyBytes(said, domain)))
  return { consensusKey: own.consensusKey, height, version: said.version, signature }
}
