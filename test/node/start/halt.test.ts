import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { NodeConfig } from '#config/node-config.ts'
import { sha256 } from '#digest'
import { KeyStore } from '#node/keys/key-store.ts'
import { encodeLinkMessage } from '#node/loop/link-message.ts'
import { originOf } from '#node/recovery/genesis-block.ts'
import { isKept, readHalt, writeHalt } from '#node/start/halt-record.ts'
import { Inside } from '#node/start/inside.ts'
import { createReporter } from '#node/start/reporter.ts'
import { utf8 } from '#protocol/bytes.ts'
import { assembleCertificate } from '#protocol/chain/certificate.ts'
import { type Ballot, ballotBytes } from '#protocol/chain/vote.ts'
import { hashBytes, hashOf } from '#protocol/hash.ts'
import { actor, peerId } from '../../support/actors.ts'
import { genesisOf } from '../../support/ledger-builders.ts'
import { openCli } from '../cli/cli-runner.ts'
import { cleanUp, PASSPHRASE, run, soloFolder } from './solo-folder.ts'

afterEach(cleanUp)

const HALT = { code: 'state_diverged', detail: 'block 12; proof 00ff', atMs: 1_800_000_000_000 }

const dataIn = (folder: string): string => join(folder, 'data')

const OTHERS = ['second', 'third', 'fourth']

/** Three more vote: they can contradict themselves without a key of this node. */
const GENESIS = {
  ...genesisOf(),
  authorities: [
    ...genesisOf().authorities,
    ...OTHERS.map((name) => ({
      consensusKey: actor(name).key,
      operatorKey: actor(`operator ${name}`).key,
      peerId: peerId(name),
      addresses: ['/ip4/127.0.0.1/tcp/4001'],
    })),
  ],
}

const openInside = async (folder: string): Promise<Inside> => {
  const config = NodeConfig.parse({ role: 'authority', log: 'silent' })
  return Inside.open({
    config,
    genesis: GENESIS,
    keyStore: await KeyStore.open(join(folder, 'keys.json'), PASSPHRASE),
    dataDirectory: dataIn(folder),
    reporter: createReporter(pino({ level: 'silent' })),
  })
}

/** A quorum of the others says that view 5 ended without a block, and with one. */
const contradict = ({ core }: Inside): void => {
  const { chainId, set } = originOf(GENESIS)
  const digest = hashOf(sha256(utf8('another chain')))
  const ballots: readonly Ballot[] = [
    { kind: 'nullify', epoch: 1, view: 5 },
    { kind: 'finalize', epoch: 1, view: 5, parentView: 4, digest },
  ]
  for (const ballot of ballots) {
    const bytes = ballotBytes(ballot, { chainId: hashBytes(chainId), set })
    const votes = OTHERS.map((name) => ({
      ...ballot,
      signer: set.members.findIndex(({ consensusKey }) => consensusKey === actor(name).key),
      signature: actor(name).sign(bytes),
    }))
    const certificate = assembleCertificate(ballot, votes)
    const message = { type: 'certificate', certificate } as const
    // Each stranger is heard once in a while.
    core.onMessage(peerId(ballot.kind), encodeLinkMessage({ type: 'consensus', message }))
  }
}

const readiness = async (url: string): Promise<unknown> => {
  const answer = await fetch(`${url}/readyz`)
  return { status: answer.status, body: await answer.json() }
}

describe('a node that has found what it must not go on from', () => {
  test('has it on disk, with the proof, before it has stopped', async () => {
    const folder = await soloFolder()
    const inside = await openInside(folder)
    inside.start()
    contradict(inside)
    expect(inside.haltedBy()).toBe('conflicting_certificates')
    await inside.stop()
    const halt = await readHalt(dataIn(folder))
    expect(halt?.code).toBe('conflicting_certificates')
    expect(halt?.detail).toMatch(/; proof [0-9a-f]{150,}; proof [0-9a-f]{200,}$/)
  })

  test('takes no part after a restart, and says why to whoever asks', async () => {
    const folder = await soloFolder()
    await (await run(folder)).stop()
    await writeHalt(dataIn(folder), HALT)
    const node = await run(folder)
    expect((await fetch(`${node.apiUrl}/startupz`)).status).toBe(200)
    expect(await readiness(node.apiUrl)).toMatchObject({
      status: 503,
      body: { code: 'not_ready', health: { mode: 'blocked', haltedBy: 'state_diverged' } },
    })
  })

  test('does not judge, vote or connect after a restart', async () => {
    const folder = await soloFolder()
    const data = dataIn(folder)
    const first = await openInside(folder)
    await first.stop()
    await writeHalt(data, HALT)
    const inside = await openInside(folder)
    inside.start()
    inside.admit([peerId('guest')])
    contradict(inside)
    // What would halt any node that takes part is not even looked at.
    expect(inside.reporter.failure()).toBeUndefined()
    const { seat } = inside.core.seating()
    expect(seat.kind === 'authority' && seat.replica.standing().view).toBe(1)
    expect(inside.network.peers()).toEqual([])
    await inside.stop()
    expect(await readHalt(data)).toEqual(HALT)
  })

  test('takes part again once its operator has acknowledged it, and the record is kept', async () => {
    const folder = await soloFolder()
    await (await run(folder)).stop()
    await writeHalt(dataIn(folder), HALT)
    await writeFile(join(folder, 'node.yaml'), 'role: authority\n')
    const cli = openCli({ directory: folder })
    expect(await cli.must('ledger', 'halt')).toMatchObject({ halted: true, ...shown })
    const wrong = await cli.run('ledger', 'halt', '--acknowledge', 'invariant_broken', '--json')
    expect(wrong.json).toMatchObject({ error: { code: 'halt_unknown' } })
    const halted = await run(folder)
    const running = await cli.run('ledger', 'halt', '--acknowledge', HALT.code, '--json')
    expect(running.json).toMatchObject({ error: { code: 'node_running' } })
    await halted.stop()
    await cli.must('ledger', 'halt', '--acknowledge', HALT.code)
    expect(await cli.must('ledger', 'halt')).toEqual({ halted: false })
    const node = await run(folder)
    expect(await readiness(node.apiUrl)).toMatchObject({ status: 200, body: { haltedBy: null } })
    const files = await readdir(dataIn(folder))
    expect(files.filter((name) => name.startsWith('halt-acknowledged-'))).toHaveLength(1)
  })

  const shown = { code: HALT.code, detail: HALT.detail, at: new Date(HALT.atMs).toISOString() }
})

describe('the record of a halt', () => {
  test.each([
    ['is no JSON', '{'],
    ['is empty', ''],
    ['is of another format', JSON.stringify({ format: 'kermesse-halt/2' })],
    ['names what is not kept', JSON.stringify({ ...HALT, format: 'kermesse-halt/1', code: 'x' })],
    ['is too long', ' '.repeat(200_000)],
  ])('halts the node also when it %s', async (_, text) => {
    const folder = await soloFolder()
    await (await run(folder)).stop()
    await writeFile(join(dataIn(folder), 'halt.json'), text)
    expect(await readHalt(dataIn(folder))).toMatchObject({ code: 'halt_unreadable' })
  })

  test('is bounded', async () => {
    const folder = await soloFolder()
    await (await run(folder)).stop()
    await writeHalt(dataIn(folder), { ...HALT, detail: '\u0001'.repeat(100_000) })
    expect((await readHalt(dataIn(folder)))?.detail).toHaveLength(16_384)
  })

  test.each([
    ['conflicting_certificates', true],
    ['state_diverged', true],
    ['invariant_broken', true],
    ['rule_broken', false],
    ['disk_full', false],
    ['io_failed', false],
    ['upgrade_required', false],
  ])('%s is kept: %s', (code, kept) => {
    expect(isKept(code)).toBe(kept)
  })
})
