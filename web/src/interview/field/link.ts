// The device's link: read once, and gone from the address before anything else happens.

import type { Device } from './records'

/** `self` after a device's address: the person asked holds the device herself, and nothing is kept on it. */
const LINK = /\/v1\/key\/([A-Za-z0-9!$]{64})\/projects\/(\d{1,9})(\/self)?\/?$/

export interface Link extends Device {
  readonly isSelf: boolean
}

export function readLink(address: string): Link | null {
  const found = LINK.exec(address.trim())
  return found && { base: `/v1/key/${found[1] ?? ''}/projects/${found[2] ?? ''}`, isSelf: found[3] !== undefined }
}

/** The study a device's address is of, whatever its token. */
export function studyOf(base: string): string {
  return base.slice(base.lastIndexOf('/') + 1)
}

/** The fragment never reaches a server; taken out of the address, it is in no history entry either. */
export function takeLink(): Link | null {
  const link = readLink(location.hash)
  history.replaceState(null, '', location.pathname)
  return link
}
