// First step of every npm script that runs TypeScript: a wrong Node.js stops here, with a sentence.
import { runtimeProblem } from '../node/runtime.mjs'

const problem = runtimeProblem(process.versions.node)
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 4
}
