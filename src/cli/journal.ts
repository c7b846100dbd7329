/** Log lines for systemd's journal, which puts the time to them itself and reads the level from a number before each: sd-daemon(3). */
import { fstatSync } from 'node:fs'

/** syslog(3): debug 7, info 6, warning 4, error 3. */
const PRIORITY: Readonly<Record<number, number>> = { 10: 7, 20: 7, 30: 6, 40: 4, 50: 3 }
const OTHER_PRIORITY = 3

/** Whether the journal reads this descriptor. The variable alone does not say it: what we start inherits it. systemd.exec(5) */
export function isJournal(descriptor: number, environment: NodeJS.ProcessEnv): boolean {
  const named = environment['JOURNAL_STREAM']
  if (named === undefined) return false
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true })
    return named === `${dev}:${ino}`
  } catch {
    return false
  }
}

/** What the logger wrote, as JSON, becomes one entry; each line of it carries its level. */
export function journalText(line: string): string {
  const { level, msg } = JSON.parse(line) as { level: number; msg: string }
  const mark = `<${PRIORITY[level] ?? OTHER_PRIORITY}>`
  return msg.split('\n').map((part) => `${mark}${part}\n`).join('')
}
