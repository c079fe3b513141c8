import type { Actor } from '#test/support/actors.ts'
import { authority } from '#test/support/authority-builders.ts'
import type { World } from '#test/support/ledger-builders.ts'

/** Makes somebody one more operator of the present set, past all rules. */
export const authorityToo = (world: World, { key, name }: Actor): void => {
  const authorities = world.get('authorities', 'authorities')
  const member = { ...authority(name).member, operatorKey: key }
  const members = [...authorities.members, member]
  world.edit('authorities', 'authorities', { ...authorities, members })
  world.edit('key', key, { key })
}
