import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** An established TCP connection as one end of it sees it (proc(5), /proc/net/tcp). */
export type TcpEnd = { readonly localPort: number; readonly remotePort: number }

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'] as const
const ESTABLISHED = '01'

/** What a process is connected with now; nothing where it has ended. */
export const tcpEndsOf = (pid: number): readonly TcpEnd[] => {
  const inodes = socketsOf(pid)
  return TABLES.flatMap(tableOf)
    .filter(({ inode }) => inodes.has(inode))
    .map(({ localPort, remotePort }) => ({ localPort, remotePort }))
}

const socketsOf = (pid: number): ReadonlySet<string> => {
  const folder = `/proc/${pid}/fd`
  const links = namesIn(folder).map((name) => linkAt(`${folder}/${name}`))
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
}

/** A process that ends meanwhile has nothing open any more. */
const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const linkAt = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    // Closed since it was listed.
    return ''
  }
}

type Row = TcpEnd & { readonly inode: string }

const tableOf = (path: string): readonly Row[] => {
  const [, ...lines] = textOf(path).trim().split('\n')
  return lines.flatMap((line) => {
    const [, local = '', remote = '', state = '', , , , , , inode = ''] = line.trim().split(/\s+/)
    if (state !== ESTABLISHED) return []
    return [{ localPort: portIn(local), remotePort: portIn(remote), inode }]
  })
}

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // A system without IPv6 has no such table.
    return ''
  }
}

const portIn = (address: string): number => Number.parseInt(address.split(':')[1] ?? '', 16)
