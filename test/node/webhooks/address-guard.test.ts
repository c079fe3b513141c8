import { describe, expect, test } from 'vitest'
import { createAddressGuard } from '#node/webhooks/address-guard.ts'
import { endpointUrlOf } from '#node/webhooks/endpoint-url.ts'

const FORBIDDEN = [
  ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '0.1.2.3', '10.0.0.1', '172.16.0.1'],
  ...['172.31.255.255', '192.168.0.1', '169.254.169.254', '100.64.0.1', '192.0.0.8', '192.0.2.1'],
  ...['198.18.0.1', '198.51.100.1', '203.0.113.9', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12:3456::1', 'ff02::1', '2001:db8::1'],
  // IPv4 in the clothes of IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo.
  ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::127.0.0.1', '::ffff:0:127.0.0.1'],
  ...['64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b:1::1', '2002:7f00:1::', '2001:0:7f00:1::1'],
  ...['100::1', 'fec0::1', '3ffe::1%lo', 'localhost', '', 'not an address'],
]

const PUBLIC = ['1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '2a00:1450:4007::200e']

describe('a webhook', () => {
  const isAllowed = createAddressGuard([])

  test.each(FORBIDDEN.filter((address) => address !== '3ffe::1%lo'))(
    'is not sent to %s',
    (address) => {
      expect(isAllowed(address)).toBe(false)
    },
  )

  test.each(PUBLIC)('may be sent to %s', (address) => {
    expect(isAllowed(address)).toBe(true)
  })

  test('may be sent into a network that the operator names, and only that one', () => {
    const allows = createAddressGuard(['192.168.7.0/24', '::1/128'])
    expect(['192.168.7.9', '::ffff:192.168.7.9', '::1'].map(allows)).toEqual([true, true, true])
    expect(['192.168.8.1', '127.0.0.1', 'fd00::1'].map(allows)).toEqual([false, false, false])
  })
})

describe('the URL of an endpoint', () => {
  const rules = { allowHttp: false, isAllowed: createAddressGuard([]) }

  test.each([
    ['https://books.example.org/hook?a=b', 'https://books.example.org/hook?a=b'],
    ['https://1.1.1.1:8443/', 'https://1.1.1.1:8443/'],
    ['http://books.example.org/', 'webhook_https_required'],
    ['ftp://books.example.org/', 'webhook_url_invalid'],
    ['file:///etc/passwd', 'webhook_url_invalid'],
    ['books.example.org/hook', 'webhook_url_invalid'],
    ['https://', 'webhook_url_invalid'],
    ['https://me:secret@books.example.org/', 'webhook_url_invalid'],
    ['https://books.example.org/#part', 'webhook_url_invalid'],
    ['https://127.0.0.1/', 'webhook_address_forbidden'],
    ['https://2130706433/', 'webhook_address_forbidden'],
    ['https://0x7f.1/', 'webhook_address_forbidden'],
    ['https://017700000001/', 'webhook_address_forbidden'],
    ['https://[::1]/', 'webhook_address_forbidden'],
    ['https://[::ffff:10.0.0.1]/', 'webhook_address_forbidden'],
    ['https://169.254.169.254/latest/meta-data', 'webhook_address_forbidden'],
  ])('%s: %s', (text, said) => {
    const url = endpointUrlOf(text, rules)
    expect(typeof url === 'string' ? url : url.href).toBe(said)
  })
})
