import { textWidth, truncateToWidth } from '../core/text/clusters.ts'
import type { Grid } from './grid.ts'
import type { Layout } from './layout.ts'
import { currentDraft } from './model.ts'
import type { Model, Room, Tone } from './model.ts'
import { STYLE } from './style.ts'
import { newsOf } from './view-rooms.ts'

/** The top line: the room, its topic, and at the right what is particular about it. */
export function viewTopic(grid: Grid, room: Room | undefined): void {
  grid.fill(0, 0, grid.width, STYLE.bar)
  if (room === undefined) {
    grid.put(1, 0, 'p2pchat', STYLE.barStrong)
    return
  }
  const right = particulars(room)
  const rightX = grid.width - 1 - textWidth(right)
  const nameEnd = grid.put(1, 0, truncateToWidth(room.view.handle, Math.min(40, grid.width - 2)), STYLE.barStrong)
  const showsRight = right !== '' && rightX > nameEnd + 2
  if (showsRight) grid.put(rightX, 0, right, STYLE.barAccent)
  const space = (showsRight ? rightX : grid.width) - nameEnd - 4
  if (space > 3 && room.view.topic !== '') grid.put(nameEnd + 2, 0, truncateToWidth(room.view.topic, space), STYLE.bar)
}

function particulars(room: Room): string {
  const words: string[] = []
  if (room.view.provisional) words.push('nobody else yet')
  if (room.view.closed) words.push('closed')
  else if (room.view.removed !== undefined) words.push('read only')
  if (room.view.access !== 'open') words.push(room.view.access)
  if (room.view.role !== 'member') words.push(`you are ${room.view.role}`)
  return words.join(' · ')
}

/** The line above the input: who I am, how the node is connected, what is going on; or what has just to be said. */
export function viewStatus(grid: Grid, model: Model, room: Room | undefined, layout: Layout): void {
  const y = layout.statusY
  grid.fill(0, y, grid.width, STYLE.bar)
  let x = grid.put(1, y, model.me.nick === '' ? '…' : truncateToWidth(model.me.nick, 24), STYLE.barStrong) + 2
  if (model.completing !== undefined) {
    viewCandidates(grid, model.completing, x, y)
    return
  }
  if (model.flash !== undefined) {
    grid.put(x, y, truncateToWidth(model.flash.text, grid.width - x - 1), toneStyle(model.flash.tone))
    return
  }
  const { waiting } = model
  if (waiting !== undefined && waiting.room === model.current) {
    x = grid.put(x, y, truncateToWidth(`too fast: again in ${waiting.leftS} s`, grid.width - x - 1), STYLE.barWarn) + 2
  }
  const usage = usageOf(model)
  const peers = peersText(model)
  if (usage !== undefined && x + textWidth(peers) + 2 + textWidth(usage) >= grid.width) {
    grid.put(x, y, truncateToWidth(usage, grid.width - x - 1), STYLE.barAccent)
    return
  }
  x = grid.put(x, y, truncateToWidth(peers, grid.width - x - 1), model.peers.size === 0 ? STYLE.barWarn : STYLE.bar) + 2
  if (model.servers.chosen > 0 && model.servers.connected === 0) {
    x = grid.put(x, y, truncateToWidth('server away', Math.max(0, grid.width - x - 1)), STYLE.barWarn) + 2
  }
  if (room?.syncing !== undefined) {
    x = grid.put(x, y, truncateToWidth(`fetching history: ${room.syncing}`, Math.max(0, grid.width - x - 1)), STYLE.barAccent) + 2
  }
  const { text, style } = rightOf(model, layout, usage)
  const rightX = grid.width - 1 - textWidth(text)
  if (rightX >= x) grid.put(rightX, y, text, style)
}

/** At the right: the usage of the command being typed, else news of rooms that are not shown, else the way to help. */
function rightOf(model: Model, layout: Layout, usage: string | undefined): { text: string; style: number } {
  if (usage !== undefined) return { text: usage, style: STYLE.barAccent }
  const news = layout.roomsWidth === 0 ? newsText(model) : ''
  return news === '' ? { text: 'F1 keys', style: STYLE.bar } : { text: news, style: STYLE.barWarn }
}

/** The usage of the command that is being typed. */
function usageOf(model: Model): string | undefined {
  const { clusters } = currentDraft(model)
  if (clusters[0] !== '/') return undefined
  const name = /^\/(\S+)(?=\s|$)/u.exec(clusters.slice(0, MAX_COMMAND_LENGTH).join(''))?.[1]?.toLowerCase()
  return model.commands.find((command) => command.name === name)?.usage
}

/** Longer than any command's name. */
const MAX_COMMAND_LENGTH = 32

function toneStyle(tone: Tone): number {
  return tone === 'notice' ? STYLE.barAccent : STYLE.barWarn
}

/** `4 peers: 2 lan, 1 direct, 1 relay`, or `2 lan peers` where all are of one kind. */
export function peersText(model: Model): string {
  const { peers } = model
  if (peers.size === 0) return 'no peers'
  const parts: string[] = []
  for (const path of ['lan', 'direct', 'relay'] as const) {
    let count = 0
    for (const one of peers.values()) if (one === path) count++
    if (count > 0) parts.push(`${count} ${path}`)
  }
  const word = peers.size === 1 ? 'peer' : 'peers'
  return parts.length === 1 ? `${parts.join('')} ${word}` : `${peers.size} ${word}: ${parts.join(', ')}`
}

/** Where the rooms pane is not shown: `2:dev 3  4:ops @1` */
function newsText(model: Model): string {
  return model.rooms
    .map((room, index) => ({ room, index }))
    .filter(({ room }) => room.view.id !== model.current && room.unread > 0)
    .sort((one, other) => Number(other.room.mentions > 0) - Number(one.room.mentions > 0))
    .map(({ room, index }) => `${index + 1}:${room.view.handle} ${newsOf(room)}`)
    .slice(0, 3)
    .join('  ')
}

function viewCandidates(grid: Grid, { candidates, chosen }: NonNullable<Model['completing']>, fromX: number, y: number): void {
  let x = fromX
  // Start so far in that the chosen one is among those shown.
  for (const [offset, candidate] of candidates.slice(Math.max(0, chosen - 2)).entries()) {
    const shown = candidate.trim()
    if (x + textWidth(shown) > grid.width - 1) return
    x = grid.put(x, y, shown, offset + Math.max(0, chosen - 2) === chosen ? STYLE.barWarn : STYLE.bar) + 2
  }
}
