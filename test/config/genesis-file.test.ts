import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadGenesis } from '#config/genesis-file.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import { genesisOf } from '../support/ledger-builders.ts'

const load = (text: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'kermesse-genesis-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'genesis.json')
  writeFileSync(file, text)
  return loadGenesis(file)
}

test('the network of a genesis file does not depend on its spacing', () => {
  const genesis = genesisOf()
  for (const space of [0, 2, '\t']) {
    const loaded = load(JSON.stringify(genesis, null, space))
    expect(loaded).toMatchObject({ ok: true, networkId: networkIdOf(genesis) })
  }
})

test.each([
  ['nothing', '', 'not_json'],
  ['another JSON', '{}', 'invalid'],
  ['two authorities', JSON.stringify(twoAuthorities()), 'authority_count'],
  ['far too much', 'x'.repeat(500_000), 'over'],
])('a genesis file with %s is refused and says why', (_, text, why) => {
  const loaded = load(text)
  expect(loaded.ok ? [] : loaded.problems.map(({ message }) => message).join()).toContain(why)
})

test('a genesis file that is not there is refused', () => {
  expect(loadGenesis('/nowhere/genesis.json')).toMatchObject({ ok: false })
})

function twoAuthorities() {
  const genesis = genesisOf()
  return { ...genesis, authorities: [...genesis.authorities, ...genesis.authorities] }
}
