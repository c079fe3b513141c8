import type { WebhookRefusal } from '../ports/webhooks.ts'
import { final, type ProblemRow, passing } from './row.ts'

/** What can be wrong with an endpoint of outgoing webhooks. */
export const WEBHOOK_PROBLEMS = {
  webhook_url_invalid: final(
    400,
    'Not a URL that events can be delivered to',
    'Send an https URL without a user, a password or a fragment.',
  ),
  webhook_https_required: final(
    400,
    'The URL is not https',
    'Serve it with TLS, or have the operator set `webhooks.allowHttp`.',
  ),
  webhook_address_forbidden: final(
    400,
    'The address is not public',
    'Use a public address, or have the operator name its network in `webhooks.allowAddresses`.',
  ),
  webhook_url_taken: final(
    409,
    'The place delivers to this URL already',
    'GET /v1/webhooks lists its endpoints; rotate the secret of that one if it was lost.',
  ),
  webhooks_exhausted: final(409, 'Too many endpoints', 'Delete one, then make this one.'),
  webhook_test_running: passing(409, 'A test of this endpoint is under way', 'Wait for it.'),
} as const satisfies Record<WebhookRefusal | 'webhook_test_running', ProblemRow>
