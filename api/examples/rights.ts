import { timestampOf } from '../schemas/timestamp.ts'
import { SAMPLE } from './sample.ts'

const time = timestampOf(SAMPLE.timeMs)
const stamp = { height: SAMPLE.height, time }
const terms = { actions: ['read', 'sale'], caps: { day: 50_000 } } as const
const grant = {
  id: SAMPLE.grant,
  place: SAMPLE.place,
  grantee: SAMPLE.key,
  ...terms,
  till: 'bar-1',
  moved: 650,
} as const
const apiKey = {
  id: 'key-2f6b0c1d9e8a',
  grant: SAMPLE.grant,
  till: 'bar-1',
  createdAt: time,
  revoked: false,
} as const

export const RIGHTS_BODIES = {
  GrantOrderInput: { id: SAMPLE.payment, grantee: SAMPLE.key, ...terms, till: 'bar-1' },
  ApiKeyOrderInput: { id: SAMPLE.payment, till: 'bar-1', ...terms },
  PairingOrderInput: { code: 'K7QF-92MX-3HTD-8ZWA' },
  revokeGrant: { id: SAMPLE.payment },
  revokeApiKey: {},
} as const

export const RIGHTS_ANSWERS = {
  GrantPage: { items: [grant], ...stamp },
  ApiKey: { ...apiKey, revoked: true },
  ApiKeyPage: { items: [apiKey], ...stamp },
  NewApiKey: { apiKey, token: 'krm_live_…' },
  Pairing: {
    place: SAMPLE.place,
    grant: SAMPLE.grant,
    till: 'bar-1',
    actions: terms.actions,
    network: SAMPLE.network,
    node: SAMPLE.peerId,
  },
} as const
