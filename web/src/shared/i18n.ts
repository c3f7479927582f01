// The languages of the pages: loaded one at a time, each written in its own direction.
import { createI18n, type I18n } from 'vue-i18n'

export const LANGUAGES = ['en', 'fr', 'es', 'ar'] as const
export type Language = (typeof LANGUAGES)[number]

/** As each calls itself. */
export const NAMES: Record<Language, string> = { en: 'English', fr: 'Français', es: 'Español', ar: 'العربية' }

type Words = Record<string, unknown>
/** What `import.meta.glob('…/locales/*.json')` gives: a loader by path. */
export type Loaders = Record<string, () => Promise<unknown>>

export type Pages = I18n<Record<string, Words>, Record<string, never>, Record<string, never>, string, false>

export function isLanguage(text: string): text is Language {
  return (LANGUAGES as readonly string[]).includes(text)
}

/** The first of the browser's languages that there is, or English. */
export function preferred(wanted: readonly string[] = navigator.languages): Language {
  const short = wanted.map((tag) => tag.slice(0, 2).toLowerCase())
  return short.find(isLanguage) ?? 'en'
}

export function direction(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr'
}

/** Digits are the same in every language, as codes and files have them. */
const NUMBERS = {
  whole: { maximumFractionDigits: 0, numberingSystem: 'latn' },
  percent: { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1, numberingSystem: 'latn' },
} as const
const DATES = { short: { year: 'numeric', month: 'short', day: 'numeric', numberingSystem: 'latn' } } as const

export function createPages(): Pages {
  const each = <T>(formats: T) => Object.fromEntries(LANGUAGES.map((language) => [language, formats]))
  const options = { legacy: false, locale: 'en', fallbackLocale: 'en', messages: {}, numberFormats: each(NUMBERS), datetimeFormats: each(DATES) }
  return createI18n(options as never) as unknown as Pages
}

/** Loads a language's files and turns the page to it. Files of several folders stand side by side by their first key. */
export async function speak(pages: Pages, language: Language, loaders: Loaders): Promise<void> {
  const own = Object.entries(loaders).filter(([path]) => path.endsWith(`/${language}.json`))
  const files = await Promise.all(own.map(([, load]) => load()))
  const words = Object.assign({}, ...files.map((file) => (file as { default: Words }).default)) as Words
  pages.global.setLocaleMessage(language, words as never)
  pages.global.locale.value = language
  document.documentElement.lang = language
  document.documentElement.dir = direction(language)
}
