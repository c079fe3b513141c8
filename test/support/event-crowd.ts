import { connect, type Socket } from 'node:net'
import { argv, stdin, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Many clients of an event stream in one process: `event-crowd.ts <API url>`. Each line of standard
 * input is an order: `open <keys…>` opens a stream for each key and answers when all are told `200`,
 * `close <count>` ends them once each was shown so many events, or after a while, and answers how many
 * each was shown, the fewest and the most.
 */
type Client = { readonly socket: Socket; events: number }

const FRAME = Buffer.from('event: transaction\n')
const { hostname, port } = new URL(argv[2] ?? '')
const clients: Client[] = []

const open = (key: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    const client = { socket, events: 0 }
    clients.push(client)
    socket.once('error', reject)
    socket.once('data', (chunk) => {
      if (chunk.includes('HTTP/1.1 200')) resolve()
      else reject(new Error(chunk.toString().split('\r\n')[0]))
    })
    socket.on('data', (chunk) => {
      client.events += countIn(chunk)
    })
    socket.write(
      `GET /v1/events HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${key}\r\n\r\n`,
    )
  })

/** A page is written in one piece, so that hardly any frame lies across two chunks. */
const countIn = (chunk: Buffer): number => {
  let count = 0
  for (let at = chunk.indexOf(FRAME); at >= 0; at = chunk.indexOf(FRAME, at + FRAME.length)) {
    count += 1
  }
  return count
}

const SHOWN_WITHIN_MS = 30_000
const POLL_MS = 5

const close = async (count: number): Promise<string> => {
  const endMs = performance.now() + SHOWN_WITHIN_MS
  while (clients.some(({ events }) => events < count) && performance.now() < endMs) {
    await sleep(POLL_MS)
  }
  const counts = clients.map(({ events }) => events)
  for (const { socket } of clients.splice(0)) socket.destroy()
  return JSON.stringify({ fewest: Math.min(...counts), most: Math.max(...counts) })
}

for await (const line of createInterface({ input: stdin })) {
  const [order, ...words] = line.split(' ')
  if (order === 'open') await Promise.all(words.map(open))
  stdout.write(`${order === 'open' ? 'open' : await close(Number(words[0]))}\n`)
}
