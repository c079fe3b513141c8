import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NodeConfig } from '#config/node-config.ts'
import { sha256 } from '#digest'
import { KeyStore } from '#node/keys/key-store.ts'
import { runNode } from '#node/node.ts'
import { utf8 } from '#protocol/bytes.ts'
import { genesisBytes } from '#protocol/genesis.ts'
import { genesisOf } from '../../support/ledger-builders.ts'

const PASSPHRASE = 'five words are a passphrase'

test('a node says how long its configuration lets a submission wait', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kermesse-settings-'))
  await writeFile(join(folder, 'genesis.json'), genesisBytes(genesisOf()))
  const keys = await KeyStore.create(join(folder, 'keys.json'), PASSPHRASE)
  await keys.put({ network: sha256(utf8('node venue')), place: sha256(utf8('actor place')) })
  const config = NodeConfig.parse({
    role: 'venue',
    api: { port: 0 },
    log: 'silent',
    submissionWaitSeconds: 7,
  })
  const node = await runNode({ config, folder, passphrase: PASSPHRASE })
  try {
    const document = await (await fetch(`${node.apiUrl}/openapi.json`)).text()
    const said = /`wait=5` in seconds[^"]*/.exec(document)?.[0]
    expect(said).toBe('`wait=5` in seconds, at most 30; otherwise 7')
  } finally {
    await node.stop()
    await rm(folder, { recursive: true, force: true })
  }
})
