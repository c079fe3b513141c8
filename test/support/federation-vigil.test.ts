import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { keepVigil } from './federation-vigil.ts'

const children: ChildProcess[] = []
const servers: Server[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const server of servers.splice(0)) server.close()
})

/** A process that does nothing until it is ended. */
const idle = (): ChildProcess => {
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1_000)'])
  children.push(child)
  return child
}

const answering = async (status: number): Promise<string> => {
  const server = createServer((_, reply) => reply.writeHead(status).end('{}'))
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** Authorities that are processes of their own; all answer at one address. */
const federationOf = async (names: readonly string[], status = 200) => {
  const nodes = new Map(names.map((name) => [name, idle()]))
  const apiUrl = await answering(status)
  let stops = 0
  const federation: LocalFederation = {
    directory: '',
    genesisFile: '',
    authorities: () =>
      [...nodes].map(([name, { pid = 0 }]) => ({ name, directory: '', apiUrl, pid })),
    venues: () => [],
    kill: async (name) => await end(nodes.get(name)),
    restart: async (name) => {
      nodes.set(name, idle())
    },
    ended: async () => '',
    stop: async () => {
      stops += 1
    },
  }
  return { federation: keepVigil(federation), nodes, stops: () => stops }
}

const end = async (child: ChildProcess | undefined): Promise<void> => {
  if (child === undefined) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

test('a federation whose processes all live stops without a word', async () => {
  const { federation, stops } = await federationOf(['a', 'b'])
  await federation.stop()
  expect(stops()).toBe(1)
})

test('a process that died unasked is named, once, and the others are stopped', async () => {
  const { federation, nodes, stops } = await federationOf(['a', 'b'])
  await end(nodes.get('b'))
  await expect(federation.stop()).rejects.toThrow('b died though nobody killed it')
  await federation.stop()
  expect(stops()).toBe(2)
})

test('a process that was killed on purpose may be dead, and not once it was started again', async () => {
  const { federation, nodes } = await federationOf(['a', 'b'])
  await federation.kill('b')
  await federation.restart('b')
  await end(nodes.get('b'))
  await federation.kill('a')
  await expect(federation.stop()).rejects.toThrow(/^b died though nobody killed it$/)
})

test('a process that somebody else replaced is noticed', async () => {
  const { federation, nodes } = await federationOf(['a'])
  nodes.set('a', idle())
  await expect(federation.stop()).rejects.toThrow('a is another process')
})

test('a process that lives and does not say so is noticed', async () => {
  const { federation } = await federationOf(['a'], 503)
  await expect(federation.stop()).rejects.toThrow('a answers 503')
})
