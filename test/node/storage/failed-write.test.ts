import { describe, expect, test } from 'vitest'
import { COMMIT_PENDING_BLOCKS_MAX } from '#node/storage/limits.ts'
import { openStorage, type Storage } from '#node/storage/storage.ts'
import { createMemoryDisk } from '../../support/memory-files.ts'
import { createMemoryKeyValues } from '../../support/memory-key-values.ts'
import { certificateOf, createChain, SIZES } from './machine.ts'
import { EPOCH, valueFrom, voteIn } from './records.ts'

/** A store whose database ends its acts when the test says, each as the test says. */
const setUp = () => {
  const held: (() => void)[] = []
  let isHolding = false
  let fault: string | undefined
  let closed = 0
  const keyValues = createMemoryKeyValues({
    schedule: (_act, complete) => {
      if (isHolding) held.push(complete)
      else complete()
    },
    fault: () => {
      const once = fault
      fault = undefined
      return once
    },
  })
  const [journal, blocks] = [createMemoryDisk(), createMemoryDisk()]
  const open = (): Storage => {
    const port = keyValues.open()
    const counted = {
      ...port,
      close: (done: Parameters<typeof port.close>[0]) => {
        closed += 1
        port.close(done)
      },
    }
    const ports = {
      journal: journal.directory,
      blocks: blocks.directory,
      keyValues: counted,
    }
    return valueFrom((answer) => openStorage(ports, SIZES, answer))
  }
  const storage = open()
  const chain = createChain()
  storage.chain.begin(chain.genesis, () => undefined)
  const codes: string[] = []
  const commit = (): void => {
    const block = chain.next()
    const { height } = block.block.header
    storage.chain.commit([block], certificateOf(block.block), (error) =>
      codes.push(`${height} ${error?.code ?? 'stored'}`),
    )
  }
  return {
    storage,
    open,
    commit,
    codes,
    closed: () => closed,
    hold: () => {
      isHolding = true
    },
    failNext: (code: string) => {
      fault = code
    },
    release: () => {
      while (held.length > 0) held.shift()?.()
    },
  }
}

describe('after a commit that was refused', () => {
  test.each([
    ['ENOSPC', 'disk_full'],
    ['EIO', 'io_failed'],
  ])('by the disk (%s) nothing is committed, and the next start finds no hole', (system, code) => {
    const { storage, open, commit, codes, hold, failNext, release } = setUp()
    commit()
    hold()
    failNext(system)
    for (let at = 0; at < 3; at++) commit()
    release()
    commit()
    expect(codes).toEqual(['1 stored', `2 ${code}`, `3 ${code}`, `4 ${code}`, '5 storage_failed'])
    expect(storage.chain.applied()?.height).toBe(1)
    expect(open().chain.applied()?.height).toBe(1)
  })

  test('because the queue was full nothing is committed on top, and there is no hole', () => {
    const { open, commit, codes, hold, release } = setUp()
    hold()
    for (let at = 0; at <= COMMIT_PENDING_BLOCKS_MAX; at++) commit()
    expect(codes).toEqual([`${COMMIT_PENDING_BLOCKS_MAX + 1} commit_queue_full`])
    release()
    commit()
    expect(codes.at(-1)).toBe(`${COMMIT_PENDING_BLOCKS_MAX + 2} storage_failed`)
    const again = open()
    const height = again.chain.applied()?.height ?? 0
    const heights = Array.from(
      { length: height },
      (_, at) => again.reader.block(at + 1)?.header.height,
    )
    expect(heights).toEqual(heights.map((_, at) => at + 1))
  })

  test('no vote and no fact of this node is written either', () => {
    const { storage, commit, failNext } = setUp()
    failNext('EIO')
    commit()
    const codes: (string | undefined)[] = []
    storage.write({ journal: [voteIn(1)], blocks: [] }, (error) => codes.push(error?.code))
    storage.local.settings.put({ name: 'a', value: 1 }, (error) => codes.push(error?.code))
    expect(codes).toEqual(['storage_failed', 'storage_failed'])
  })

  test('closing gives the files back and tells the first failure', () => {
    const { storage, commit, failNext, closed } = setUp()
    failNext('ENOSPC')
    commit()
    const codes: (string | undefined)[] = []
    storage.close((error) => codes.push(error?.code))
    expect(codes).toEqual(['disk_full'])
    expect(closed()).toBe(1)
  })
})

describe('a sync that failed, of which the system still shows the bytes', () => {
  /** Directories whose syncs fail while the test says so. */
  const setUpDisks = () => {
    let isFailing = false
    const fault = ({ act }: { readonly act: string }): string | undefined =>
      isFailing && act === 'sync' ? 'EIO' : undefined
    const [journal, blocks] = [createMemoryDisk({ fault }), createMemoryDisk({ fault })]
    const keyValues = createMemoryKeyValues()
    const open = (): Storage =>
      valueFrom((answer) => {
        const ports = {
          journal: journal.directory,
          blocks: blocks.directory,
          keyValues: keyValues.open(),
        }
        openStorage(ports, SIZES, answer)
      })
    return {
      open,
      fail: (failing: boolean) => {
        isFailing = failing
      },
      kill: () => {
        journal.kill()
        blocks.kill()
        keyValues.kill()
      },
      losePower: () => {
        journal.crash(() => 1)
        blocks.crash(() => 1)
        keyValues.crash(() => 0)
      },
    }
  }

  test('a vote and a block that a start found are there after a loss of power too', () => {
    const disks = setUpDisks()
    const first = disks.open()
    const chain = createChain()
    first.chain.begin(chain.genesis, () => undefined)
    const codes: string[] = []
    const write = (journal: Parameters<Storage['write']>[0]['journal']): void =>
      first.write({ journal, blocks: [chain.next().block] }, (error) =>
        codes.push(error?.code ?? 'written'),
      )
    write([EPOCH])
    // The block's own write fails: the vote is not even tried.
    disks.fail(true)
    write([voteIn(1)])
    expect(codes).toEqual(['written', 'io_failed'])
    disks.fail(false)
    disks.kill()
    const second = disks.open()
    const found = second.logged.map(({ digest }) => digest)
    expect(found).toHaveLength(2)
    disks.losePower()
    expect(disks.open().logged.map(({ digest }) => digest)).toEqual(found)
  })

  test('a vote that a start found, and that is said again, is there after a loss of power', () => {
    const disks = setUpDisks()
    const first = disks.open()
    first.write({ journal: [EPOCH], blocks: [] }, () => undefined)
    disks.fail(true)
    const codes: (string | undefined)[] = []
    first.write({ journal: [voteIn(1)], blocks: [] }, (error) => codes.push(error?.code))
    expect(codes).toEqual(['io_failed'])
    disks.fail(false)
    disks.kill()
    const { records } = disks.open()
    expect(records).toEqual([EPOCH, voteIn(1)])
    disks.losePower()
    expect(disks.open().records).toEqual(records)
  })
})
