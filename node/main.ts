import { processWorld } from './cli/process-world.ts'
import { runCli } from './cli/run-cli.ts'

/** What still runs after the answer was given is abandoned; whatever counts is on disk by then. */
const LINGER_MS = 1_000

process.exitCode = await runCli(process.argv.slice(2), processWorld())
setTimeout(() => process.exit(), LINGER_MS).unref()
