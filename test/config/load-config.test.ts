import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '#config/load-config.ts'

const fileWith = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kermesse-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'node.yaml')
  writeFileSync(file, text)
  return file
}

const loaded = (text: string, environment = {}, flags: Parameters<typeof loadConfig>[2] = []) => {
  const result = loadConfig(fileWith(text), environment, flags)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.config
}

const problemsOf = (text: string, environment = {}) => {
  const result = loadConfig(fileWith(text), environment)
  if (result.ok) throw new Error('accepted')
  return result.problems
}

const listening = (address: string): string => `role: venue\nnetwork: { listen: ['${address}'] }`

const PEER = '12D3KooWAtvjBzpDUYL9BEPoc7pxm9uBjq25gZn3JsxReZdbeaqD'

describe('a configuration', () => {
  test('needs a role and nothing more', () => {
    expect(loaded('role: venue')).toEqual({
      role: 'venue',
      dataDirectory: 'data',
      genesisFile: 'genesis.json',
      keyFile: 'keys.json',
      network: { listen: ['/ip4/127.0.0.1/tcp/0'], authorities: [], observers: [] },
      api: { host: '127.0.0.1', port: 4100, names: [] },
      signatureChecks: 'inline',
      mempool: { transactionsMax: 20_000, perScopeMax: 1_024 },
      sync: { snapshotFromBlocks: 50_000 },
      submissionWaitSeconds: 5,
      webhooks: { allowHttp: false, allowAddresses: [] },
      leases: { enabled: false, amount: 3_000, minutes: 360 },
      log: 'info',
    })
  })

  test('may be JSON', () => {
    expect(loaded('{"role":"observer","api":{"port":5000}}').api.port).toBe(5000)
  })

  test('is frozen', () => {
    expect(Object.isFrozen(loaded('role: venue'))).toBe(true)
  })

  test('obeys flags before the environment, and the environment before the file', () => {
    const file = 'role: venue\napi: { port: 1000 }\nlog: warn\ndataDirectory: file'
    const environment = { KERMESSE_API_PORT: '2000', KERMESSE_LOG: 'error', OTHER: 'x' }
    const flags = [{ path: ['api', 'port'], value: 3000 }]
    expect(loaded(file, environment, flags)).toMatchObject({
      api: { port: 3000 },
      log: 'error',
      dataDirectory: 'file',
    })
  })

  test('takes a folder whose name is a number from the environment', () => {
    const environment = { KERMESSE_DATA_DIRECTORY: '2026', KERMESSE_API_PORT: '4102' }
    expect(loaded('role: venue', environment)).toMatchObject({
      dataDirectory: '2026',
      api: { port: 4102 },
    })
  })

  test.each([
    'host: 127.0.0.2',
    'host: localhost',
    'host: "::1"',
    'host: 0.0.0.0, tls: generated, names: [bar.local, 192.168.1.5, "fd00::5"]',
    'host: 0.0.0.0, tls: proxy',
    'host: "::", tls: { certificateFile: c.pem, keyFile: k.pem }',
  ])('takes api: { %s }', (api) => {
    expect(loaded(`role: venue\napi: { ${api} }`).api).toBeDefined()
  })

  test('takes addresses of authorities with their peer ids', () => {
    const address = `/dns4/node.example.org/tcp/4001/p2p/${PEER}`
    const text = `role: venue\nnetwork:\n  authorities: ['${address}']\n  observers: ['${PEER}']`
    expect(loaded(text).network).toMatchObject({ authorities: [address], observers: [PEER] })
  })
})

describe('a configuration is refused, with the path,', () => {
  test.each([
    ['', '', undefined],
    ['- role', '', undefined],
    ['role: [venue]', 'role', '["venue"]'],
    ['role: [', '', undefined],
    ['dataDirectory: data', 'role', undefined],
    ['role: bank', 'role', 'bank'],
    ['role: venue\ncolour: blue', 'colour', 'blue'],
    ['role: venue\napi: { port: 65536 }', 'api.port', '65536'],
    ['role: venue\napi: { port: "80" }', 'api.port', '80'],
    ['role: venue\napi: { hots: x }', 'api.hots', 'x'],
    ['role: venue\napi: { host: 0.0.0.0 }', 'api.tls', undefined],
    ['role: venue\napi: { host: "::" }', 'api.tls', undefined],
    ['role: venue\napi: { host: bar.local }', 'api.tls', undefined],
    ['role: venue\napi: { tls: off }', 'api.tls', 'off'],
    ['role: venue\napi: { tls: { keyFile: k } }', 'api.tls', '{"keyFile":"k"}'],
    ['role: venue\napi: { names: ["a b"] }', 'api.names.0', 'a b'],
    ['role: venue\napi: { names: ["300.1.1.1"] }', 'api.names.0', '300.1.1.1'],
    ['role: venue\nnetwork: { listen: [] }', 'network.listen', '[]'],
    ['role: venue\nnetwork: { listen: [localhost] }', 'network.listen.0', 'localhost'],
    [listening('/ip4/127.0.0.1/tcp/65536'), 'network.listen.0', '/ip4/127.0.0.1/tcp/65536'],
    [listening('/ip4/300.0.0.1/tcp/1'), 'network.listen.0', '/ip4/300.0.0.1/tcp/1'],
    [listening('/ip6/::g/tcp/1'), 'network.listen.0', '/ip6/::g/tcp/1'],
    ['role: venue\nnetwork: { observers: [me] }', 'network.observers.0', 'me'],
    ['role: venue\nmempool: { transactionsMax: 1 }', 'mempool.transactionsMax', '1'],
    ['role: venue\nsubmissionWaitSeconds: 0.5', 'submissionWaitSeconds', '0.5'],
    ['role: venue\ntopUpAsset: EUR', 'topUpAsset', 'EUR'],
    [`role: venue # ${'x'.repeat(70_000)}`, '', undefined],
    ['a: &a [x]\nb: *a\nrole: venue', '', undefined],
  ])('%#: %j', (text, path, given) => {
    const [problem] = problemsOf(text)
    expect(problem?.message).not.toBe('')
    if (path !== '') expect(problem?.path).toBe(path)
    expect(problem?.given).toBe(given)
  })

  test.each([
    ['role: venue\ncolour: blue', /no such setting; there are role, dataDirectory, .*, log$/],
    ['role: venue\napi: { hots: x }', /no such setting; there are host, port, tls, names$/],
    ['role: bank', /"authority"|"venue"|"observer"/],
    ['role: venue\napi: { port: 65536 }', /<=65535/],
  ])('%#: saying what is allowed', (text, allowed) => {
    expect(problemsOf(text)[0]?.message).toMatch(allowed)
  })

  test('when the environment is wrong', () => {
    expect(problemsOf('role: venue', { KERMESSE_API_PORT: 'eighty' })).toMatchObject([
      { path: 'api.port', given: 'eighty' },
    ])
  })

  test('when there is no file', () => {
    expect(loadConfig('/nowhere/node.yaml', {})).toMatchObject({
      ok: false,
      problems: [{ path: '/nowhere/node.yaml' }],
    })
  })

  test('with every problem it has', () => {
    expect(problemsOf('role: bank\nlog: loud').map(({ path }) => path)).toEqual(['role', 'log'])
  })
})
