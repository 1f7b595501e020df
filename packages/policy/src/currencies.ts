/** ISO 4217 codes in use (lists 1 and 2), by the number of digits after the decimal point of their minor unit. */
const CURRENT: CodesByDigits = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
     COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
     INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
     MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
     STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

/**
 * Codes withdrawn since 1990 (list 3): histories of orders have them. The list gives no digits: they are those that the
 * codes had while they were in use. Units of account without a minor unit (XFO, XFU, XRE) are left out.
 */
const WITHDRAWN: CodesByDigits = [
  [0, 'ADP BEC BEF BEL BYB BYR ESB ESP GRD ITL LUC LUF LUL MGF PTE ROL TPE TRL'],
  [
    2,
    `AFA ANG AOK AON AOR ARA ATS AYM AZM BAD BGL BGN BRE BRN BRR BUK CHC CSD CSK CUC CYP DDM DEM ECS ECV EEK FIM FRF
     GEK GHC GHP GWP HRD HRK IEP LTL LTT LVL LVR MRO MTL MXP MZM NIC NLG PEI PLZ RUR SDD SDP SIT SKK SLL SRG STD SUR
     TJR TMM UAK USS UYP VEB VEF XEU YUD YUM YUN ZAL ZMK ZRN ZRZ ZWD ZWL ZWN ZWR`,
  ],
  [3, 'YDD'],
];

type CodesByDigits = readonly (readonly [digits: number, codes: string])[];

const DIGITS = new Map([...digitsByCode(CURRENT), ...digitsByCode(WITHDRAWN)]);
const CURRENT_CODES = digitsByCode(CURRENT).map(([code]) => code);

function digitsByCode(codesByDigits: CodesByDigits): (readonly [code: string, digits: number])[] {
  return codesByDigits.flatMap(([digits, codes]) => codes.split(/\s+/).map((code) => [code, digits] as const));
}

/** Digits of a currency's minor unit: 2 for USD and DEM, 0 for JPY and ITL; null for what is no ISO 4217 code. */
export function minorDigitsOf(currency: string): number | null {
  return DIGITS.get(currency) ?? null;
}

/** What a problem expects where `found` is no currency: a country's code (NO) names the currencies it is likely to mean. */
export function currencyExpectedFor(found: unknown): string {
  const expected = 'an ISO 4217 code of three capitals, such as EUR';
  const text = typeof found === 'string' ? found.toUpperCase() : '';
  if (text.length !== 2 && !DIGITS.has(text)) return expected;
  const meant = DIGITS.has(text) ? [text] : CURRENT_CODES.filter((code) => code.startsWith(text));
  return meant.length === 0 ? expected : `${expected} (did you mean ${meant.join(' or ')}?)`;
}
