// Where the words of the office's pages lie; each folder's files have one first key of their own.
import type { Loaders } from '../shared/i18n'

export const loaders: Loaders = import.meta.glob(['../shared/locales/*.json', './locales/*.json', '../analysis/locales/*.json'])
