/**
 * Range-based set reconciliation over (time, id): the Negentropy protocol, version 1, as published in docs/negentropy-protocol-v1.md of
 * hoytech/negentropy. Two sides find out which items each of them lacks by comparing fingerprints of ranges, splitting those that differ and
 * listing those that are short. The initiator learns what both lack; the responder keeps nothing between messages.
 *
 * Cost of answering one message of m bytes with a set of n items: O(m) to check it, O(r log n) to place its r ranges (each at least 3
 * bytes), fingerprints that span each item at most three times (and add whole chunks of up to 512 as one), one hash a fingerprint (each 19
 * bytes in or out), one look-up an item for lists, and an answer within the frame's limit. What a message can cost is so bounded by its
 * size and the set's, whatever it says; how many messages are answered is for the caller to limit.
 */
import { RECONCILE_FRAME_BYTES } from '../record/limits.ts'
import { accept, refuse } from '../refusal.ts'
import type { Outcome, Refusal } from '../refusal.ts'
import { ID_BYTES } from './id-sum.ts'
import type { ItemRanges } from './item-set.ts'
import { checkRanges, Differences, openingMessage, RangeAnswer } from './range-answer.ts'
import { malformed, VERSION } from './range-codec.ts'

/** Room for one differing range after another skip, and for closing: with less an exchange might not move on. */
export const MIN_FRAME_BYTES = 4096
/**
 * Rounds in a row that may pass without a new difference. Between honest sides the first range that differs is halved sixteenfold each
 * message and listed within 2 log₁₆ n + 3 rounds, which is 14 for a set of 2^21.
 */
export const MAX_ROUNDS_WITHOUT_GAIN = 64
/** Items that the bound on rounds is made for; a larger room is reconciled in several exchanges. */
const EXPECTED_ITEMS = 2 ** 21

export interface ReconcileOptions {
  /** No message that we write is longer, in bytes; from MIN_FRAME_BYTES to RECONCILE_FRAME_BYTES. */
  readonly frameSizeLimit: number
}

export interface InitiatorOptions extends ReconcileOptions {
  /** `need`: leave `have` empty, and spare the rounds in which only that would be told. Default `both`. */
  readonly learn?: 'both' | 'need'
}

export interface Round {
  /** What to send next; null when the exchange is over. */
  readonly reply: Uint8Array | null
  /**
   * Ids that we have and the other side lacks, and the other way round, as this round showed them: at most MAX_HAVE_PER_ROUND, and what the
   * answer held. Where a frame was full, or more was lacking than that, a later round may tell an id again.
   */
  readonly have: Uint8Array[]
  readonly need: Uint8Array[]
}

export interface Initiator {
  /** The first message. To be called once, before any answer is handled. */
  initiate(): Uint8Array
  /**
   * Takes an answer. A refusal (`malformed`, `too-long`, `too-many-ranges`, `unsupported-version`, `too-many-rounds`, `unexpected`) changes nothing
   * and ends the exchange, for the caller drops it; what earlier rounds showed stays right.
   */
  handle(message: Uint8Array): Outcome<Round>
}

/** The set may grow between messages: what was added meanwhile is found in this exchange or the next. */
export function createInitiator(set: ItemRanges, options: InitiatorOptions): Initiator {
  const frameSizeLimit = checkedLimit(options)
  const maxRounds = roundsFor(frameSizeLimit)
  let open = false
  let started = false
  let rounds = 0
  let idleRounds = 0

  return {
    initiate(): Uint8Array {
      if (started) throw new Error('a reconciliation is initiated once')
      started = true
      open = true
      return openingMessage(set)
    },

    handle(message: Uint8Array): Outcome<Round> {
      if (!open) return refuse('unexpected', 'A reconciliation message came when none was awaited.')
      if (rounds >= maxRounds || idleRounds >= MAX_ROUNDS_WITHOUT_GAIN) {
        return refuse('too-many-rounds', `The reconciliation did not end in ${rounds} rounds.`)
      }
      rounds += 1
      const fault = checkMessage(message)
      if (fault !== undefined) return fault
      if (message[0] !== VERSION) {
        return refuse('unsupported-version', `The other side answered in version ${versionName(message)} of the reconciliation protocol.`)
      }
      const differences = new Differences(options.learn !== 'need')
      const reply = new RangeAnswer(set, message, 1, frameSizeLimit, differences).write()
      const { have, need, lacking } = differences
      idleRounds = lacking + need.length === 0 ? idleRounds + 1 : 0
      open = reply.length > 1
      return accept({ reply: open ? reply : null, have, need })
    }
  }
}

/** Answers an initiator's message; to one in another version, with the one that we speak. The same as {@link Initiator.handle} for refusals. */
export function respond(set: ItemRanges, message: Uint8Array, options: ReconcileOptions): Outcome<Uint8Array> {
  const frameSizeLimit = checkedLimit(options)
  const fault = checkMessage(message)
  if (fault !== undefined) return fault
  if (message[0] !== VERSION) return accept(Uint8Array.of(VERSION))
  return accept(new RangeAnswer(set, message, 1, frameSizeLimit, undefined).write())
}

/** The most answers that an initiator takes: four times what it takes to send every id of the largest expected set both ways. */
export function roundsFor(frameSizeLimit: number): number {
  return MAX_ROUNDS_WITHOUT_GAIN + Math.ceil((4 * 2 * ID_BYTES * EXPECTED_ITEMS) / frameSizeLimit)
}

/** Versions are bytes from 0x60 to 0x6f. What follows another version's byte is not ours to judge. */
function checkMessage(message: Uint8Array): Refusal | undefined {
  if (message.length > RECONCILE_FRAME_BYTES) {
    return refuse('too-long', `The reconciliation message has ${message.length} bytes, above ${RECONCILE_FRAME_BYTES}.`)
  }
  const version = message[0]
  if (version === undefined) return malformed('it is empty')
  if (version >>> 4 !== VERSION >>> 4) return malformed('it begins with no version')
  return version === VERSION ? checkRanges(message, 1) : undefined
}

function checkedLimit({ frameSizeLimit }: ReconcileOptions): number {
  if (frameSizeLimit >= MIN_FRAME_BYTES && frameSizeLimit <= RECONCILE_FRAME_BYTES) return frameSizeLimit
  throw new RangeError(`frameSizeLimit ${frameSizeLimit} is not from ${MIN_FRAME_BYTES} to ${RECONCILE_FRAME_BYTES}`)
}

function versionName(message: Uint8Array): string {
  return String((message[0] ?? 0) & 0x0f)
}
