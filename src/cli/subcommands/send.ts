/** `p2pchat send ROOM TEXT|-`: posts one message and says by its exit code whether it reached somebody. */
import type { Readable } from 'node:stream'
import { MAX_TEXT_BYTES } from '../../core/record/limits.ts'
import type { Delivery, NodeClient } from '../../engine/api.ts'
import type { Subcommand } from '../context.ts'
import { parseDurationMs } from '../../commands/duration.ts'
import { refuseToTell } from '../../commands/secrets.ts'
import { EXIT_DONE, EXIT_FAILED, EXIT_NOT_REACHED, usage } from '../failure.ts'
import { decodeText } from '../text-input.ts'
import { enterRoom } from '../enter-room.ts'
import { afterSpan } from '../timer.ts'
import { withNode } from '../with-node.ts'

export interface SendOptions {
  /** `sent` or `held:N`. */
  readonly wait: string
  readonly timeout: string
}

type Reached = (delivery: Delivery) => boolean

export const send: Subcommand<[room: string, words: string[], options: SendOptions]> = async (context, room, words, options) => {
  const reached = parseWait(options.wait)
  const timeoutMs = parseTimeoutMs(options.timeout)
  const text = words.length === 1 && words[0] === '-' ? await readText(context.input) : words.join(' ')
  if (text.trim() === '') throw usage('There is no text to send.')
  refuseToTell(text)
  let isPosted = false
  return withNode(context, { onStop: () => (isPosted ? EXIT_NOT_REACHED : EXIT_FAILED) }, async (client) => {
    const { id } = await enterRoom(client, room)
    const waiting = new DeliveryWatch(client)
    const sent = await client.call('message.send', { room: id, text })
    isPosted = true
    const done = await waiting.until(sent.id, sent.delivery, reached, timeoutMs)
    if (!done) process.stderr.write(`p2pchat: posted, but ${shortfall(options.wait)} within ${options.timeout}.\n`)
    return done ? EXIT_DONE : EXIT_NOT_REACHED
  })
}

function shortfall(wait: string): string {
  return wait === 'sent' ? 'nobody was reached' : `not held by ${wait.slice('held:'.length)}`
}

function parseWait(wait: string): Reached {
  if (wait === 'sent') return (delivery) => delivery.state !== 'queued'
  const [, count] = /^held:(\d{1,4})$/u.exec(wait) ?? []
  if (count === undefined || Number(count) === 0) throw usage(`--wait must be sent or held:N, not "${wait}".`)
  return (delivery) => delivery.held >= Number(count)
}

function parseTimeoutMs(timeout: string): number {
  const ms = parseDurationMs(timeout)
  if (ms === undefined) throw usage(`--timeout must be a time like 500ms, 30s or 5m, not "${timeout}".`)
  return ms
}

async function readText(input: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of input as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > 4 * MAX_TEXT_BYTES) throw usage(`The text on stdin is longer than a message may be (${MAX_TEXT_BYTES} bytes).`)
  }
  return decodeText(Buffer.concat(chunks), 'The text on stdin').replace(/\r?\n$/u, '')
}

/** Listens before the message is posted, so that no change of its delivery is missed. */
class DeliveryWatch {
  private readonly seen = new Map<string, Delivery>()
  private changed: () => void = () => undefined
  private readonly unsubscribe: () => void

  constructor(client: NodeClient) {
    this.unsubscribe = client.subscribe((event) => {
      if (event.method !== 'delivery') return
      this.seen.set(event.params.id, event.params)
      this.changed()
    })
  }

  async until(id: string, first: Delivery, reached: Reached, timeoutMs: number): Promise<boolean> {
    const isReached = (): boolean => reached(this.seen.get(id) ?? first)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const cancel = afterSpan(timeoutMs, () => resolve(isReached()))
    this.changed = () => {
      if (isReached()) resolve(true)
    }
    this.changed()
    const result = await promise
    cancel()
    this.unsubscribe()
    return result
  }
}
