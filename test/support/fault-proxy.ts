import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Where on the way of a payment the network fails. */
export const NETWORK_CUTS = [
  'before it takes the payment',
  'in the midst of the payment',
  'after the payment, before its answer',
  'in the midst of the answer',
] as const
export type NetworkCut = (typeof NETWORK_CUTS)[number]

/** What a till sees at these points it sees of its node as well: the node is killed there. */
export type Stop = { readonly at: NetworkCut; readonly then: () => Promise<void> }

const PAYMENT = 'POST /v1/payments '
/** So much of a request or an answer gets through in its midst. */
const PART_BYTES = 40

/**
 * The only way from a till to its node: a TCP proxy on loopback that follows the one payment that
 * passes. At its point it holds everything, does what is to happen there, cuts the connection, and from
 * then on is a whole network again.
 */
export class FaultProxy {
  readonly #server: Server
  readonly #targetPort: number
  readonly #sockets = new Set<Socket>()
  readonly #sent = Promise.withResolvers<void>()
  #stop: Stop | undefined
  /** The connection with the payment. */
  #paying: Socket | undefined
  #isHalted = false

  private constructor(targetPort: number, stop: Stop | undefined) {
    this.#targetPort = targetPort
    this.#stop = stop
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (till) =>
      this.#accept(till),
    )
  }

  static async open(targetPort: number, stop?: Stop): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort, stop)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return `http://127.0.0.1:${address.port}`
  }

  /** Whether the payment came to the point. */
  get isDone(): boolean {
    return this.#stop === undefined
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #accept(till: Socket): void {
    const node = connect(this.#targetPort, '127.0.0.1')
    for (const [socket, other] of [
      [till, node],
      [node, till],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    let payment: Buffer | undefined
    till.on('data', (chunk: Buffer) => {
      if (chunk.toString('latin1').startsWith('GET /sent ')) {
        void this.#sent.promise.then(() => till.write(EMPTY_ANSWER))
        return
      }
      if (payment === undefined && !chunk.toString('latin1').startsWith(PAYMENT)) {
        node.write(chunk)
        return
      }
      payment = Buffer.concat([payment ?? Buffer.alloc(0), chunk])
      if (!isWhole(payment)) return
      const whole = payment
      payment = undefined
      this.#pay(whole, { till, node })
    })
    node.on('data', (chunk: Buffer) => this.#answer(chunk, { till, node }))
  }

  #pay(whole: Buffer, pair: Pair): void {
    const at = this.#stop?.at
    this.#paying = pair.node
    if (at === 'before it takes the payment') {
      this.#halt(pair)
      return
    }
    if (at === 'in the midst of the payment') {
      pair.node.write(whole.subarray(0, PART_BYTES), () => this.#halt(pair))
      return
    }
    pair.node.write(whole, () => {
      this.#sent.resolve()
      if (at === 'after the payment, before its answer') this.#halt(pair)
    })
  }

  #answer(chunk: Buffer, pair: Pair): void {
    if (this.#isHalted && this.#paying === pair.node) return
    if (this.#stop?.at === 'in the midst of the answer' && this.#paying === pair.node) {
      pair.till.write(chunk.subarray(0, PART_BYTES), () => this.#halt(pair))
      return
    }
    pair.till.write(chunk)
  }

  /** Once: what comes later finds a whole network. */
  #halt({ till, node }: Pair): void {
    const stop = this.#stop
    if (stop === undefined || this.#isHalted) return
    this.#isHalted = true
    void stop.then().finally(() => {
      this.#stop = undefined
      this.#isHalted = false
      this.#paying = undefined
      till.destroy()
      node.destroy()
    })
  }
}

type Pair = { readonly till: Socket; readonly node: Socket }

const EMPTY_ANSWER = 'HTTP/1.1 204 No Content\r\n\r\n'

/** A request with its head and all of its body. */
const isWhole = (request: Buffer): boolean => {
  const head = request.indexOf('\r\n\r\n')
  if (head < 0) return false
  const length = /content-length: *(\d+)/i.exec(request.subarray(0, head).toString('latin1'))?.[1]
  return request.length >= head + 4 + Number(length ?? 0)
}
