import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request as ask, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Needed } from './debian.ts'

/** Debian's browser, in which pages are tried where it is installed. */
export const CHROMIUM: Needed = { package: 'chromium', check: ['chromium', '--version'] }

const PAGE_MS = 60_000

/**
 * Runs a module script in real Chromium, on a page whose origin serves the files of `folder` and passes
 * `/v1` on to a node. Gives what the script posts to `/result`.
 */
export const inChromium = async (
  script: string,
  { folder, nodeUrl }: { readonly folder: string; readonly nodeUrl: string },
): Promise<unknown> => {
  const { promise: result, resolve, reject } = Promise.withResolvers<unknown>()
  const server = createServer(async (request, response) => {
    const { url = '/', method, headers } = request
    if (url.startsWith('/v1/') || url === '/readyz') {
      const passed = ask(new URL(url, nodeUrl), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      passed.once('error', () => response.destroy())
      request.pipe(passed)
      return
    }
    if (url === '/result') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(Buffer.from(chunk))
      response.end()
      resolve(JSON.parse(Buffer.concat(chunks).toString()))
      return
    }
    const isPage = url === '/'
    const page = `<!doctype html><script type="module">${script}</script>`
    response.setHeader('content-type', isPage ? 'text/html' : 'text/javascript')
    response.end(isPage ? page : await readFile(join(folder, url)).catch(() => ''))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const profile = await mkdtemp(join(tmpdir(), 'kermesse-chromium-'))
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run']
  const page = [`--user-data-dir=${profile}`, `http://127.0.0.1:${address.port}/`]
  const browser = spawn('chromium', [...flags, ...page], { stdio: 'ignore', detached: true })
  const gone = once(browser, 'exit')
  const timer = setTimeout(() => reject(new Error('the page said nothing')), PAGE_MS)
  try {
    return await result
  } finally {
    clearTimeout(timer)
    // With its own children, which are in its group.
    if (browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL')
    await gone
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
