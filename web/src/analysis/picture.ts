// The chart of a table as a file: its marks with their colours, under what it shows and what must be said of it.
import { DOT, type Mark, type Role, type Scene } from './scene'

export interface Caption {
  title: string
  /** What must stand with the numbers: that they are simulated, or of which release. */
  notice: string
  /** What dot and interval are, and where the numbers come from. */
  notes: string[]
}

const INK = '#1b2429'
const QUIET = '#4d5a62'
const LINE = '#d3d9dc'
const MAIN = '#1f5673'
const WARN = '#7a4d00'
const PAPER = '#ffffff'
const FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans Arabic', sans-serif"

/** A picture goes on white paper, whatever the scheme of the screen it was taken from. */
const LOOKS: Record<Role, Record<string, string>> = {
  grid: { stroke: LINE },
  zero: { stroke: QUIET },
  interval: { stroke: MAIN, 'stroke-width': '2' },
  whisker: { stroke: MAIN, 'stroke-width': '2' },
  dot: { fill: MAIN },
  weak: { fill: PAPER, stroke: MAIN, 'stroke-width': '2' },
  label: { fill: INK, 'font-size': '14' },
  group: { fill: INK, 'font-size': '14', 'font-weight': '700' },
  tick: { fill: QUIET, 'font-size': '12' },
  value: { fill: INK, 'font-size': '14', 'font-weight': '600' },
  absent: { fill: QUIET, 'font-size': '13', 'font-style': 'italic' },
}

const MARGIN = 24
const LETTER = 8.4
const SMALL_LETTER = 6.6

export interface Picture {
  width: number
  height: number
  svg: string
}

export function picture(scene: Scene, caption: Caption): Picture {
  const title = lines(caption.title, scene.width / LETTER).map((text) => ({ text, size: 16, weight: '700', fill: INK, height: 22 }))
  const notice = lines(caption.notice, scene.width / LETTER).map((text) => ({ text, size: 14, weight: '700', fill: WARN, height: 20 }))
  const small = (text: string) => ({ text, size: 11.5, weight: '400', fill: QUIET, height: 16 })
  const notes = caption.notes.flatMap((note) => lines(note, scene.width / SMALL_LETTER)).map(small)
  const start = scene.isRightToLeft ? MARGIN + scene.width : MARGIN
  const parts: string[] = []
  let y = MARGIN
  for (const line of [...title, ...notice, null, ...notes]) {
    if (line) {
      parts.push(element('text', { x: start, y: y + line.size, fill: line.fill, 'font-size': line.size, 'font-weight': line.weight }, line.text))
      y += line.height
    } else {
      parts.push(`<g transform="translate(${MARGIN} ${y + 8})">${scene.marks.map(drawn).join('')}</g>`)
      y += scene.height + MARGIN
    }
  }
  const [width, height] = [scene.width + 2 * MARGIN, y + MARGIN / 2]
  return { width, height, svg: framed(parts, width, height, scene.isRightToLeft) }
}

/** As PNG, at twice its size for sharp print. */
export async function png({ svg, width, height }: Picture): Promise<Blob> {
  const image = new Image(width, height)
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = width * 2
  canvas.height = height * 2
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the browser makes no PNG'))), 'image/png')
  })
}

function framed(parts: string[], width: number, height: number, isRightToLeft: boolean): string {
  const direction = isRightToLeft ? 'rtl' : 'ltr'
  const paper = element('rect', { width, height, fill: PAPER })
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" direction="${direction}" font-family="${escaped(FONT)}">`
  return `${head}${paper}${parts.join('')}</svg>\n`
}

function drawn(mark: Mark): string {
  const look = LOOKS[mark.role]
  if (mark.kind === 'line') return element('line', { x1: mark.x1, y1: mark.y1, x2: mark.x2, y2: mark.y2, ...look })
  if (mark.kind === 'dot') return element('circle', { cx: mark.x, cy: mark.y, r: DOT, ...look })
  return element('text', { x: mark.x, y: mark.y, 'text-anchor': mark.anchor, ...look }, mark.text)
}

function element(name: string, attributes: Record<string, string | number>, text = ''): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(typeof value === 'number' ? String(Number(value.toFixed(2))) : value)}"`)
  return text ? `<${name}${written.join('')}>${escaped(text)}</${name}>` : `<${name}${written.join('')}/>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** Breaks words into lines of so many letters. */
function lines(text: string, most: number): string[] {
  const found: string[] = []
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = found.at(-1)
    if (last !== undefined && last.length + word.length < most) found[found.length - 1] = `${last} ${word}`
    else found.push(word)
  }
  return found
}
