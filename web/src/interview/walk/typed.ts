// What fingers type, made into what a form takes: digits of any script, and nothing guessed.

/** Decimal digits of the scripts the interface speaks, by the first of each ten. */
const ZEROS = ['٠', '۰', '०', '０'].map((zero) => zero.charCodeAt(0))

export type TypedKind = 'text' | 'integer' | 'decimal' | 'date' | 'time' | 'datetime'

/** The value to store, empty where the answer was taken back, or null where it is not of its kind. */
export function typed(kind: TypedKind, text: string, now: Date): string | null {
  if (text.trim() === '') {
    return ''
  }
  switch (kind) {
    case 'text':
      return text
    case 'integer':
      return whole(digits(text.trim()))
    case 'decimal':
      return fraction(digits(text.trim()))
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : null
    case 'time':
      return /^\d{2}:\d{2}$/.test(text) ? `${text}:00.000${offset(now)}` : null
    case 'datetime':
      return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text) ? `${text}:00.000${offset(new Date(text))}` : null
  }
}

/** A stored value as its input shows it. */
export function shown(kind: TypedKind, value: string): string {
  return kind === 'time' ? value.slice(0, 5) : kind === 'datetime' ? value.slice(0, 16) : value
}

function digits(text: string): string {
  return [...text]
    .map((c) => {
      const zero = ZEROS.find((z) => c.charCodeAt(0) >= z && c.charCodeAt(0) <= z + 9)
      return zero === undefined ? c : String(c.charCodeAt(0) - zero)
    })
    .join('')
}

/** Nine digits: Collect holds whole numbers in 32 bits. */
function whole(text: string): string | null {
  return /^-?\d{1,9}$/.test(text) ? String(Number(text)) : null
}

function fraction(text: string): string | null {
  const plain = text.replace(/[,٫]/, '.')
  return /^-?\d{1,12}(\.\d{1,9})?$/.test(plain) ? String(Number(plain)) : null
}

/** `+02:00`, as the device's clock has it on that day. */
function offset(at: Date): string {
  const minutes = -at.getTimezoneOffset()
  const two = (n: number): string => String(Math.trunc(Math.abs(n))).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}
