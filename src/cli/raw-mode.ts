/** The raw mode of a terminal that may be gone at any time, and stopping as Ctrl-Z does in any other program. */
import type { ReadStream } from 'node:tty'

/**
 * A terminal that was closed refuses it. Node tells that as an error of the stream, which ends the process where nobody listens; whoever reads from it
 * hears of the end in another way.
 */
export function setRaw(input: Pick<ReadStream, 'setRawMode' | 'on' | 'off'>, isRaw: boolean): void {
  const ignore = (): void => undefined
  input.on('error', ignore)
  try {
    input.setRawMode(isRaw)
  } finally {
    // It is told in a later turn.
    setImmediate(() => input.off('error', ignore))
  }
}

/**
 * Gives the terminal back and stops the whole job, as the terminal does where it is not raw: the shell, `npm start` and a Node that started this one
 * wait for all of it. `onContinued` is called where nobody stops it, as outside of a shell's jobs.
 */
export function stopJob(input: Pick<ReadStream, 'setRawMode' | 'on' | 'off'>, onContinued: () => void): void {
  setRaw(input, false)
  process.kill(0, 'SIGTSTP')
  setImmediate(onContinued)
}
