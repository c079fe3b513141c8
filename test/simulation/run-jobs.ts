import { Worker } from 'node:worker_threads'

/** Megabytes for what is young: most of what a simulation makes is soon forgotten. */
const YOUNG_MB = 288

/**
 * Hands jobs to threads of one program, in order, each thread one at a time; answers come in no
 * particular order. The program answers every message it gets with one message.
 */
export const runJobs = async <Job, Answer>(
  jobs: Iterator<Job, undefined>,
  options: {
    readonly program: URL
    readonly threads: number
    readonly onAnswer: (answer: Answer, job: Job) => void
  },
): Promise<void> => {
  const runThread = async (): Promise<void> => {
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB }
    const worker = new Worker(options.program, { resourceLimits })
    try {
      for (let job = jobs.next(); job.done !== true; job = jobs.next()) {
        options.onAnswer(await answerOf<Answer>(worker, job.value), job.value)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: options.threads }, runThread))
}

const answerOf = <Answer>(worker: Worker, job: unknown): Promise<Answer> =>
  new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (answer: Answer) => {
      worker.off('error', reject)
      resolve(answer)
    })
    worker.postMessage(job)
  })
