import { connect, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { NodeConfig } from '#config/node-config.ts'
import { runNode } from '#node/node.ts'
import { cleanUp, cleanups, PASSPHRASE, run, soloFolder } from './solo-folder.ts'

/** "Graceful stop under a second". */
const STOP_MS = 1_000

afterEach(cleanUp)

const timed = async (act: () => Promise<unknown>): Promise<number> => {
  const from = performance.now()
  await act()
  return performance.now() - from
}

const connected = (port: number): Promise<unknown> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => resolve(undefined))
    socket.on('error', () => undefined)
    cleanups.push(async () => socket.destroy())
  })

const portOf = (url: string): number => Number(new URL(url).port)

describe('a node', () => {
  test('that is idle stops in under a second, and starts again', async () => {
    const folder = await soloFolder()
    const node = await run(folder)
    expect(await timed(() => node.stop())).toBeLessThan(STOP_MS)
    const again = await run(folder)
    const answer = await fetch(`${again.apiUrl}/startupz`)
    expect(answer.status).toBe(200)
  })

  test('stops in under a second while others keep their connections open', async () => {
    const node = await run(await soloFolder())
    const networkPort = Number(node.addresses[0]?.split('/')[4])
    await Promise.all([connected(portOf(node.apiUrl)), connected(networkPort)])
    const reading = fetch(`${node.apiUrl}/livez`).then((answer) => answer.status)
    expect(await reading).toBe(200)
    expect(await timed(() => node.stop())).toBeLessThan(STOP_MS)
  })

  test('that is asked to stop twice stops once', async () => {
    const node = await run(await soloFolder())
    await Promise.all([node.stop(), node.stop()])
    await expect(fetch(`${node.apiUrl}/livez`)).rejects.toThrow()
  })

  test('whose data directory another one holds is refused, and the other one goes on', async () => {
    const folder = await soloFolder()
    const node = await run(folder)
    await expect(run(folder)).rejects.toMatchObject({ code: 'data_directory_in_use' })
    expect((await fetch(`${node.apiUrl}/livez`)).status).toBe(200)
  })

  test('that cannot open its door gives everything back', async () => {
    const folder = await soloFolder()
    const occupant = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => occupant.once('listening', resolve))
    cleanups.push(async () => occupant.close())
    const address = occupant.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    await expect(run(folder, address.port)).rejects.toMatchObject({ code: 'api_port_in_use' })
    expect((await fetch(`${(await run(folder)).apiUrl}/livez`)).status).toBe(200)
  })

  test('that cannot listen for others gives everything back', async () => {
    const folder = await soloFolder()
    const config = NodeConfig.parse({
      role: 'authority',
      network: { listen: ['/ip4/192.0.2.1/tcp/4001'] },
      log: 'silent',
    })
    await expect(runNode({ config, folder, passphrase: PASSPHRASE })).rejects.toMatchObject({
      code: 'cannot_listen',
    })
    await run(folder)
  })
})
