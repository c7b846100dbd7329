/**
 * What an RPC asks for besides the frames that it brings, read off its bytes without decoding it: gossipsub spends some ten times as long on it. Fields
 * are those of the gossipsub specification: 1 subscriptions, 2 frames, 3 control (1 IHAVE, 2 IWANT, 3 GRAFT, 4 PRUNE, 5 IDONTWANT).
 */

/** Ids are looked up, entries change something or are answered. */
const IDS_PER_TOKEN = 16
const SUBSCRIPTION = 1
const FRAME = 2
const CONTROL = 3
const GRAFT = 3
const PRUNE = 4
/** In IHAVE ids come behind the topic, in IWANT and IDONTWANT first. */
const IHAVE = 1

/** Tokens: one for each subscription, GRAFT, PRUNE and other entry, and for each sixteen ids; one at least if it brings no frame. */
export function costOf(rpc: Uint8Array): number {
  let tokens = 0
  let frames = 0
  forEachField(rpc, (field, start, end) => {
    if (field === FRAME) frames++
    else if (field === SUBSCRIPTION) tokens++
    else if (field === CONTROL) tokens += costOfControl(rpc.subarray(start, end))
    else tokens++
  })
  return frames > 0 ? tokens : Math.max(1, tokens)
}

function costOfControl(control: Uint8Array): number {
  let tokens = 0
  forEachField(control, (field, start, end) => {
    tokens++
    if (field === GRAFT || field === PRUNE) return
    let ids = 0
    forEachField(control.subarray(start, end), (inner) => {
      if (inner !== 1 || field !== IHAVE) ids++
    })
    tokens += ids / IDS_PER_TOKEN
  })
  return tokens
}

/** Top-level fields of a protobuf message, as far as they can be read. `start` to `end`: what a field with a length holds. */
function forEachField(bytes: Uint8Array, visit: (field: number, start: number, end: number) => void): void {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; at < bytes.length && shift < 35; shift += 7) {
      const byte = bytes[at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return Number.NaN
  }
  while (at < bytes.length) {
    const tag = varint()
    if (Number.isNaN(tag)) return
    const length = tag % 8 === 2 ? varint() : 0
    if (tag % 8 === 0) varint()
    else if (tag % 8 !== 2) return
    if (Number.isNaN(length)) return
    visit(Math.floor(tag / 8), at, at + length)
    at += length
  }
}
