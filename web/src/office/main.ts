// The office's pages: signing in, preparing, reviewing and running a survey, reading its tables.
import '../shared/tokens.css'
import '../shared/base.css'
import '../shared/controls.css'
import './office.css'
import { createApp } from 'vue'
import { createPages, preferred, speak } from '../shared/i18n'
import Office from './Office.vue'
import { loaders } from './locales'
import { router } from './router'
import { restore } from './session'

const pages = createPages()
await Promise.all([speak(pages, preferred(), loaders), restore()])
createApp(Office).use(pages).use(router).mount('#app')
