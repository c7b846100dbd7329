/**
 * `[[[key, value] …], cut]` Settings of the room. Keys ascend; of a known key the value has that key's shape, and one that is not known may have
 * any and changes nothing. What restricts people binds what they say outside the cut.
 */
import { accept } from '../../refusal.ts'
import { fromHex } from '../../record/bytes.ts'
import { asArray, isArray, isCount } from '../../record/codec.ts'
import type { Value } from '../../record/codec.ts'
import { ACCESS, cutFrom, isText } from '../../record/fields.ts'
import { KIND } from '../../record/kinds.ts'
import { MAX_TOPIC_BYTES } from '../../record/limits.ts'
import { duration, malformed } from './action.ts'
import type { Action, Deed } from './action.ts'

/** So many settings a record, with keys of so many bytes: more than there are, and little. */
const MAX_SETTINGS = 16
const MAX_KEY_BYTES = 32
/** A day between two messages is as slow as a room can usefully be. */
const MAX_SLOW_MS = 86_400_000
/** Longer than an hour, or more than this, is no limit against floods. */
const MAX_RATE_COUNT = 10_000
const MAX_RATE_WINDOW_MS = 3_600_000
/** Half a year. */
const MAX_IDLE_MS = 15_552_000_000

/** So many messages in each window of that many ms. */
export interface Rate {
  readonly count: number
  readonly windowMs: number
}

interface Setting {
  readonly by: 'admin' | 'owner'
  check(value: Value): boolean
  /** `set the topic to tea` */
  sentence(value: Value): string
}

const ms = (value: Value): string => duration(Number(value))

const TABLE = {
  access: {
    by: 'owner',
    check: (value) => isCount(value, ACCESS.length - 1),
    sentence: (value) => (value === 0 ? 'opened the room to everybody' : `made the room one of ${value === 1 ? 'passcodes' : 'invites'}`)
  },
  announceOnly: {
    by: 'owner',
    check: (value) => typeof value === 'boolean',
    sentence: (value) => (value === true ? 'let only admins speak' : 'let everybody speak')
  },
  /** Older than this, ms, is not handed to newcomers; 0: all is. */
  history: {
    by: 'owner',
    check: (value) => isCount(value),
    sentence: (value) => `shows newcomers ${value === 0 ? 'all that was said' : `the last ${ms(value)}`}`
  },
  /** Who says nothing for so long, ms, leaves; 0: nobody has to. */
  idle: {
    by: 'owner',
    check: (value) => isCount(value, MAX_IDLE_MS),
    sentence: (value) => (value === 0 ? 'lets silent people stay' : `lets people go who say nothing for ${ms(value)}`)
  },
  /** `[count, window in ms]`, or null for none. */
  rate: {
    by: 'owner',
    check: (value) => value === null || rateFrom(value) !== undefined,
    sentence: (value) => {
      const rate = rateFrom(value)
      return rate === undefined ? 'took the limit on messages away' : `allows ${rate.count} messages in ${duration(rate.windowMs)}`
    }
  },
  /** One message in so many ms; 0: as many as the rate allows. */
  slow: {
    by: 'owner',
    check: (value) => isCount(value, MAX_SLOW_MS),
    sentence: (value) => (value === 0 ? 'turned slow mode off' : `allows a message every ${ms(value)}`)
  },
  topic: {
    by: 'admin',
    check: (value) => isText(value, MAX_TOPIC_BYTES),
    sentence: (value) => (value === '' ? 'took the topic away' : `set the topic: ${String(value)}`)
  }
} satisfies Record<string, Setting>

/** @public */
export type SettingKey = keyof typeof TABLE

/** A map, since keys come from others: `constructor` is none of ours. */
export const SETTINGS: ReadonlyMap<string, Setting> = new Map(Object.entries(TABLE))

export interface PolicyPayload extends Deed {
  readonly settings: ReadonlyMap<string, Value>
  readonly cut: readonly string[]
}

export const policy: Action<PolicyPayload> = {
  kind: KIND.policy,
  word: 'policy',
  by: 'admin',
  does: ['sets'],
  read(payload) {
    const [pairs, heads] = asArray(payload, 2) ?? []
    const settings = settingsFrom(pairs)
    const cut = cutFrom(heads)
    if (settings === undefined) return malformed('a setting')
    return cut === undefined ? malformed('the cut') : accept({ settings, cut })
  },
  write: ({ settings, cut }) => [[...settings].sort(([left], [right]) => (left < right ? -1 : 1)), cut.map(fromHex)],
  sentence: ({ payload, author, name }) => `${name(author)} ${list(payload)}`,
  noun: () => 'setting'
}

export function rateFrom(value: Value): Rate | undefined {
  const [count, windowMs] = asArray(value, 2) ?? []
  if (!isCount(count, MAX_RATE_COUNT) || count === 0 || !isCount(windowMs, MAX_RATE_WINDOW_MS) || windowMs === 0) return undefined
  return { count, windowMs }
}

function settingsFrom(pairs: Value | undefined): Map<string, Value> | undefined {
  if (!isArray(pairs) || pairs.length === 0 || pairs.length > MAX_SETTINGS) return undefined
  const settings = new Map<string, Value>()
  let last = ''
  for (const pair of pairs) {
    const [key, value] = asArray(pair, 2) ?? []
    if (!isText(key, MAX_KEY_BYTES) || key <= last || value === undefined) return undefined
    if (SETTINGS.get(key)?.check(value) === false) return undefined
    settings.set(key, value)
    last = key
  }
  return settings
}

function list({ settings }: PolicyPayload): string {
  const said = [...settings].map(([key, value]) => SETTINGS.get(key)?.sentence(value) ?? `set ${key}`)
  return said.join(', ')
}
