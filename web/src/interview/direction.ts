// Which way a language is written: also one the interface itself does not speak.

const FROM_THE_RIGHT = new Set(['ar', 'ckb', 'dv', 'fa', 'he', 'ks', 'ps', 'sd', 'ug', 'ur', 'yi'])

export function direction(code: string): 'ltr' | 'rtl' {
  return FROM_THE_RIGHT.has(code.split('-')[0] ?? '') ? 'rtl' : 'ltr'
}
