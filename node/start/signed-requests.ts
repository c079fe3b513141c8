import { z } from 'zod'
import {
  createSignedRequests,
  type NodeSignedRequests,
  type SignedRequestsParts,
} from '../desk/signed-requests.ts'
import type { Setting } from '../storage/local-facts.ts'
import type { LocalTable } from '../storage/local-table.ts'
import type { StorageError } from '../storage/storage-error.ts'
import type { Inside } from './inside.ts'

/** Name of the setting that holds until when signed requests may have been heard. */
const HEARD_SETTING = 'requests-heard'

type Settings = Pick<LocalTable<Setting>, 'get' | 'put' | 'remove'>

/** Signed requests to this node, from what the process before it noted on. */
export const openSignedRequests = async (
  { directory, keys }: Inside,
  desk: Omit<SignedRequestsParts, 'peerId' | 'heardUntilSeconds'>,
): Promise<{
  readonly requests: NodeSignedRequests
  readonly leaveNote: () => Promise<void>
}> => {
  const { settings } = directory.storage.local
  const heardUntilSeconds = await takeHeardNote(settings)
  const requests = createSignedRequests({ ...desk, peerId: keys.peerId, heardUntilSeconds })
  return { requests, leaveNote: () => leaveHeardNote(settings, requests.heardUntilSeconds()) }
}

/**
 * What the process before this one noted at its end, in seconds; undefined: it had none. The note is off
 * the disk when it resolves: one that is left would be believed after the next process died.
 */
export const takeHeardNote = async (settings: Settings): Promise<number | undefined> => {
  const noted = NotedSeconds.safeParse(settings.get(HEARD_SETTING)?.value)
  await done((finish) => settings.remove([HEARD_SETTING], finish))
  return noted.data
}

/** To be called once nothing more is heard. */
export const leaveHeardNote = (settings: Settings, seconds: number): Promise<void> =>
  done((finish) => settings.put({ name: HEARD_SETTING, value: seconds }, finish))

const NotedSeconds = z.int().min(0)

const done = (act: (finish: (error?: StorageError) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    act((error) => (error === undefined ? resolve() : reject(error)))
  })
