/** Bounds that every node must share; a local bound lives in config/. Each with its reason. */

/** Identifier checksums remembered per process: two ids of 62 characters for each of 100,000 cards. */
export const ID_CACHE_MAX = 200_000
/** Keys of balances and mandates remembered per process: a few for each of 100,000 cards. */
export const WALLET_KEYS_MAX = 300_000
/** JWS headers remembered per process and form: one for each till and card that pays again. */
export const HEADER_CACHE_MAX = 100_000
/** Characters of a JWS header in base64url: the longest one that is exact has 156. */
export const HEADER_LENGTH_MAX = 160

/** Characters of a signed request: its header, two ids, a hash and an address with its query. */
export const SIGNED_REQUEST_LENGTH_MAX = 4_096
/** Characters of an address with its query: the longest of the API has some 300. */
export const REQUEST_PATH_LENGTH_MAX = 2_048
/** Characters of a request's own id: a UUID has 36. A node remembers it for a minute. */
export const REQUEST_JTI_LENGTH_MAX = 64

/** Length of a transaction's text in bytes; registrations and batches carry hundreds of items. */
export const TRANSACTION_BYTES_MAX = 4_096
export const LARGE_TRANSACTION_BYTES_MAX = 65_536
/** Consents in one transaction: two payers and their kin, with room; checks cost 40 µs each. */
export const CONSENTS_MAX = 8
/** Consents to what the authorities' threshold decides: each operator of the largest set. */
export const OPERATOR_CONSENTS_MAX = 30
/** Characters of a signature in base64url. */
export const SIGNATURE_TEXT_LENGTH = 86
/** Steps of a batch: bounds what one transaction can cost. */
export const OPERATIONS_PER_BATCH_MAX = 100
/** Cards of one registration: a roll of wristbands. */
export const CARDS_PER_REGISTRATION_MAX = 500
/** Cards of one registration that each have a claim code: twice the text must fit a transaction. */
export const CLAIMED_CARDS_PER_REGISTRATION_MAX = 360
/** Assets one card can have: a link moves all of them at once. */
export const ASSETS_PER_CARD_MAX = 64
/** What the counter of a tag can reach, 24 bits (NTAG 424 DNA, SDMReadCtr). */
export const TAP_COUNTER_MAX = 16_777_215
/** Payers of one sale: a second card completes the first. */
export const PAYERS_MAX = 2
/** Assets of one side of a clearing: what two places issue that the other takes, with room. */
export const CLEARING_ASSETS_MAX = 8
/** From the publication of a correction to its effect, at least: everybody can see it for a day. */
export const CORRECTION_DELAY_MS = 86_400_000
/** Lines of one sale: what a till rings up beside goods. */
export const SALE_LINES_MAX = 8
/** Assets named by one sale, and legs one payer can give. */
export const DEBIT_ASSETS_MAX = 16
/** Currencies one place issues: every sale looks through them. */
export const ASSETS_PER_PLACE_MAX = 32
/** Currencies of others one place accepts: every sale looks through them. */
export const ACCEPTED_ASSETS_MAX = 32
/** Currencies of one federation: every sale at its places looks through them. */
export const ASSETS_PER_FEDERATION_MAX = 8
/** Federations of one place, and so those an asset is shared in: every charge looks through them. */
export const FEDERATIONS_PER_PLACE_MAX = 8
/** Admins of a federation, as at genesis; and those that agree at once when one is founded. */
export const ADMINS_MAX = 30
export const FOUNDING_ADMINS_MAX = 8
/** An invitation to a federation is for somebody one speaks with: thirty days. */
export const INVITATION_MS_MAX = 2_592_000_000
/** Nobody shortens a freeze: a year, so that who mistook the time, or was made to, waits no longer. */
export const FREEZE_MS_MAX = 31_536_000_000
/** Bounds that the authorities change: more would be work without end for one scope, place or block. */
export const REFUSED_PER_HOUR_MAX = 1_000_000
export const WALLETS_PER_DAY_MAX = 1_000_000
export const FORGET_PER_BLOCK_MAX = 65_536
/** One payment extends a membership by a day at least, ten years at most. */
export const MEMBERSHIP_MS_MIN = 86_400_000
export const MEMBERSHIP_MS_MAX = 315_360_000_000
/** A lease covers an event, not a season: a month. */
export const LEASE_MS_MAX = 2_678_400_000
/** Nodes one place may run: the admission list every authority keeps. */
export const NODES_PER_PLACE_MAX = 8
/** Assets one grant may name. */
export const ASSETS_PER_GRANT_MAX = 32
/** Grants between a place and a key that acts: every use counts along the chain. */
export const GRANT_DEPTH_MAX = 4
/** Open holds on one wallet's money: opening one looks through them, and a link moves them all. */
export const OPEN_HOLDS_PER_WALLET_MAX = 32
/** Of them, those that one place opened: no place takes the room that others, links and payouts need. */
export const OPEN_HOLDS_PER_BENEFICIARY_MAX = 8
/** Captures of a lease may still arrive so long after it ended: a venue that is cut off over a weekend. */
export const LEASE_GRACE_MS = 72 * 3_600_000
/** The longest grace that an opening may ask for: beyond it nobody waits for a capture. */
export const HOLD_GRACE_MS_MAX = 7 * 24 * 3_600_000
/** Holds swept at the start of a block: beside it no work of a block may depend on how many there are. */
export const HOLDS_SWEPT_PER_BLOCK_MAX = 256
