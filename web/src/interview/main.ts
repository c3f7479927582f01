// The page an interview is held on.
import '../shared/tokens.css'
import '../shared/base.css'
import '../shared/controls.css'
import './notes.css'
import { createApp } from 'vue'
import { createPages, preferred, speak } from '../shared/i18n'
import { isOnlyPage } from './desk/alone'
import { Door } from './desk/door'
import { leaveOnDoubleEscape } from './desk/leave'
import { takeLink } from './field/link'
import Notes from './Notes.vue'
import { keepShell, noShell } from './shell'
import { openDatabase } from './vault/database'

const loaders = import.meta.glob('./locales/*.json')
const IDLE_SECONDS = { lock: 60, self: 300 }

// Before anything else: what is in the address is gone from it.
const link = takeLink()
leaveOnDoubleEscape(document)

const pages = createPages()
const language = preferred()
const [database] = await Promise.all([openDatabase(), speak(pages, language, loaders)])
const door = Door.before(database, link, language)
const shell = link?.isSelf ? noShell() : keepShell()
createApp(Notes, { door, shell, speak: (to: typeof language) => speak(pages, to, loaders), idleSeconds: IDLE_SECONDS })
  .use(pages)
  .mount('#app')
if (link?.isSelf || (await isOnlyPage())) await door.enter()
