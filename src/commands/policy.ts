/** `/policy`: the settings of a room that have no command of their own, and a look at all of them. */
import { duration } from '../core/authority/actions/action.ts'
import type { RoomStateView, SettingsChange } from '../engine/api.ts'
import { roomOf, UsageError, wordsBetween } from './arguments.ts'
import type { Command } from './command.ts'
import { parseDurationMs } from './duration.ts'
import { table } from './layout.ts'
import { nearest } from './nearest.ts'

/** What a word sets, or undefined when it is none for that setting. */
interface Setting {
  readonly ways: string
  read(word: string): SettingsChange | undefined
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  rate: { ways: '40/10s (so many messages in that time, for each) or off', read: rateFrom },
  'announce-only': {
    ways: 'on (only admins speak) or off',
    read: (word) => (word === 'on' || word === 'off' ? { announceOnly: word === 'on' } : undefined)
  },
  history: { ways: '7d (so far back newcomers see) or all', read: historyFrom }
}

export const policy: Command = {
  name: 'policy',
  usage: '/policy [rate 40/10s|off, announce-only on|off, history 7d|all]',
  summary: 'Show the settings of this room, or change one. Owner only.',
  async run(context, args) {
    const [key, value] = wordsBetween(args, 0, 2, '')
    const room = roomOf(context).id
    if (key === undefined) {
      context.print(settingsTable(await context.client.call('room.state', { room })))
      return
    }
    const setting = Object.hasOwn(SETTINGS, key.toLowerCase()) ? SETTINGS[key.toLowerCase()] : undefined
    if (setting === undefined) throw new UsageError(unknownSetting(key))
    const set = setting.read((value ?? '').toLowerCase())
    if (set === undefined) {
      throw new UsageError(`${value === undefined ? 'A value is missing' : `"${value}" is none`}: ${key} takes ${setting.ways}.`)
    }
    await context.client.call('room.act', { room, action: 'policy', set })
  }
}

function unknownSetting(key: string): string {
  const names = Object.keys(SETTINGS)
  const near = nearest(key, names)
  return `There is no setting "${key}"${near === undefined ? `, only ${names.join(', ')}.` : `; did you mean ${near}?`}`
}

function rateFrom(word: string): SettingsChange | undefined {
  if (word === 'off') return { rate: 'off' }
  const [, count, window] = /^(\d{1,5})\/(\S+)$/u.exec(word) ?? []
  const windowMs = window === undefined ? undefined : parseDurationMs(window)
  if (count === undefined || windowMs === undefined || windowMs <= 0 || Number(count) === 0) return undefined
  return { rate: { count: Number(count), windowMs } }
}

function historyFrom(word: string): SettingsChange | undefined {
  if (word === 'all') return { history: 'all' }
  const history = parseDurationMs(word)
  return history === undefined || history <= 0 ? undefined : { history }
}

function settingsTable({ policy: { slow, idle, rate, history, announceOnly }, access }: RoomStateView): string {
  const span = (value: number | 'off'): string => (Number(value) > 0 ? duration(Number(value)) : 'off')
  return table([
    ['access', access],
    ['slow', Number(slow) > 0 ? `one message in ${span(slow)}` : 'off'],
    ['idle', Number(idle) > 0 ? `who is silent for ${span(idle)} leaves` : 'off'],
    ['rate', rate === 'off' ? 'off' : `${rate.count} messages in ${duration(rate.windowMs)}`],
    ['announce-only', announceOnly ? 'on: only admins speak' : 'off'],
    ['history', Number(history) > 0 ? `newcomers see the last ${duration(Number(history))}` : 'newcomers see all']
  ])
}
