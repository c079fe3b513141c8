import { v7 } from 'uuid'
import type { Ports } from '#api/ports/ports.ts'
import { type RequestSigning, signRequest } from '#protocol/request/signed-request.ts'
import { type Actor, peerId } from '../../support/actors.ts'
import { openedBar } from './bar.ts'
import { createMachine } from './machine.ts'
import { openDoor } from './open-door.ts'
import type { Bar } from './solo-node.ts'

export const AUDIENCE = peerId('authority')

export type Change = Partial<RequestSigning>
export type Request = {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}

/** A bar whose HTTP API is asked by signed requests. */
export const openStage = async (
  portsOf: (bar: Bar) => Promise<Partial<Ports>> = async () => ({}),
) => {
  const machine = createMachine()
  const bar = await openedBar(machine)
  const { url } = await openDoor(bar, await portsOf(bar))
  // What was signed while the node started is refused.
  machine.advance(10_000)
  const signed = (who: Actor, { method = 'GET', path, body }: Request, change: Change = {}) => {
    const iat = Math.floor(bar.node.clock.wallMs() / 1_000)
    return signRequest({
      signerKey: who.key,
      sign: who.sign,
      aud: AUDIENCE,
      method,
      path,
      ...(body !== undefined && { body }),
      iat,
      exp: iat + 30,
      jti: v7(),
      ...change,
    })
  }
  const sendAs = async (authorization: string, { method = 'GET', path, body }: Request) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
    })
    const { status, headers } = response
    const answer: Answer = JSON.parse(await response.text())
    return { status, headers, answer, said: answer.code ?? String(status) }
  }
  const send = (jws: string, request: Request) => sendAs(`JWS ${jws}`, request)
  const ask = (who: Actor, request: Request, change: Change = {}) =>
    send(signed(who, request, change), request)
  return { machine, bar, signed, send, sendAs, ask }
}

type Answer = { readonly code?: string; readonly [name: string]: unknown }
