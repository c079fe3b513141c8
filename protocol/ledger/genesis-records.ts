import { ZERO } from '../amount.ts'
import { authoritySetOf } from '../chain/authority-set.ts'
import { FIRST_EPOCH } from '../chain/header.ts'
import { federatedAssetIdOf, federationIdOf, fixedAssetIdOf, walletIdOfKey } from '../derive.ts'
import type { Genesis } from '../genesis.ts'
import type { FederationId, Key } from '../id.ts'
import type { FamilyName } from '../state/families.ts'
import type { AssetRecord, WalletRecord } from '../state/record.ts'
import type { AuthorityMember } from '../transaction/kinds/authority.ts'
import { planFlows } from './movement.ts'
import type { Flow, Write } from './rule.ts'
import type { Draft } from './view.ts'

/** Writes what a genesis says into an empty state: the same records on every node. */
export const writeGenesis = (draft: Draft, genesis: Genesis): void => {
  draft.put('network', 'network', {
    name: genesis.name,
    ver: genesis.ver,
    parameters: genesis.parameters,
  })
  const { members } = authoritySetOf(genesis.authorities)
  draft.put('authorities', 'authorities', {
    epoch: FIRST_EPOCH,
    members: members.flatMap(({ consensusKey }) => memberIn(genesis, consensusKey)),
  })
  for (const { operatorKey: key } of genesis.authorities) draft.put('key', key, { key })
  writeFederation(draft, genesis)
  writeFixedAssets(draft, genesis)
}

function memberIn({ authorities }: Genesis, key: Key): readonly AuthorityMember[] {
  return authorities
    .filter(({ consensusKey }) => consensusKey === key)
    .map(({ name: _, ...member }) => member)
}

function writeFederation(draft: Draft, genesis: Genesis): void {
  const { federation } = genesis
  if (federation === undefined) return
  const id = federationIdOf(genesis)
  const asset = federatedAssetIdOf(genesis)
  const { name, admins } = federation
  draft.put('federation', id, { id, name, admins, assets: [asset], weakCards: true })
  // An admin need not be an operator, yet signs.
  for (const key of admins) if (draft.get('key', key) === undefined) draft.put('key', key, { key })
  writeWallet(draft, federation.asset.gateway, 'gateway')
  const { code, unit, scale, cap, transferable, cardLimits, gateway } = federation.asset
  writeAsset(draft, id, {
    id: asset,
    code,
    name: federation.asset.name,
    category: 'federated',
    unit,
    scale,
    federation: id,
    gateway,
    cap,
    transferable,
    cardLimits,
    ...NOTHING_ISSUED,
  })
}

function writeFixedAssets(draft: Draft, genesis: Genesis): void {
  for (const [index, fixed] of genesis.fixedAssets.entries()) {
    const { code, name, unit, scale, supply, owner, transferable, cardLimits } = fixed
    const id = fixedAssetIdOf(genesis, index)
    writeAsset(draft, 'genesis', {
      id,
      code,
      name,
      category: 'fixed',
      unit,
      scale,
      cap: supply,
      transferable,
      cardLimits,
      ...NOTHING_ISSUED,
    })
    writeWallet(draft, owner, 'person')
    issue(draft, { asset: id, amount: supply, to: walletIdOfKey(owner) })
  }
}

const NOTHING_ISSUED = { archived: false, supply: ZERO, issued: ZERO, burned: ZERO } as const

function writeAsset(draft: Draft, issuer: FederationId | 'genesis', asset: AssetRecord): void {
  const name = `${issuer}/${asset.code}`
  draft.put('asset', asset.id, asset)
  draft.put('code', name, { name, asset: asset.id })
}

/** One wallet a key: who owns two assets has both in it. */
function writeWallet(draft: Draft, key: Key, kind: WalletRecord['kind']): void {
  const wallet = walletIdOfKey(key)
  if (draft.get('wallet', wallet) !== undefined) return
  draft.put('wallet', wallet, { id: wallet, kind, keys: [key] })
  draft.put('key', key, { key, wallet })
}

function issue(draft: Draft, flow: Flow): void {
  const plan = planFlows(draft, 'genesis', [flow])
  if (!plan.ok) throw new Error(`genesis issues too much of ${flow.asset}`)
  for (const write of plan.writes) put(draft, write)
}

function put<F extends FamilyName>(draft: Draft, { family, key, record }: Write<F>): void {
  draft.put(family, key, record)
}
