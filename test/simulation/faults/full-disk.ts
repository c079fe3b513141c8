import { troubledDisk } from '../draws.ts'
import type { Fault } from '../fault.ts'

export const fullDisk: Fault = {
  name: 'fullDisk',
  claim:
    'a disk with no room left (ENOSPC) ends the process, which goes on once there is room again',
  ...troubledDisk('ENOSPC'),
}
