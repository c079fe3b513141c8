import { isIP } from 'node:net'
import type { WebhookRefusal } from '#api/ports/webhooks.ts'
import type { AddressGuard } from './address-guard.ts'

export type UrlRules = { readonly allowHttp: boolean; readonly isAllowed: AddressGuard }

/** The URL of an endpoint, or why it is none. What a name resolves to is seen at each connection. */
export const endpointUrlOf = (
  text: string,
  { allowHttp, isAllowed }: UrlRules,
): URL | WebhookRefusal => {
  const url = URL.parse(text)
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') {
    return 'webhook_url_invalid'
  }
  if (url.protocol === 'http:' && !allowHttp) return 'webhook_https_required'
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'webhook_url_invalid'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const isForbidden = isIP(host) !== 0 && !isAllowed(host)
  return isForbidden ? 'webhook_address_forbidden' : url
}
