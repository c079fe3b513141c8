import type { SubmissionAnswer } from '#api/ports/outcome.ts'
import { placeIdOfKey } from '#protocol/derive.ts'
import { genesisBytes } from '#protocol/genesis.ts'
import { encodeEpochEnd } from '#protocol/proof/finality.ts'
import type { PlaceRegister } from '#protocol/transaction/kinds/place.ts'
import { paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import { encodeBase64url } from '#text-encoding'
import type { NodeOperations } from '../control/operations.ts'
import type { JoinHandler } from '../network/join-protocol.ts'
import type { PeerName } from '../network/network-port.ts'
import type { InvitationCode, Welcome } from './invitation-store.ts'
import { type JoinAnswer, parseJoinQuestion, type Registration } from './join-message.ts'
import { CONSENT_LIFE_MS, EPOCHS_PER_ANSWER_MAX, REGISTRATION_WAIT_MS } from './limits.ts'

/** What an authority needs to answer those it has invited. */
export type JoinDeskPorts = Pick<
  NodeOperations,
  'genesis' | 'ends' | 'view' | 'head' | 'submit' | 'secrets' | 'invitations'
>

/**
 * Answers one question of an invited peer, JSON text for JSON text; the network has proved that
 * `from` holds the secret. It rejects only when the disk fails.
 */
export const createJoinDesk =
  (ports: JoinDeskPorts): JoinHandler =>
  async (from, request) =>
    JSON.stringify(await answer(ports, from, request))

const answer = async (
  ports: JoinDeskPorts,
  from: PeerName,
  request: string,
): Promise<JoinAnswer> => {
  const question = parseJoinQuestion(request)
  if (question === undefined) return refused('malformed', 'not a question of this protocol')
  if (question.ask === 'genesis') {
    return { answer: 'genesis', text: new TextDecoder().decode(genesisBytes(ports.genesis)) }
  }
  if (question.ask === 'epochs') return epochsFrom(ports, question.from)
  const operator = ports.secrets.get('operator')
  if (operator === undefined) return refused('authority_required', 'no authority answers here')
  const claimed = await ports.invitations.claim(from, question.placeKey)
  if (!claimed.ok) return refused(claimed.code, INVITATION_DETAILS[claimed.code])
  const welcome = claimed.welcome ?? (await register(ports, from, question))
  return 'answer' in welcome ? welcome : welcomeOf(ports, welcome)
}

const epochsFrom = ({ ends }: JoinDeskPorts, from: number): JoinAnswer => ({
  answer: 'epochs',
  ends: ends()
    .filter(({ header }) => header.epoch >= from)
    .slice(0, EPOCHS_PER_ANSWER_MAX)
    .map(({ next, ...end }) => encodeEpochEnd({ ...end, next: next.set })),
})

const register = async (
  ports: JoinDeskPorts,
  from: PeerName,
  question: Registration,
): Promise<JoinAnswer | Omit<Welcome, 'atMs'>> => {
  const place = placeIdOfKey(question.placeKey)
  const registered = ports.view().get('place', place)
  const height =
    registered === undefined ? await submitted(ports, question) : Math.max(1, ports.head().height)
  if (typeof height !== 'number') return height
  await ports.invitations.spend(from, { place, height })
  return { place, height }
}

const submitted = async (
  ports: JoinDeskPorts,
  question: Registration,
): Promise<number | JoinAnswer> => {
  const outcome = await ports.submit({
    id: question.id,
    body: bodyOf(question),
    as: 'operator',
    consents: [question.consent],
    // Of the id, so that the same question makes the same transaction.
    expMs: paymentIdTimeMs(question.id) + CONSENT_LIFE_MS,
    waitMs: REGISTRATION_WAIT_MS,
  })
  return verdictOf(outcome)
}

const verdictOf = (outcome: SubmissionAnswer): number | JoinAnswer => {
  if (outcome.kind === 'unavailable') return { answer: 'pending' }
  if (outcome.kind === 'turned_away') {
    return refused(outcome.code, 'the registration was turned away; ask again with a new one')
  }
  const { state } = outcome
  switch (state.status) {
    case 'applied':
      return state.event.height
    case 'pending':
      return { answer: 'pending' }
    case 'refused':
      return refused(state.code, 'the ledger refused the registration')
    case 'cancelled':
    case 'expired':
    case 'captured':
    case 'lost':
      return refused(state.status, 'the registration came to nothing; ask again with a new one')
  }
}

/** The terms that the place asks for and has signed, and nothing else. */
const bodyOf = ({ ask: _, id: __, consent: ___, ...terms }: Registration): PlaceRegister => ({
  kind: 'place.register',
  ...terms,
})

const welcomeOf = (
  { secrets }: JoinDeskPorts,
  { place, height }: Omit<Welcome, 'atMs'>,
): JoinAnswer => {
  const tagKey = secrets.get('tag-key')
  return {
    answer: 'welcome',
    place,
    height,
    ...(tagKey === undefined ? {} : { tagKey: encodeBase64url(tagKey) }),
  }
}

const INVITATION_DETAILS = {
  invitation_unknown: 'this invitation is not known here; ask the authority for a new one',
  invitation_expired: 'this invitation has expired; ask the authority for a new one',
  invitation_spent: 'another place has used this invitation; ask the authority for a new one',
  invitations_exhausted: 'too many invitations are open',
} as const satisfies Record<InvitationCode, string>

const refused = (code: string, detail: string): JoinAnswer => ({ answer: 'refused', code, detail })
