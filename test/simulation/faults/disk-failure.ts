import { troubledDisk } from '../draws.ts'
import type { Fault } from '../fault.ts'

export const diskFailure: Fault = {
  name: 'diskFailure',
  claim:
    'a disk whose acts all fail (EIO) ends the process at once, and costs nothing that was said',
  ...troubledDisk('EIO'),
}
