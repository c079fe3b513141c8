/** ISO 4217 alphabetic codes in force, funds, metals and testing codes included. */
const ISO_4217 = new Set(
  (
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP ' +
    'BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB ' +
    'EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY ' +
    'KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR ' +
    'MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB ' +
    'RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD ' +
    'TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG ' +
    'XDR XOF XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWG'
  ).split(' '),
)

/** Currencies people hold, and that are imitated by one letter more: EURO, XEUR, USDT. */
const IMITATED = ['EUR', 'USD', 'GBP', 'CHF', 'JPY', 'CNY']

/**
 * Whether a currency code could be taken for a state's money: an ISO 4217 code, one followed by
 * digits, or a code of a widely held currency with one letter before or after it.
 */
export const looksLikeIsoCurrency = (code: string): boolean => {
  if (ISO_4217.has(code.replace(/[0-9]+$/, ''))) return true
  return code.length === 4 && IMITATED.some((iso) => code.startsWith(iso) || code.endsWith(iso))
}
