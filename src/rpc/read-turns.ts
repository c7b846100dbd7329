/** One after the other, and only while there is room for what comes of it: a mutex with a condition, first come first served. */
export class ReadTurns {
  private readonly hasRoom: () => boolean
  private readonly waiting: (() => void)[] = []
  private isTaken = false

  constructor(hasRoom: () => boolean) {
    this.hasRoom = hasRoom
  }

  get areAwaited(): boolean {
    return this.waiting.length > 0
  }

  /** Runs it when it is its turn. The turn lasts until it has settled. */
  async run(task: () => Promise<void>): Promise<void> {
    if (this.isTaken || this.areAwaited || !this.hasRoom()) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve)
      })
    } else this.isTaken = true
    try {
      await task()
    } finally {
      this.isTaken = false
      this.next()
    }
  }

  /** Gives the next turn, if there is room. To be called when there may be. */
  next(): void {
    if (this.isTaken || this.waiting.length === 0 || !this.hasRoom()) return
    this.isTaken = true
    this.waiting.shift()!()
  }
}
