// The page an interview is held on.
import '../shared/tokens.css'
import '../shared/base.css'
import { createApp } from 'vue'
import Interview from './Interview.vue'

createApp(Interview).mount('#app')
