import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { freePorts } from '#scripts/federation/ports.ts'
import { Links } from '#scripts/links/links.ts'

const PEER = '12D3KooWEift88EgE9Dui2K1sWPEtK7SG4p21v9eswaCeKbyZ4e6'
const WAIT = { timeout: 5_000, interval: 5 }
/** In these tests this process is the venue, and at times the authority too. */
const VENUE = { name: 'venue', pid: process.pid, apiPort: 0 }

let directory: string
const endings: (() => void)[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kermesse-links-'))
})
afterEach(async () => {
  for (const end of endings.splice(0)) end()
  await rm(directory, { recursive: true })
})

const listening = async (port: number): Promise<readonly Socket[]> => {
  const accepted: Socket[] = []
  const server = createServer((socket) => accepted.push(socket))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  endings.push(() => {
    for (const socket of accepted) socket.destroy()
    server.close()
  })
  return accepted
}

const dial = async (port: number): Promise<void> => {
  const socket = connect({ port, host: '127.0.0.1' })
  endings.push(() => socket.destroy())
  await once(socket, 'connect')
}

/** The links of one authority, which listens, and one venue; and where the venue was told to dial. */
const laid = async () => {
  for (const name of ['authority', 'venue']) {
    await mkdir(join(directory, name))
    await writeFile(join(directory, name, 'node.yaml'), 'role: venue\nnetwork:\n  listen: []\n')
  }
  const card = JSON.stringify({ peerId: PEER })
  await writeFile(join(directory, 'authority', 'authority.json'), card)
  const [port = 0] = await freePorts(1)
  const accepted = await listening(port)
  const links = await Links.lay(directory, {
    format: 'kermesse-local-federation/1',
    authorities: [{ name: 'authority', port }],
    venues: [{ name: 'venue', hasCards: false }],
  })
  endings.push(() => links.close())
  const settings = parse(await readFile(join(directory, 'venue', 'node.yaml'), 'utf8'))
  const [address = ''] = settings.network.authorities
  return { links, port, accepted, settings, proxyPort: Number(address.split('/')[4]), address }
}

test('a node is told to dial authorities at its proxies, and keeps its other settings', async () => {
  const { settings, address, port, proxyPort } = await laid()
  expect(settings).toEqual({ role: 'venue', network: { listen: [], authorities: [address] } })
  expect(address).toBe(`/ip4/127.0.0.1/tcp/${proxyPort}/p2p/${PEER}`)
  expect(proxyPort).not.toBe(port)
})

test('a connection beside the proxies is a bypass', async () => {
  const { links, port } = await laid()
  await dial(port)
  expect(await links.bypasses([VENUE])).toContainEqual(
    expect.stringMatching(new RegExp(`^venue: \\d+ to ${port}$`)),
  )
})

test('an authority that is reached beside the proxies sees it too', async () => {
  const { links, port, accepted } = await laid()
  await dial(port)
  await expect.poll(() => accepted.length, WAIT).toBe(1)
  const seen = await links.bypasses([{ ...VENUE, name: 'authority' }])
  expect(seen).toContainEqual(`authority: ${port} to ${accepted[0]?.remotePort}`)
})

test('a connection through a proxy is none, for either end of it', async () => {
  const { links, port, proxyPort, accepted } = await laid()
  await dial(proxyPort)
  await expect.poll(() => accepted.length, WAIT).toBe(1)
  const venue = await links.bypasses([VENUE])
  expect(venue.filter((each) => each.endsWith(` to ${proxyPort}`))).toEqual([])
  const authority = await links.bypasses([{ ...VENUE, name: 'authority' }])
  expect(authority.filter((each) => each.startsWith(`authority: ${port} to `))).toEqual([])
})

test('a till at the API is none', async () => {
  const { links } = await laid()
  const [apiPort = 0] = await freePorts(1)
  const accepted = await listening(apiPort)
  await dial(apiPort)
  await expect.poll(() => accepted.length, WAIT).toBe(1)
  const seen = await links.bypasses([{ ...VENUE, apiPort }])
  expect(seen.filter((each) => each.startsWith(`venue: ${apiPort} to `))).toEqual([])
})
