import { UNCHECKED } from './ledger.ts'
import type { Mutant } from './mutant.ts'

const BLOCK = 'protocol/ledger/rules/card/card-block.ts'
const CLAIM = 'protocol/ledger/rules/card/card-claim.ts'
const SCOPE = 'protocol/ledger/scope.ts'
const LINK = 'protocol/ledger/rules/card/card-link.ts'
const REGISTER = 'protocol/ledger/rules/card/card-register.ts'
const REPLACE = 'protocol/ledger/rules/card/card-replace.ts'
const VOID = 'protocol/ledger/rules/card/card-void.ts'
const CARD = 'protocol/ledger/card.ts'
const CASHOUT = 'protocol/ledger/rules/cashout.ts'
const PAYER = 'protocol/ledger/payer.ts'
const REFUND = 'protocol/ledger/rules/refund.ts'
const WALLET = 'protocol/ledger/rules/wallet.ts'
const MANDATE = 'protocol/ledger/rules/mandate.ts'

/** What whole fairs come to often enough. */
const atFairs = (mutant: Omit<Mutant, 'seeds'>): Mutant => ({
  seeds: 40,
  fit: { load: 'wholeFair' },
  ...mutant,
})

/** What becomes of cards and wallets (ledger.md §5 and §6): each kept by one rule. */
export const CARDS: readonly Mutant[] = [
  atFairs({
    name: 'claim-by-anybody',
    breaks: '§5: only who has the claim code has a card linked or replaced',
    patches: [
      { file: CLAIM, find: "if (own.length === 0) return 'consent_missing'", replace: '' },
      {
        file: CLAIM,
        find: "return own.some(({ agree }) => agrees(agree)) ? undefined : 'consent_mismatch'",
        replace: 'return own.some(({ agree }) => agrees(agree)) ? undefined : undefined',
      },
    ],
  }),
  atFairs({
    name: 'link-leaves-money',
    breaks: '§5: a link moves all balances',
    patches: [
      UNCHECKED,
      {
        file: LINK,
        find: 'for (const asset of assets) {',
        replace: 'for (const asset of assets.slice(1)) {',
      },
    ],
  }),
  atFairs({
    name: 'linked-card-keeps-power',
    breaks: "§5: a linked card's key has no wallet",
    patches: [
      UNCHECKED,
      {
        file: LINK,
        find: '      ...retiredKeys(card),\n',
        replace: '',
      },
    ],
  }),
  atFairs({
    name: 'linked-card-cashes-out',
    breaks: '§6: of a linked wallet only the holder has cash',
    fit: { load: 'wholeFair', deeds: 'cards' },
    patches: [
      {
        file: CASHOUT,
        find: "wallet?.kind === 'person' ? { id: wallet.id, wallet } : payer",
        replace: 'payer.id === wallet?.id ? { id: wallet.id, wallet } : payer',
      },
    ],
  }),
  atFairs({
    name: 'replaced-card-counts-anew',
    breaks: '§5: replacing a card gives no fresh caps',
    patches: [UNCHECKED, { file: CARD, find: 'first ?? id', replace: 'first === id ? first : id' }],
  }),
  atFairs({
    name: 'replaced-key-keeps-wallet',
    breaks: '§5: the key of a replaced card holds nothing',
    patches: [
      UNCHECKED,
      {
        file: REPLACE,
        find: '    ...retiredKeys(card),\n',
        replace: '',
      },
    ],
  }),
  atFairs({
    name: 'full-card-voided',
    breaks: '§5: a card is voided when it is empty',
    patches: [
      UNCHECKED,
      {
        file: VOID,
        find: "if (!isEmpty(view, wallet)) return refuse('card_not_empty')",
        replace: '',
      },
    ],
  }),
  atFairs({
    name: 'void-card-same-wallet',
    breaks: '§5: the next holder of a recycled card has another wallet',
    patches: [
      UNCHECKED,
      {
        file: REGISTER,
        find: 'const wallet = cardWalletId(card.id, card.generation)',
        replace: 'const wallet = cardWalletId(card.id)',
      },
    ],
  }),
  atFairs({
    name: 'refund-to-closed-wallet',
    breaks: "§5: no refund goes to a void card's wallet",
    patches: [
      UNCHECKED,
      {
        file: REFUND,
        find: "if (legs.some(({ wallet }) => view.get('wallet', wallet)?.closed)) return refuse('wallet_closed')",
        replace: '',
      },
    ],
  }),
  atFairs({
    name: 'refund-stays-behind',
    breaks: '§6: a refund follows the money of a linked card',
    patches: [
      UNCHECKED,
      {
        file: CARD,
        find: "view.get('wallet', wallet)?.successor ?? wallet",
        replace: "view.get('wallet', wallet)?.id ?? wallet",
      },
    ],
  }),
  atFairs({
    name: 'unblocked-by-anybody',
    breaks: '§6: a linked card is freed by its holder, not by its place',
    patches: [
      { file: BLOCK, find: "  if (isLinked(view, card)) return 'card_linked'\n", replace: '' },
    ],
  }),
  atFairs({
    name: 'tap-shown-again',
    breaks: '§5: the counter of a dynamic card rises',
    patches: [
      {
        file: PAYER,
        find: 'counter > (card.counter ?? 0) || tally',
        replace: 'counter > 0 || tally',
      },
    ],
  }),
  atFairs({
    name: 'frozen-wallet-gives',
    breaks: '§6: a frozen wallet gives nothing',
    patches: [
      {
        file: PAYER,
        find: "if ((wallet?.frozenUntilMs ?? 0) > timeMs) return 'wallet_frozen'",
        replace: '',
      },
    ],
  }),
  atFairs({
    name: 'freeze-shortened',
    breaks: '§6: a freeze is only lengthened',
    patches: [
      {
        file: WALLET,
        find: 'if (untilMs <= Math.max(timeMs, wallet.frozenUntilMs ?? 0))',
        replace: 'if (untilMs <= timeMs - 1e12)',
      },
    ],
  }),
  atFairs({
    name: 'rotated-key-goes-on',
    breaks: '§6: a rotated key has no power',
    patches: [
      UNCHECKED,
      {
        file: WALLET,
        find: "      writing('key', signer, { key: signer, retired: true }),\n",
        replace: '',
      },
    ],
  }),
  atFairs({
    name: 'rotated-twice-by-one-key',
    breaks: '§6: who lost a wallet in a batch does not say who has it next',
    patches: [
      UNCHECKED,
      {
        file: WALLET,
        find: 'wallet?.keys.includes(signer) !== true',
        replace: 'wallet === undefined',
      },
    ],
  }),
  atFairs({
    name: 'frozen-for-ever',
    breaks: '§6: a freeze reaches a year ahead at most',
    patches: [
      {
        file: WALLET,
        find: "if (untilMs > timeMs + FREEZE_MS_MAX) return refuse('freeze_too_long')",
        replace: '',
      },
    ],
  }),
  atFairs({
    name: 'retired-key-signs',
    breaks:
      '§2: what a key signed in the name of a wallet it held is not another payment afterwards',
    patches: [
      {
        file: SCOPE,
        find: 'known === undefined || known.retired === true',
        replace: 'known === undefined',
      },
    ],
  }),
  atFairs({
    name: 'revoked-mandate-charges',
    breaks: '§6: a mandate that its holder revoked is over',
    patches: [
      {
        file: MANDATE,
        find: '{ ...mandate, notAfterMs: timeMs }',
        replace: '{ ...mandate }',
      },
    ],
  }),
]
