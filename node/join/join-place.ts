import { z } from 'zod'
import { federatedAssetIdOf, federationIdOf, placeIdOfKey } from '#protocol/derive.ts'
import { type Genesis, networkIdOf, parseGenesis } from '#protocol/genesis.ts'
import {
  type Key,
  type NetworkId,
  NetworkId as NetworkIdSchema,
  type PlaceId,
} from '#protocol/id.ts'
import { EPOCHS_PER_PROOF_MAX, judgeEpochs, type Trusted } from '#protocol/proof/finality.ts'
import type { PeerId } from '#protocol/transaction/kinds/peer-id.ts'
import { PublicName } from '#protocol/transaction/kinds/public-name.ts'
import { PaymentId, paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import { signConsent } from '#protocol/transaction/sign.ts'
import { TAG_KEY_BYTES } from '#protocol/transaction/tag.ts'
import { verifySignature } from '#signature'
import { decodeBase64url } from '#text-encoding'
import { signerOfSeed } from '../keys/key-of-seed.ts'
import { originOf } from '../recovery/genesis-block.ts'
import type { InvitationContent } from './invitation.ts'
import { type JoinAnswer, type JoinQuestion, parseJoinAnswer } from './join-message.ts'
import { CONSENT_LIFE_MS, EPOCHS_PER_ANSWER_MAX, JOIN_PAUSE_MS, JOIN_TRIES_MAX } from './limits.ts'

/** As many as reach the end of the longest chain of epochs that a proof may hold. */
const EPOCH_PAGES_MAX = EPOCHS_PER_PROOF_MAX / EPOCHS_PER_ANSWER_MAX

/**
 * A registration that was begun: its id and name are on disk before the authority hears of them, so
 * that a retry is the same registration. Ids and keys make the signed consent; it is not secret.
 */
export const JoinAttempt = z.strictObject({
  networkId: NetworkIdSchema,
  id: PaymentId,
  name: PublicName,
})
export type JoinAttempt = z.infer<typeof JoinAttempt>

export type JoinPorts = {
  /** Asks the inviting authority one question, JSON text for JSON text. */
  readonly ask: (request: string) => Promise<string>
  readonly attempt: JoinAttempt | undefined
  readonly saveAttempt: (attempt: JoinAttempt) => Promise<void>
  readonly newPaymentId: () => PaymentId
  readonly wallMs: () => number
  readonly pause: (ms: number) => Promise<void>
}

export type JoinOrder = {
  readonly invitation: InvitationContent
  readonly name: string
  /** Seed of the place key, 32 bytes. */
  readonly placeSeed: Uint8Array
  /** The venue's node. */
  readonly peerId: PeerId
}

/** Registered, and final at the authority. */
export type Joined = {
  readonly ok: true
  readonly genesis: Genesis
  readonly place: PlaceId
  readonly height: number
  /** The federation's tag key, 32 bytes. */
  readonly tagKey: Uint8Array | undefined
}

/** `code` of this room, or what the authority or the ledger refused with. */
export type NotJoined = {
  readonly ok: false
  readonly code: string
  readonly detail: string
  /** A registration under another id can still succeed: the attempt is to be forgotten. */
  readonly isOver: boolean
}

/** The venue's side of joining: learns genesis, consents by its place key, waits for the welcome. */
export const joinPlace = async (
  order: JoinOrder,
  ports: JoinPorts,
): Promise<Joined | NotJoined> => {
  const { invitation } = order
  if (ports.wallMs() >= invitation.expiresAtMs) {
    return notJoined('invitation_expired', 'this invitation has expired; ask for a new one')
  }
  const asked = await askFor(ports, { ask: 'genesis' })
  if (asked?.answer !== 'genesis') return unexpected(asked)
  const learnt = judgeGenesis(asked.text, invitation)
  if (!learnt.ok) return learnt
  const inviting = await findAuthority(ports, invitation, learnt.genesis)
  if (!inviting.ok) return inviting
  const attempt = currentAttempt(order, ports)
  await ports.saveAttempt(attempt)
  const answer = await register(ports, registrationOf(order, attempt, { ...learnt, ...inviting }))
  if (answer?.answer !== 'welcome') return unexpected(answer)
  return welcomed(order, learnt.genesis, answer)
}

const askFor = async (
  { ask }: JoinPorts,
  question: JoinQuestion,
): Promise<JoinAnswer | undefined> => parseJoinAnswer(await ask(JSON.stringify(question)))

const judgeGenesis = (text: string, { networkId }: InvitationContent) => {
  const parsed = parseGenesis(text)
  if (!parsed.ok || networkIdOf(parsed.genesis) !== networkId) {
    return notJoined('genesis_mismatch', 'the authority sent the genesis of another network')
  }
  return { ok: true, genesis: parsed.genesis } as const
}

/**
 * Who invited, among the authorities of the present: genesis names the first ones, and each set is
 * followed by the one that a quorum of it made final. The key that is to register the place is proven
 * so, whoever answers.
 */
const findAuthority = async (
  ports: JoinPorts,
  { peerId }: InvitationContent,
  genesis: Genesis,
): Promise<{ readonly ok: true; readonly operatorKey: Key } | NotJoined> => {
  const { chainId, set, header } = originOf(genesis)
  let trusted: Trusted = { chainId, epoch: header.epoch, authoritySet: set }
  for (let page = 0; page < EPOCH_PAGES_MAX; page += 1) {
    const answer = await askFor(ports, { ask: 'epochs', from: trusted.epoch })
    if (answer?.answer !== 'epochs') return unexpected(answer)
    const judged = judgeEpochs(answer.ends, trusted, verifySignature)
    if (!judged.ok) {
      return notJoined('epochs_unproven', `the change of authorities is not proven: ${judged.code}`)
    }
    trusted = judged.trusted
    if (answer.ends.length < EPOCHS_PER_ANSWER_MAX) break
  }
  const authority = trusted.authoritySet.members.find((each) => each.peerId === peerId)
  return authority === undefined
    ? notJoined('authority_unknown', 'who invited is no authority of that network')
    : { ok: true, operatorKey: authority.operatorKey }
}

/** The attempt on disk, unless it is of another network or name, or its consent is near its end. */
const currentAttempt = ({ invitation, name }: JoinOrder, ports: JoinPorts): JoinAttempt => {
  const { attempt } = ports
  const { networkId } = invitation
  const isFresh =
    attempt !== undefined && ports.wallMs() < paymentIdTimeMs(attempt.id) + CONSENT_LIFE_MS / 2
  return isFresh && attempt.networkId === networkId && attempt.name === name
    ? attempt
    : { networkId, name, id: ports.newPaymentId() }
}

/**
 * The place enters the federation of genesis, if there is one, and accepts its currency: where who
 * invites may bring places into it. An authority that came later may be none of its admins.
 */
const registrationOf = (
  { placeSeed, peerId }: JoinOrder,
  { id, name, networkId }: { id: PaymentId; name: string; networkId: NetworkId },
  { genesis, operatorKey: authority }: { readonly genesis: Genesis; readonly operatorKey: Key },
): JoinQuestion => {
  const signer = signerOfSeed(placeSeed)
  const isFederated = genesis.federation?.admins.includes(authority) === true
  const terms = {
    name,
    nodes: [peerId],
    ...(isFederated && { federation: federationIdOf(genesis) }),
    accepts: isFederated ? [federatedAssetIdOf(genesis)] : [],
  }
  const consent = signConsent({
    networkId,
    ...signer,
    exp: Math.floor((paymentIdTimeMs(id) + CONSENT_LIFE_MS) / 1000),
    jti: id,
    agree: { kind: 'place.register', authority, ...terms },
  })
  return { ask: 'register', id, placeKey: signer.signerKey, ...terms, consent }
}

/** Asks again while the registration is on its way; the question stays the same. */
const register = async (
  ports: JoinPorts,
  question: JoinQuestion,
): Promise<JoinAnswer | undefined> => {
  for (let tries = 1; tries < JOIN_TRIES_MAX; tries += 1) {
    const answer = await askFor(ports, question)
    if (answer?.answer !== 'pending') return answer
    await ports.pause(JOIN_PAUSE_MS)
  }
  return await askFor(ports, question)
}

const welcomed = (
  { placeSeed }: JoinOrder,
  genesis: Genesis,
  { place, height, tagKey: text }: Extract<JoinAnswer, { answer: 'welcome' }>,
): Joined | NotJoined => {
  const tagKey = text === undefined ? undefined : decodeBase64url(text)
  const isWhole = text === undefined || tagKey?.length === TAG_KEY_BYTES
  if (!isWhole || place !== placeIdOfKey(signerOfSeed(placeSeed).signerKey)) {
    return notJoined('answer_malformed', 'the authority welcomed another place')
  }
  return { ok: true, genesis, place, height, tagKey }
}

/** What is neither the genesis nor the welcome that was asked for. */
const unexpected = (answer: JoinAnswer | undefined): NotJoined => {
  if (answer?.answer === 'refused') {
    return { ok: false, code: answer.code, detail: answer.detail, isOver: true }
  }
  return answer?.answer === 'pending'
    ? notJoined('pending', 'the registration is not final yet; run the same command again')
    : notJoined('answer_malformed', 'the authority answered with something else')
}

const notJoined = (code: string, detail: string): NotJoined => ({
  ok: false,
  code,
  detail,
  isOver: false,
})
