// What the form engine's WebAssembly looks for where there is no browser: tests run it in Node.
import { createRequire } from 'node:module'

Object.assign(globalThis, { require: createRequire(import.meta.url), __dirname: import.meta.dirname, __filename: import.meta.filename })
