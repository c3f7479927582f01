// The page that the quick exit leaves behind.
import '../../shared/tokens.css'
import '../../shared/base.css'
import { paper } from './paper'

const words = paper(navigator.language)
const heading = document.createElement('h1')
heading.textContent = words.title
const list = document.createElement('ul')
list.append(
  ...words.lines.map((line) => {
    const item = document.createElement('li')
    item.textContent = line
    return item
  }),
)
document.documentElement.lang = words.code
document.documentElement.dir = words.direction
document.querySelector('main')?.replaceChildren(heading, list)
