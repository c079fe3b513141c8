import { execFile } from 'node:child_process'
import { mkdir, stat, statfs } from 'node:fs/promises'
import { promisify } from 'node:util'
import { logFileOf } from '../federation/child-node.ts'

const run = promisify(execFile)

/** Room for the data of a node in a long evening; memory is used only for what is written. */
const SIZE = '4g'
const COMMAND_MS = 10_000
const KIBIBYTE = 1_024

/** A small file system of one node's own, which only this process and its children see. */
export class Disk {
  readonly #directory: string

  private constructor(directory: string) {
    this.#directory = directory
  }

  /** On a directory that the node has not used yet. Needs a mount namespace of our own. */
  static async mount(directory: string): Promise<Disk> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await mount('-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'kermesse-torture', directory)
    return new Disk(directory)
  }

  /** From now on there is no room for another page: ENOSPC from the kernel. */
  async fill(): Promise<void> {
    const { blocks, bfree, bsize } = await statfs(this.#directory)
    const usedKibibytes = Math.ceil(((blocks - bfree) * bsize) / KIBIBYTE)
    // A size that is passed between the two calls is refused; whoever fills calls again.
    await this.#remount(`size=${usedKibibytes}k`).catch(() => undefined)
  }

  /** No file can be opened for writing: EROFS from the kernel. Wants a node that is not running. */
  async protect(): Promise<void> {
    await this.#remount('ro')
  }

  async heal(): Promise<void> {
    await this.#remount(`rw,size=${SIZE}`)
  }

  async unmount(): Promise<void> {
    await run('umount', [this.#directory], { timeout: COMMAND_MS })
  }

  async #remount(options: string): Promise<void> {
    await mount('-o', `remount,${options}`, this.#directory)
  }
}

/** Beyond this offset a file cannot be written: less than any log or journal has after a moment. */
const WRITABLE_BYTES = 65_536

/** From now on the kernel refuses what a process writes: EFBIG, for as long as the process lives. */
export const refuseWrites = async (node: {
  readonly pid: number
  readonly directory: string
}): Promise<void> => {
  // It can still say why it stops.
  const { size } = await stat(logFileOf(node.directory))
  const limit = `--fsize=${size + WRITABLE_BYTES}:`
  await run('prlimit', ['--pid', String(node.pid), limit], { timeout: COMMAND_MS })
}

const mount = async (...words: readonly string[]): Promise<void> => {
  await run('mount', words, { timeout: COMMAND_MS })
}
