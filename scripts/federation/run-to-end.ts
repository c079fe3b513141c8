import { type Command, CommanderError } from 'commander'
import { FederationError } from './federation-error.ts'

const EXIT_FAILED = 1
const EXIT_USAGE = 2

/** Runs a command of the local federation as it was typed; what the user can help is said in a sentence. */
export const runToEnd = async (command: Command): Promise<void> => {
  try {
    await command.parseAsync()
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE)
    if (!(error instanceof FederationError)) throw error
    console.error(error.message)
    process.exit(EXIT_FAILED)
  }
}
