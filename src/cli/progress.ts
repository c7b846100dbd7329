/** How far long work has come: a line that replaces itself, and only where a person looks at it. */

/** Often enough to be seen going on; what is quicker than this shows nothing at all. */
const PAUSE_MS = 250

export interface ProgressOutput {
  readonly isTTY?: boolean
  write(text: string): unknown
}

export class Progress {
  private readonly output: ProgressOutput
  private toldMs = performance.now()
  private isShown = false

  constructor(output: ProgressOutput) {
    this.output = output
  }

  tell(text: () => string): void {
    const nowMs = performance.now()
    if (this.output.isTTY !== true || nowMs - this.toldMs < PAUSE_MS) return
    this.toldMs = nowMs
    this.isShown = true
    this.output.write(`\r\u001b[K${text()} …`)
  }

  /** Takes it off the screen. */
  end(): void {
    if (this.isShown) this.output.write('\r\u001b[K')
    this.isShown = false
  }
}
