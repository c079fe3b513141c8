import type { FastifyBaseLogger } from 'fastify'
import type { Bindings, Level, Logger } from 'pino'

/**
 * What a request logs with: a child of the node's logger, made when its first line is written. Nearly
 * no request writes one, and making a child costs more than answering a probe. No route has a level of
 * its own: what the parent does not write, no child would.
 */
export class RequestLogger implements FastifyBaseLogger {
  readonly #parent: Logger
  readonly #bindings: Bindings
  #made: Logger | undefined

  constructor(parent: Logger, bindings: Bindings) {
    this.#parent = parent
    this.#bindings = bindings
  }

  get level(): string {
    return this.#parent.level
  }

  fatal(...words: readonly unknown[]): void {
    this.#write('fatal', words)
  }

  error(...words: readonly unknown[]): void {
    this.#write('error', words)
  }

  warn(...words: readonly unknown[]): void {
    this.#write('warn', words)
  }

  info(...words: readonly unknown[]): void {
    this.#write('info', words)
  }

  debug(...words: readonly unknown[]): void {
    this.#write('debug', words)
  }

  trace(...words: readonly unknown[]): void {
    this.#write('trace', words)
  }

  silent(): void {}

  child(bindings: Bindings): FastifyBaseLogger {
    return this.#child().child(bindings)
  }

  #write(level: Level, words: readonly unknown[]): void {
    if (!this.#parent.isLevelEnabled(level)) return
    const child = this.#child()
    Reflect.apply(child[level], child, words)
  }

  #child(): Logger {
    this.#made ??= this.#parent.child(this.#bindings)
    return this.#made
  }
}
