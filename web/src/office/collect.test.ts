// The QR code's text, read back as ODK Collect reads it.
import { inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { asQrText, collectSettings, pageAddress } from './collect'

const URL = 'https://survey.example/v1/key/TOKEN/projects/1'

it('comes back as the settings', async () => {
  const settings = collectSettings(URL, 'Étude')
  const text = await asQrText(settings)
  expect(JSON.parse(inflateSync(Buffer.from(text, 'base64')).toString('utf8'))).toEqual(settings)
})

it('keeps the token from the server in the page’s address', () => {
  expect(pageAddress(URL)).toBe('https://survey.example/i/#/v1/key/TOKEN/projects/1')
})
