/**
 * What comes from the keyboard, taken apart before blessed sees it: pastes, typed text, and the sequences that are keys.
 * Pure: a state and decoded characters in, a state and tokens out. Reads may be cut anywhere, also inside a sequence.
 */

export type InputToken =
  /** Printable characters, typed or sent by an input method. */
  | { readonly type: 'text'; readonly text: string }
  /** What stood between the marks of a bracketed paste. */
  | { readonly type: 'paste'; readonly text: string }
  /** A control character or an escape sequence, whole: for blessed to name. */
  | { readonly type: 'sequence'; readonly text: string }
  /** A key that blessed has no name for. */
  | { readonly type: 'key'; readonly key: string }

export interface InputState {
  /** The start of a sequence whose end was not read yet. */
  readonly pending: string
  /** The paste under way, if there is one. */
  readonly paste: string | undefined
}

export const EMPTY_INPUT: InputState = { pending: '', paste: undefined }

/** Characters of one paste that are kept: more than a draft may hold. What exceeds it is dropped. */
const MAX_PASTE_LENGTH = 256 * 1024
/** A terminal's answers (DCS, OSC) that we did not ask for are skipped; one longer than this is not waited for. */
const MAX_PENDING_LENGTH = 4096

const PASTE_START = '\u001b[200~'
const PASTE_END = '\u001b[201~'

/** Sequences at the start of a string, most particular first. A capture of undefined means: recognised and dropped. */
const ALT_ENTER = /^\u001b[\r\n]/
const LINUX_FUNCTION = /^\u001b+\[\[[A-E]/
const CSI = /^\u001b+\[([0-9;:<=>?]*)[ -/]*([@-~])/
const SS3 = /^\u001b+O[0-9;]*[A-Za-z]/
const STRING_REPLY = /^\u001b[\]P^_X](?:[^\u0007\u001b]|\u001b(?!\\))*(?:\u0007|\u001b\\)/
const ALT_KEY = /^\u001b[\u0020-\u007f\b]/
const ESCAPES_ALONE = /^\u001b+$/
/** The start of what could become one of the above. */
const UNFINISHED = /^\u001b+(?:\[(?:\[|[0-9;:<=>?]*[ -/]*)?|O[0-9;]*|[\]P^_X](?:[^\u0007\u001b]|\u001b(?!\\))*)?$/
const PRINTABLE = /^[^\u0000-\u001f\u007f-\u009f]+/u

export function readInput(state: InputState, chars: string): { state: InputState; tokens: InputToken[] } {
  const tokens: InputToken[] = []
  let rest = state.pending + chars
  let { paste } = state
  for (;;) {
    if (paste !== undefined) {
      const end = rest.indexOf(PASTE_END)
      if (end < 0) {
        // The end mark itself may be cut by the read: keep back what could be its start.
        const kept = Math.max(0, rest.length - PASTE_END.length + 1)
        return { state: { pending: rest.slice(kept), paste: (paste + rest.slice(0, kept)).slice(0, MAX_PASTE_LENGTH) }, tokens }
      }
      tokens.push({ type: 'paste', text: (paste + rest.slice(0, end)).slice(0, MAX_PASTE_LENGTH) })
      rest = rest.slice(end + PASTE_END.length)
      paste = undefined
    }
    if (rest === '') return { state: EMPTY_INPUT, tokens }
    if (rest.startsWith(PASTE_START)) {
      rest = rest.slice(PASTE_START.length)
      paste = ''
      continue
    }
    const taken = takeToken(rest, tokens)
    if (taken === 0) return { state: { pending: rest, paste: undefined }, tokens }
    rest = rest.slice(taken)
  }
}

/** No more is coming for now: what was taken for the start of a sequence was a key, or nothing. */
export function flushInput(state: InputState): { state: InputState; tokens: InputToken[] } {
  if (state.paste !== undefined) {
    // A terminal that never closes its paste would swallow every key from here on.
    return { state: EMPTY_INPUT, tokens: [{ type: 'paste', text: state.paste + state.pending }] }
  }
  const tokens: InputToken[] = ESCAPES_ALONE.test(state.pending) ? [{ type: 'key', key: 'escape' }] : []
  return { state: EMPTY_INPUT, tokens }
}

/** Takes one token off the front; returns how many characters it took, 0 if the end of it is still to come. */
function takeToken(rest: string, tokens: InputToken[]): number {
  const text = PRINTABLE.exec(rest)?.[0]
  if (text !== undefined) {
    tokens.push({ type: 'text', text })
    return text.length
  }
  if (!rest.startsWith('\u001b')) {
    const first = rest.charCodeAt(0)
    // C1 controls are no keys on any keyboard.
    if (first < 0x80) tokens.push({ type: 'sequence', text: rest.slice(0, 1) })
    return 1
  }
  return takeSequence(rest, tokens)
}

function takeSequence(rest: string, tokens: InputToken[]): number {
  const altEnter = ALT_ENTER.exec(rest)?.[0]
  if (altEnter !== undefined) {
    tokens.push({ type: 'key', key: 'M-enter' })
    return altEnter.length
  }
  if (UNFINISHED.test(rest) && rest.length <= MAX_PENDING_LENGTH) return 0
  const reply = STRING_REPLY.exec(rest)?.[0]
  if (reply !== undefined) return reply.length
  const csi = CSI.exec(rest)
  const whole = (LINUX_FUNCTION.exec(rest) ?? csi ?? SS3.exec(rest) ?? ALT_KEY.exec(rest))?.[0]
  // Escape in front of something that is no key with it: the escape alone goes.
  if (whole === undefined) return 1
  // Private parameters are a terminal's answers, never keys.
  const answer = csi?.[1] !== undefined && /[<=>?]/.test(csi[1])
  if (!answer) tokens.push({ type: 'sequence', text: whole })
  return whole.length
}
