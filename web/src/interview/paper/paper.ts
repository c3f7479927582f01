// A shopping list: what is shown when something else should not be.
import { direction } from '../direction'

export interface Paper {
  readonly code: string
  readonly direction: 'ltr' | 'rtl'
  readonly title: string
  readonly search: string
  readonly nothing: string
  readonly lines: readonly string[]
}

type Words = Omit<Paper, 'code' | 'direction'>

const ENGLISH: Words = { title: 'Notes', search: 'Search', nothing: 'Nothing found.', lines: ['Rice', 'Tomatoes', 'Oil', 'Tea', 'Soap', 'Batteries'] }

const PAPERS: Readonly<Record<string, Words>> = {
  en: ENGLISH,
  fr: { title: 'Notes', search: 'Rechercher', nothing: 'Rien trouvé.', lines: ['Riz', 'Tomates', 'Huile', 'Thé', 'Savon', 'Piles'] },
  es: { title: 'Notas', search: 'Buscar', nothing: 'No se encontró nada.', lines: ['Arroz', 'Tomates', 'Aceite', 'Té', 'Jabón', 'Pilas'] },
  ar: { title: 'ملاحظات', search: 'بحث', nothing: 'لا توجد نتائج.', lines: ['أرز', 'طماطم', 'زيت', 'شاي', 'صابون', 'بطاريات'] },
}

/** In the device's own language: the interview's would tell. */
export function paper(language: string): Paper {
  const short = language.slice(0, 2).toLowerCase()
  const code = short in PAPERS ? short : 'en'
  return { code, direction: direction(code), ...(PAPERS[code] ?? ENGLISH) }
}
