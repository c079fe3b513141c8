import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { originOf } from '#node/recovery/genesis-block.ts'
import { promised } from '#node/storage/completion.ts'
import { DataDirectory } from '#node/storage/data-directory.ts'
import type { Block } from '#protocol/chain/block.ts'
import { type Finalization, verifyCertificate } from '#protocol/chain/certificate.ts'
import { hashBytes } from '#protocol/hash.ts'
import { executeBlock } from '#protocol/ledger/execute-block.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { beginGrown } from '#scripts/bench/grown/begin-grown.ts'
import { FIRST_AUTHORITY } from '#scripts/bench/grown/cast.ts'
import { copyData } from '#scripts/bench/grown/copy-data.ts'
import { growChain } from '#scripts/bench/grown/grow-chain.ts'
import { dataOf, type GrownFolder } from '#scripts/bench/grown/grown-folder.ts'
import { heightOf } from '#scripts/bench/grown/sizes.ts'
import { verifySignature } from '#signature'

const SIZES = { wallets: 60, payments: 700, tills: 2, days: 365, seed: 'test' }

const grown = async (): Promise<GrownFolder> => {
  const directory = await mkdtemp(join(tmpdir(), 'kermesse-grown-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const folder = await beginGrown(directory, SIZES)
  await growChain(folder, () => undefined)
  return folder
}

const verified = (text: string, { cast }: GrownFolder) => {
  const parsed = parseTransaction(text, cast.networkId)
  if (!parsed.ok) throw new Error(parsed.code)
  const transaction = verifyTransaction(parsed, verifySignature)
  if (typeof transaction === 'string') throw new Error(transaction)
  return transaction
}

describe('a grown ledger', () => {
  it('is one that a stranger to it would accept, signature by signature and root by root', async () => {
    const folder = await grown()
    const origin = originOf(folder.genesis)
    const path = dataOf(folder.directory, FIRST_AUTHORITY)
    await using opened = await DataDirectory.open({ path, network: origin.networkId })
    const { storage } = opened
    const domain = { chainId: hashBytes(origin.chainId), set: origin.set }
    let parentMs = origin.header.timestampMs
    for (let height = 1; height <= heightOf(SIZES); height++) {
      const block = await promised<Block | undefined>((answer) => storage.blockAt(height, answer))
      if (block === undefined) throw new Error(`no block ${height}`)
      const { timestampMs, stateRoot, transactionRoot } = block.header
      const transactions = block.transactions.map((text) => verified(text, folder))
      const result = executeBlock(origin.ledger, { height, parentMs, timestampMs, transactions })
      expect(result).toMatchObject({ ok: true, stateRoot, txRoot: transactionRoot })
      const found = await promised<{ certificate: Finalization } | undefined>((answer) =>
        storage.reader.certificate(height, answer),
      )
      expect(found && verifyCertificate(found.certificate, domain, verifySignature)).toBe(true)
      expect(found?.certificate.digest).toBe(block.digest)
      parentMs = timestampMs
    }
    expect(storage.chain.applied()?.height).toBe(heightOf(SIZES))
    const { cast } = folder
    const card = origin.ledger.state.get('card', cast.cardAt(SIZES.wallets - 1))
    expect(card?.state).toBe('active')
    expect(origin.ledger.state.count('sale')).toBeLessThanOrEqual(SIZES.payments)
  })

  it('goes on where it was stopped, and is the same ledger', async () => {
    const whole = await grown()
    const path = dataOf(whole.directory, FIRST_AUTHORITY)
    const copy = `${whole.directory}-copy`
    onTestFinished(() => rm(copy, { recursive: true, force: true }))
    const half: GrownFolder = { ...whole, directory: copy }
    const stop = new Error('stopped')
    await expect(
      growChain(half, (height) => {
        if (height === 3) throw stop
      }),
    ).rejects.toBe(stop)
    await growChain(half, () => undefined)
    const points: unknown[] = []
    for (const each of [path, dataOf(copy, FIRST_AUTHORITY)]) {
      await using opened = await DataDirectory.open({ path: each, network: whole.cast.networkId })
      points.push(opened.storage.chain.applied())
    }
    expect(points[0]).toEqual(points[1])
  })

  it('is another node’s when its directory was copied', async () => {
    const folder = await grown()
    const to = join(folder.directory, 'copy')
    await copyData(dataOf(folder.directory, FIRST_AUTHORITY), to)
    await using opened = await DataDirectory.open({ path: to, network: folder.cast.networkId })
    expect(opened.storage.chain.applied()?.height).toBe(heightOf(SIZES))
  })

  it('shares no table with its copies that the database does not know', async () => {
    const folder = await grown()
    const from = join(dataOf(folder.directory, FIRST_AUTHORITY), 'state')
    const manifest = (await readdir(from)).find((name) => name.startsWith('MANIFEST-')) ?? ''
    const next = Number(manifest.slice('MANIFEST-'.length)) + 2
    const stray = `${String(next).padStart(6, '0')}.ldb`
    const known = '000001.ldb'
    for (const name of [stray, known]) await writeFile(join(from, name), 'a table')
    const to = join(folder.directory, 'copy')
    await copyData(from, to)
    await writeFile(join(to, stray), 'the next table of the copy')
    expect(await readFile(join(from, stray), 'utf8')).toBe('a table')
    expect((await stat(join(to, known))).nlink).toBe(2)
  })
})
