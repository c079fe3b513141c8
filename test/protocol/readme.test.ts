import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { API_PROBLEMS } from '#api/problem/api-problems.ts'
import { DOOR_PROBLEMS } from '#api/problem/door-problems.ts'
import { REFUSAL_PROBLEMS } from '#api/problem/refusal-problems.ts'
import { DEFAULT_PARAMETERS } from '#protocol/genesis.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import { FLOW_SHAPES } from '#protocol/ledger/movement.ts'
import { PROOF_CODES } from '#protocol/proof/proof-code.ts'
import { FAMILIES } from '#protocol/state/families.ts'
import { Agreement } from '#protocol/transaction/consent.ts'
import { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { DOOR_CODES, REFUSAL_CODES } from '#protocol/transaction/outcome.ts'

const folder = join(import.meta.dirname, '../..')
const readme = readFileSync(join(folder, 'protocol/README.md'), 'utf8')

/** The cells of the rows under a heading that begin with a name in code marks. */
const rowsUnder = (heading: string): readonly (readonly string[])[] => {
  const section = readme.split(/^#{2,3} /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.slice(2, -2).split(' | '))
    .filter(
      (cells) => !/^(?:code|kind|file|agreement|parameter|action|no\.|---)$/.test(cells[0] ?? ''),
    )
}

const namesIn = (cell = ''): readonly string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '')

const firstNames = (heading: string): readonly string[] =>
  rowsUnder(heading).flatMap(([cell]) => namesIn(cell).slice(0, 1))

const statusesUnder = (heading: string) =>
  Object.fromEntries(
    rowsUnder(heading).map(([code, , status]) => [namesIn(code)[0], Number(status)]),
  )

const statusesOf = (problems: Readonly<Record<string, { readonly status: number }>>) =>
  Object.fromEntries(Object.entries(problems).map(([code, { status }]) => [code, status]))

describe('the specification has one row for each code, in order', () => {
  test.each([
    ['Door codes', DOOR_CODES],
    ['Refusal codes', REFUSAL_CODES],
    ['API codes', Object.keys(API_PROBLEMS)],
    ['Proof codes', PROOF_CODES],
  ] as const)('%s', (heading, codes) => {
    expect(firstNames(heading)).toEqual(codes)
  })

  test.each([
    ['Door codes', DOOR_PROBLEMS],
    ['Refusal codes', REFUSAL_PROBLEMS],
    ['API codes', API_PROBLEMS],
  ] as const)('%s with the status that the API answers', (heading, problems) => {
    expect(statusesUnder(heading)).toEqual(statusesOf(problems))
  })

  test('and each says what it means and what to do', () => {
    for (const heading of ['Door codes', 'Refusal codes', 'API codes']) {
      for (const cells of rowsUnder(heading)) {
        expect(cells, cells[0]).toHaveLength(4)
        expect(cells.every((cell) => cell.trim() !== '')).toBe(true)
      }
    }
  })
})

describe('the specification documents every kind', () => {
  const kinds = Object.entries(KINDS)
  const members = rowsUnder('Members')
  const rowOf = (kind: string) => members.find(([cell]) => cell === `\`${kind}\``) ?? []
  const roles = ['place', 'holder', 'operator', 'admin', 'gateway', 'hold'] as const

  test.each(kinds)('%s: who signs and who agrees', (kind, { signers, consents }) => {
    const [, , signer = '', consent = ''] = rowOf(kind)
    const plain = signer.replaceAll(/`[^`]*`/g, '')
    expect(roles.filter((role) => new RegExp(`\\b${role}\\b`).test(plain)).toSorted()).toEqual(
      signers.toSorted(),
    )
    expect(namesIn(consent)).toEqual(consents)
  })

  test.each(
    TransactionBody.options.map((option) => [option.shape.kind.value, option.shape] as const),
  )('%s: its members', (kind, shape) => {
    const [, cell = ''] = rowOf(kind)
    const text = cell.replace('*place*', '`place` `grant?`')
    const named = namesIn(text).map((name) => name.replace('?', ''))
    for (const member of Object.keys(shape)) {
      if (member !== 'kind') expect(named, `${kind} ${member}`).toContain(member)
    }
  })

  test.each(Agreement.options.map((option) => [option.shape.kind.value, option.shape] as const))(
    'the agreement %s: its members',
    (kind, shape) => {
      const rows = members.filter(([cell]) => cell === `\`${kind}\``)
      const expected = Object.keys(shape).filter((member) => member !== 'kind')
      const cells = rows.map(([, , cell]) => namesIn(cell).map((name) => name.replace('?', '')))
      expect(cells).toContainEqual(expected)
    },
  )

  test.each(kinds)('%s: what state can refuse it with', (kind, { codes }) => {
    const [, cell = ''] =
      rowsUnder('Refusals by kind').find(([name]) => name === `\`${kind}\``) ?? []
    const rights =
      '`place_not_active` `grant_revoked` `grant_not_yet_valid` `grant_expired` `grant_action_missing`'
    expect(namesIn(cell.replace('*rights*', rights))).toEqual(codes)
  })

  test.each(kinds)('%s: its rules', (kind) => {
    const names = rowsUnder('Rules and effects').map(([cell]) => namesIn(cell)[0])
    expect(names).toContain(kind)
  })

  test.each(Object.entries(FLOW_SHAPES))('%s: how it moves money', (kind, shapes) => {
    const [, from = '', to = ''] =
      rowsUnder('Movements').find(([cell]) => cell?.replaceAll('`', '') === kind) ?? []
    const ends = (cell: string) =>
      cell
        .split(', ')
        .filter((end) => end !== '')
        .toSorted()
    const union = (all: readonly (readonly string[])[]) => [...new Set(all.flat())].toSorted()
    expect(ends(from)).toEqual(union(shapes.map((shape) => shape.from)))
    expect(ends(to)).toEqual(union(shapes.map((shape) => shape.to)))
  })
})

describe('the specification describes what is stored and hashed', () => {
  test('every family with its number, slots and members in order', () => {
    const rows = rowsUnder('5. State').map(([number, name, , slots, cell]) => ({
      number: Number(number),
      name: namesIn(name)[0],
      recycled: slots === 'recycled',
      members: namesIn(cell).map((member) => member.replace('?', '')),
    }))
    expect(rows).toEqual(
      Object.entries(FAMILIES).map(([name, { number, recycled, schema }]) => ({
        number,
        name,
        recycled,
        members: Object.keys(schema.shape),
      })),
    )
  })

  test('every parameter of genesis', () => {
    expect(firstNames('Genesis')).toEqual(Object.keys(DEFAULT_PARAMETERS))
  })

  test('every file of golden vectors', () => {
    const listed = rowsUnder('8. Limits, versions, vectors').flatMap(([cell]) => namesIn(cell))
    const files = listed.filter((name) => name.endsWith('.json'))
    expect(files.toSorted()).toEqual(readdirSync(join(folder, 'test/vectors')).toSorted())
  })
})

describe('the specification says what became of the actions of Fedow', () => {
  const rows = rowsUnder('9. From Fedow')
  const ACTIONS = 'FST CRE REF SAL QRS TRF SUB BDG FUS RFD VID BNK COR'.split(' ')

  test.each(ACTIONS)('%s', (action) => {
    const found = rows.filter(([cell]) => namesIn(cell).includes(action))
    expect(found.length).toBeGreaterThan(0)
    for (const cells of found) expect(cells).toHaveLength(3)
  })

  test('by kinds that exist, and every kind that moves money is named', () => {
    const named = new Set(rows.flatMap(([, cell]) => namesIn(cell)))
    const kinds = Object.keys(KINDS)
    const words = ['topup', 'membership', 'wallet']
    expect([...named].filter((name) => !kinds.includes(name) && !words.includes(name))).toEqual([])
    const moving = Object.entries(FLOW_SHAPES)
      .filter(([kind, shapes]) => kinds.includes(kind) && shapes.length > 0)
      .map(([kind]) => kind)
    expect(moving.filter((kind) => !named.has(kind))).toEqual([])
  })
})
