/**
 * Telling systemd how the service is: sd_notify(3). That goes over a datagram socket, which Node does not have, so systemd's own `systemd-notify` says it:
 * it is there wherever systemd is. docs/adr/0085-told-by-systemd-notify.md
 */
import { spawn } from 'node:child_process'
import { sanitiseLine } from '../core/text/sanitise.ts'

const PROGRAM = 'systemd-notify'
/** It is done in milliseconds; a machine that is busy starting takes longer. */
const PATIENCE_MS = 5000

export interface ServiceManager {
  /** Serving from now on. */
  ready(status: string): Promise<void>
  /** Reads its configuration; {@link ready} says when it is done. */
  reloading(): Promise<void>
  stopping(): Promise<void>
}

/** Nobody is told where no service manager asked to be. `report` hears why it could not be. */
export function serviceManager(environment: NodeJS.ProcessEnv, report: (text: string) => void): ServiceManager {
  const asked = environment['NOTIFY_SOCKET'] !== undefined
  let last = Promise.resolve()
  const tell = (...assignments: string[]): Promise<void> => {
    if (!asked) return last
    last = last.then(() => notify(assignments, environment)).catch((error: unknown) => {
      report(`systemd was not told: ${error instanceof Error ? error.message : String(error)}.`)
    })
    return last
  }
  return {
    ready: (status) => tell('READY=1', `STATUS=${sanitiseLine(status)}`, `MAINPID=${process.pid}`),
    // Of the monotonic clock, as systemd wants it, so that it knows the reload that it asked for from one before.
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => tell('STOPPING=1')
  }
}

async function notify(assignments: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(PROGRAM, assignments, { stdio: 'ignore', env: environment, timeout: PATIENCE_MS })
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`${PROGRAM} ended with ${String(code ?? signal)}`))
    })
  })
}
