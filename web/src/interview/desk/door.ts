// The way in: the link, the PIN, and the lock that closes again.
import { shallowReactive } from 'vue'
import { Day } from '../field/day'
import { readLink, studyOf, type Link } from '../field/link'
import { MemoryShelf } from '../field/memory'
import { Server } from '../field/server'
import type { Database } from '../vault/database'
import { COST, type Cost } from '../vault/pin'
import { Vault } from '../vault/vault'
import { Desk } from './desk'
import { askToLast, lasts } from './lasting'

/** `locked` asks for the PIN; `decoy` looks as if there were nothing to ask for. */
export type Where = 'elsewhere' | 'welcome' | 'choosing' | 'locked' | 'decoy' | 'open' | 'self'

export class Door {
  where: Where = 'elsewhere'
  desk: Desk | null = null
  waitSeconds = 0
  isWrong = false
  isBusy = false
  /** A link of another study was opened while interviews of this one wait. */
  isOtherStudy = false
  /** Whether the browser promised to erase nothing by itself; unknown where it was not asked or does not say. */
  isLasting: boolean | null = null
  /** The interview that was held when the lock closed. */
  private left: string | null = null
  /** The desk behind the lock while the disk is full: it alone has what was answered last, and only the PIN leads back to it. */
  private kept: Desk | null = null
  /** One day at a time has the list: the next is opened once the last has ended. */
  private closing: Promise<void> = Promise.resolve()

  private constructor(
    private readonly database: Database,
    private link: Link | null,
    private language: string,
    private readonly cost: Cost,
  ) {}

  static before(database: Database, link: Link | null, language: string, cost: Cost = COST): Door {
    return shallowReactive(new Door(database, link, language, cost))
  }

  async enter(): Promise<void> {
    if (this.link?.isSelf) {
      this.desk = this.at(await Day.begin(new MemoryShelf(), this.link))
      this.where = 'self'
      void this.desk.sync()
    } else if (await Vault.exists(this.database)) {
      this.waitSeconds = await Vault.waiting(this.database, Date.now())
      this.where = 'locked'
    } else {
      this.where = this.link ? 'choosing' : 'welcome'
    }
  }

  /** Takes a device's address that was typed; false where it is none. */
  async give(address: string): Promise<boolean> {
    this.link = readLink(address)
    if (this.link) await this.enter()
    return this.link !== null
  }

  async choose(pin: string): Promise<void> {
    await this.whileBusy(async () => {
      if (!this.link) return
      const vault = await Vault.create(this.database, pin, this.cost)
      this.open(await Day.begin(vault, { base: this.link.base }))
      // Nobody waits for it: a browser may ask the person first.
      void askToLast().then((isLasting) => (this.isLasting = isLasting))
      await this.desk?.sync()
    })
  }

  async unlock(pin: string): Promise<void> {
    await this.whileBusy(async () => {
      const opening = await Vault.open(this.database, pin, Date.now())
      this.isWrong = !('vault' in opening)
      this.waitSeconds = 'vault' in opening ? 0 : opening.waitSeconds
      if ('vault' in opening) await this.settle(opening.vault)
    })
  }

  /** Closes at once; what was answered is in the vault already, but where the disk is full: then the desk stays, behind the lock. */
  lock(): void {
    if (this.where !== 'open') return
    this.left = this.desk?.entry?.id ?? null
    if (this.desk) this.closing = this.putAway(this.desk)
    this.desk = null
    this.isWrong = false
    this.where = 'decoy'
  }

  /** Erases what nobody can read without the forgotten PIN. */
  async forget(): Promise<void> {
    this.kept?.close()
    this.kept = null
    await this.closing
    await Vault.erase(this.database)
    this.isWrong = false
    await this.enter()
  }

  speak(language: string): void {
    this.language = language
    this.desk?.speak(language)
  }

  private putAway(desk: Desk): Promise<void> {
    this.kept = desk
    return desk.rest(() => {
      if (this.kept === desk) this.kept = null
      desk.close()
    })
  }

  private async settle(vault: Vault): Promise<void> {
    await this.closing
    void lasts().then((isLasting) => (this.isLasting = isLasting))
    if (this.kept) return this.takeUp(this.kept)
    const day = await Day.open(vault)
    const isSame = this.link !== null && day !== null && studyOf(this.link.base) === studyOf(day.device.base)
    if (day && this.link && isSame) await day.enrol({ base: this.link.base })
    const isOther = this.link !== null && !isSame
    this.isOtherStudy = isOther && (day?.list.entries.length ?? 0) > 0
    const begins = this.link !== null && isOther && !this.isOtherStudy
    this.open(begins && this.link ? await Day.begin(vault, { base: this.link.base }) : day)
    this.link = null
    if (begins) await this.desk?.sync()
    if (this.left !== null) await this.desk?.resume(this.left)
    this.left = null
    this.desk?.sendOn()
  }

  private takeUp(desk: Desk): void {
    this.kept = null
    this.left = null
    desk.wake(this.language)
    this.desk = desk
    this.where = 'open'
    desk.sendOn()
  }

  private open(day: Day | null): void {
    if (!day) return
    this.desk = this.at(day)
    this.where = 'open'
  }

  private at(day: Day): Desk {
    return Desk.at(day, new Server(day.device.base), this.language)
  }

  private async whileBusy(act: () => Promise<void>): Promise<void> {
    this.isBusy = true
    try {
      await act()
    } finally {
      this.isBusy = false
    }
  }
}
