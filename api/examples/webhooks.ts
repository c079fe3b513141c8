import { timestampOf } from '../schemas/timestamp.ts'
import { SAMPLE } from './sample.ts'

const URL = 'https://books.example.org/hook'
const time = timestampOf(SAMPLE.timeMs)
const webhook = {
  id: 'whe_000102030405060708090a0b0c0d0e0f',
  grant: SAMPLE.grant,
  url: URL,
  filter: { kinds: ['sale'] },
  state: 'enabled',
  created: time,
  publicKey: 'whpk_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=',
  cursor: SAMPLE.cursor,
  deadLetters: 0,
} as const
const event = `evt_${SAMPLE.cursor}`

export const WEBHOOK_BODIES = {
  WebhookOrderInput: { url: URL, filter: { kinds: ['sale'] } },
  WebhookReplayInput: { after: SAMPLE.cursor },
} as const

export const WEBHOOK_ANSWERS = {
  Webhook: webhook,
  NewWebhook: { webhook, secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX' },
  WebhookList: { items: [webhook] },
  WebhookTest: { id: event, taken: true, status: 204 },
  DeadLetterList: {
    items: [{ event, cursor: SAMPLE.cursor, attempts: 1, lastStatus: 400, setAside: time }],
  },
} as const
