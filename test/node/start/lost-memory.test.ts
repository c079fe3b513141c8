import { cp, mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NAMES, type Running, start, transfer, until } from './real-nodes.ts'

describe('an authority of four whose directory comes to harm', () => {
  let root = ''
  let nodes: Running[] = []

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'kermesse-memory-'))
    for (const name of NAMES) nodes.push(await start(name, root, { authority: true, dial: nodes }))
  }, 30_000)

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await rm(root, { recursive: true })
  })

  const heightOf = ({ core }: Running): number => core.executor.final().header.height
  const directory = (): string => join(root, 'dora')

  /** Payments one after the other, each final at every node that runs. */
  const pay = async (count: number): Promise<void> => {
    for (let paid = 0; paid < count; paid++) {
      const [teller] = nodes
      if (teller === undefined) throw new Error('no node')
      const before = heightOf(teller)
      teller.core.receive(transfer(1).text, () => undefined)
      await until(() => nodes.every((node) => heightOf(node) > before), 'final everywhere')
    }
  }

  const stopDora = async (): Promise<void> => {
    await nodes.at(-1)?.stop()
    nodes = nodes.slice(0, -1)
  }

  const startDora = async (): Promise<Running> => {
    const dora = await start('dora', root, { authority: true, dial: nodes })
    nodes.push(dora)
    return dora
  }

  const told = (node: Running, code: string): readonly unknown[] =>
    node.reports().flatMap((report) => (report.code === code ? [report.facts] : []))

  /** It learns where its votes can be, votes again, and is needed: another one goes. */
  const expectRecovered = async (dora: Running, cause: string): Promise<void> => {
    await until(() => told(dora, 'consensus_amnesiaOver').length > 0, 'the end of amnesia')
    expect(told(dora, 'consensus_amnesia')).toEqual([expect.objectContaining({ cause })])
    await pay(4)
    const { seat } = dora.core.seating()
    expect(seat.kind === 'authority' && seat.replica.standing()).toMatchObject({
      voting: true,
      amnesia: null,
    })
    const roots = nodes.map(({ core }) => core.executor.final().header.stateRoot)
    expect(new Set(roots).size).toBe(1)
  }

  test('goes on after its journal was deleted', async () => {
    await pay(3)
    await stopDora()
    await rm(join(directory(), 'journal', 'journal-0'))
    const dora = await startDora()
    expect(dora.directory.storage.lost).toMatchObject({ code: 'journal_missing', kept: [] })
    await expectRecovered(dora, 'journal_missing')
  }, 60_000)

  test('goes on after its journal was damaged, and the damaged file is kept', async () => {
    await stopDora()
    const file = await open(join(directory(), 'journal', 'journal-0'), 'r+')
    await file.write(new Uint8Array([1, 2, 3]), 0, 3, 40)
    await file.close()
    const dora = await startDora()
    expect(dora.directory.storage.lost?.kept).toEqual(['journal-0.lost-1'])
    expect(await readdir(join(directory(), 'journal'))).toContain('journal-0.lost-1')
    await expectRecovered(dora, 'journal_corrupt')
  }, 60_000)

  test('goes on from an older copy of the whole directory', async () => {
    await stopDora()
    await cp(directory(), join(root, 'copy'), { recursive: true })
    await startDora()
    await pay(4)
    await stopDora()
    await rm(directory(), { recursive: true })
    await cp(join(root, 'copy'), directory(), { recursive: true })
    await expectRecovered(await startDora(), 'journal_rolled_back')
  }, 60_000)

  test('goes on with nothing but its keys', async () => {
    await stopDora()
    await rm(directory(), { recursive: true })
    await expectRecovered(await startDora(), 'journal_rolled_back')
  }, 60_000)

  test('goes on when its database alone was lost', async () => {
    await stopDora()
    await rm(join(directory(), 'state'), { recursive: true })
    const dora = await startDora()
    await pay(4)
    expect(heightOf(dora)).toBeGreaterThan(0)
    await until(() => nodes.every((node) => heightOf(node) === heightOf(dora)), 'one height')
  }, 60_000)
})
