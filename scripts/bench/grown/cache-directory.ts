/** Where a large grown ledger is kept from one run to the next, if somebody said so: minutes are saved. */
export const cacheDirectory = (): string | undefined => process.env['KERMESSE_GROWN_LEDGER']
