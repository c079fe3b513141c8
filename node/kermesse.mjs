#!/usr/bin/env node
// The command `kermesse`. Plain JavaScript, because an older Node.js may be the one that opens it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { pinnedRuntime, runtimeProblem } from './runtime.mjs'

const EXIT_NOT_READY = 4
const FORWARDED = /** @type {const} */ (['SIGHUP', 'SIGINT', 'SIGTERM'])

const problem = runtimeProblem(process.versions.node)
if (problem === undefined) await import('./main.ts')
else startPinned(problem)

/**
 * Runs this same command under the pinned Node.js, or says why that is impossible.
 * @param {string} reason
 */
function startPinned(reason) {
  const binary = pinnedBinary()
  if (binary === undefined) {
    process.stderr.write(`${reason}\n`)
    process.exitCode = EXIT_NOT_READY
    return
  }
  const child = spawn(binary, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  const forward = FORWARDED.map((signal) => {
    const listener = () => child.kill(signal)
    process.on(signal, listener)
    return () => process.off(signal, listener)
  })
  child.on('error', (error) => {
    process.stderr.write(`${reason} (${binary}: ${error.message})\n`)
    process.exitCode = EXIT_NOT_READY
  })
  child.on('exit', (code, signal) => {
    for (const stop of forward) stop()
    if (signal !== null) process.kill(process.pid, signal)
    else process.exitCode = code ?? 1
  })
}

/** The file of the pinned Node.js where npm has installed it. */
function pinnedBinary() {
  const module = pinnedRuntime(process.platform, process.arch)
  if (module === undefined) return undefined
  try {
    const path = fileURLToPath(import.meta.resolve(module))
    return existsSync(path) ? path : undefined
  } catch {
    // Installed with --omit=optional: the sentence tells what to do.
    return undefined
  }
}
