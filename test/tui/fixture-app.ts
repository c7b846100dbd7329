/**
 * The terminal over a scripted node, as a program of its own for pty.test.ts. What is sent with a `!` in front makes the
 * script act: `!burst N`, `!named N`, `!hostile`, `!crash`, `!gap N`, `!talk`.
 */
import { commands, complete, runLine } from '../../src/commands/index.ts'
import { runTui } from '../../src/tui/index.ts'
import { hostileStrings } from '../core/text/hostile.ts'
import { FixtureClient, NOON_MS, member, person, roomView } from './fixture-client.ts'

const client = new FixtureClient()
const lobby = roomView('lobby', { topic: 'Where everybody meets · be kind, speak any language', role: 'admin' })
const dev = roomView('dev', { topic: 'building it' })
const random = roomView('random')

function furnish(): void {
  if (process.env['FIXTURE'] === 'empty') return
  client.rooms.push(lobby, dev, random)
  client.members.set(lobby.id, [
    member('bob', { role: 'owner' }), member('ann', { role: 'admin' }), member('carol', { presence: 'idle' }), member('दीपा'), member('🦊fox'),
    member('李雷'), member('dave', { presence: 'offline', muted: true }), member('erin', { presence: 'offline' })
  ])
  client.members.set(dev.id, [member('ann'), member('bob'), member('erin')])
  client.members.set(random.id, [member('ann'), member('carol')])
  const yesterday = NOON_MS - 86_400_000
  client.say(lobby, 'bob', 'Welcome to the lobby.', { time: yesterday })
  client.say(lobby, 'carol', 'Thanks! Docs are at https://example.org/p2pchat/start?from=lobby, the short ones first.', { time: yesterday + 60_000 })
  client.say(lobby, 'bob', 'ann: could you look at the relay settings when you have a minute? It dropped two of us yesterday and I would rather know why.')
  client.say(lobby, 'bob', 'No hurry though.')
  client.say(lobby, 'ann', 'Sure, after lunch 🍜', { delivery: { state: 'held', held: 7, of: 7 } })
  client.say(lobby, '李雷', '大家好，今天的会议改到下午三点，请大家准时参加，会议室在二楼。')
  client.say(lobby, 'दीपा', 'नमस्ते, क्षि और श्री भी ठीक दिखते हैं?')
  client.say(lobby, '🦊fox', 'family 👩‍👩‍👧 and 👍🏽 and ❤️ and 1️⃣ end')
  client.say(lobby, 'carol', 'waves at everybody', { kind: 'action' })
  client.say(lobby, 'carol', 'carol: two\nlines of it, the second one being rather longer than the first one was')
  client.say(lobby, 'ann', 'See you', { delivery: { state: 'held', held: 3, of: 7 } })
  client.say(lobby, 'ann', 'Still here', { delivery: { state: 'sent', held: 0, of: 7 } })
  client.say(lobby, 'ann', 'On its way', { delivery: { state: 'queued', held: 0, of: 7 } })
  for (let at = 0; at < 300; at++) client.say(dev, at % 3 === 0 ? 'bob' : 'erin', `message number ${at}`)
}

function act(text: string): void {
  const [, verb, number = '1'] = /^!(\w+) ?(\d*)/.exec(text) ?? []
  if (verb === 'burst') for (let at = 0; at < Number(number); at++) client.say(lobby, 'bob', `burst ${at}`)
  if (verb === 'named') for (let at = 0; at < Number(number); at++) client.say(lobby, 'bob', `ann, ${at}`)
  if (verb === 'talk') {
    client.say(dev, 'bob', 'something in dev')
    client.say(random, 'carol', 'ann: are you there?')
  }
  if (verb === 'gap') client.emit('gap', { room: lobby.id, missing: Number(number) })
  if (verb === 'hostile') hostile()
  if (verb === 'crash') setTimeout(() => {
    throw new Error('a bug, made on purpose')
  }, 10)
}

function hostile(): void {
  const strings = hostileStrings()
  client.members.set(lobby.id, strings.slice(0, 40).map((nick, at) => ({ ...member(`m${at}`), nick })))
  for (const text of strings) client.say(lobby, 'bob', text, { from: { ...person('bob'), nick: text } })
  for (const text of strings.slice(0, 30)) {
    client.emit('room', { ...lobby, topic: text, handle: text, event: 'changed' })
    client.emit('notice', { code: 'test', text })
    client.emit('kicked', { room: lobby.id, by: person('bob').identity, reason: text })
    client.emit('room', { ...lobby, joined: false, removed: { by: person('bob').identity, nick: 'bob', kind: 'ban', reason: text }, event: 'removed' })
  }
  for (const text of strings) client.act(lobby, 'kick', text, { effective: false })
  client.emit('room', { ...lobby, event: 'returned' })
  // Notices have the time of the machine, and this one comes after them whatever that is.
  client.say(lobby, 'bob', 'the end of it', { time: Date.now() + 86_400_000 })
}

furnish()
client.subscribe((event) => {
  if (event.method === 'message' && event.params.from.nick === 'ann' && event.params.text.startsWith('!')) act(event.params.text)
})
await runTui({
  client,
  rooms: process.argv.slice(2),
  input: process.stdin,
  output: process.stdout,
  version: '0.1.0',
  theme: process.env['THEME'],
  commands: { commands, complete, runLine }
})
process.stdout.write('the chat has ended\n')
