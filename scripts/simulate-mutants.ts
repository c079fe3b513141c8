import { SingleBar } from 'cli-progress'
import type { Job } from '#test/simulation/mutants/find-fault.ts'
import type { Mutant } from '#test/simulation/mutants/mutant.ts'
import {
  jobOf,
  runControl,
  runMutants,
  type Verdict,
} from '#test/simulation/mutants/run-mutants.ts'
import { MUTANTS } from '#test/simulation/mutants.ts'

type Options = {
  readonly threads: number
  readonly mutant?: string
  readonly json?: boolean
}

const EXIT_FAILED = 1
const EXIT_USAGE = 2

/** Breaks the product in every way we know of; the exit code tells whether the simulator saw all. */
export const simulateMutants = async ({ threads, mutant, json }: Options): Promise<number> => {
  const startMs = performance.now()
  const chosen = MUTANTS.filter(({ name }) => mutant === undefined || name === mutant)
  if (chosen.length === 0) {
    console.error(`no mutant ${mutant}: ${MUTANTS.map(({ name }) => name).join(', ')}`)
    return EXIT_USAGE
  }
  const verdicts = await withBar('mutants', chosen.length, (tick) =>
    runMutants(chosen, { threads, onVerdict: tick }),
  )
  const jobs = usedJobs(chosen, verdicts)
  const control = await withBar('seeds unmutated', jobs.length, (tick) =>
    runControl(jobs, { threads, onDone: tick }),
  )
  const ordered = chosen.flatMap(({ name }) => verdicts.find((one) => one.mutant === name) ?? [])
  const survivors = ordered.filter(({ by }) => by === undefined)
  console.log(tableOf(chosen, ordered))
  for (const { seed, fault } of control) {
    console.error(`unmutated, seed ${seed} fails ${fault.checker}: ${fault.message}`)
  }
  const caught = ordered.filter(({ by }) => by !== undefined)
  if (json === true) {
    const report = {
      mutants: ordered.length,
      caught: caught.length,
      survivors: survivors.map(({ mutant: name }) => name),
      by: Object.fromEntries(caught.map(({ mutant: name, by }) => [name, by])),
      seeds: Object.fromEntries(caught.map(({ mutant: name, seed }) => [name, seed])),
      control: { runs: jobs.length, failed: control.map(({ seed }) => seed) },
      seconds: Math.round((performance.now() - startMs) / 100) / 10,
    }
    console.log(JSON.stringify(report))
  }
  return survivors.length + control.length === 0 ? 0 : EXIT_FAILED
}

const withBar = async <T>(
  what: string,
  total: number,
  run: (tick: () => void) => Promise<T>,
): Promise<T> => {
  const bar = new SingleBar({ format: `{bar} {value}/{total} ${what}`, stream: process.stderr })
  bar.start(total, 0)
  try {
    return await run(() => bar.increment())
  } finally {
    bar.stop()
  }
}

/** Every simulation that some mutant went through, once: in the product itself none may fail. */
const usedJobs = (mutants: readonly Mutant[], verdicts: readonly Verdict[]): readonly Job[] => {
  const used = new Map<string, Job>()
  for (const each of mutants) {
    const last = verdicts.find(({ mutant }) => mutant === each.name)?.seed ?? 0
    for (let seed = 1; seed <= last; seed++) {
      const job = jobOf(each, seed)
      used.set(JSON.stringify(job), job)
    }
  }
  return [...used.values()]
}

const tableOf = (mutants: readonly Mutant[], verdicts: readonly Verdict[]): string =>
  verdicts
    .map(({ mutant, by, seed, message }, index) => {
      const breaks = mutants[index]?.breaks ?? ''
      const seen = by === undefined ? `SURVIVES ${message}` : `seed ${seed}  ${by}: ${message}`
      return `${mutant.padEnd(40)} ${breaks}\n    ${seen.split('\n')[0]}`
    })
    .join('\n')
