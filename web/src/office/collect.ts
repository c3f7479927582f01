// The settings of ODK Collect as its QR code holds them: JSON, deflated (zlib), in base64.

/** As a phone for such a survey must be set: sent interviews leave it, nothing about its holder is sent, nobody changes the server. */
export function collectSettings(url: string, study: string): object {
  return {
    general: {
      server_url: url,
      form_update_mode: 'match_exactly',
      autosend: 'wifi_and_cellular',
      delete_send: true,
      hide_old_form_versions: true,
      analytics: false,
    },
    admin: { change_server: false, change_form_metadata: false, view_sent: false },
    project: { name: study },
  }
}

export async function asQrText(settings: object): Promise<string> {
  const deflated = new Blob([JSON.stringify(settings)]).stream().pipeThrough(new CompressionStream('deflate'))
  const bytes = new Uint8Array(await new Response(deflated).arrayBuffer())
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

/** Where a browser opens the same device's cases: what follows `#` is sent to no server. */
export function pageAddress(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}/i/#${pathname}`
}
