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
  /** The paste under way, if there is one. Nothing but its end mark ends it: no time that passes. */
  readonly paste: string | undefined
  /** An escape came alone and was taken for the key. What it began may still follow, over a slow link. */
  readonly escaped: boolean
  /** How often Ctrl-C came in a row during a paste, each in a read of its own: somebody sits before a terminal that lost the end mark. */
  readonly interrupts: number
}

export const EMPTY_INPUT: InputState = { pending: '', paste: undefined, escaped: false, interrupts: 0 }

/** So many Ctrl-C let go of a paste. What comes from a clipboard comes in one read. */
export const INTERRUPTS_PER_PASTE = 3

/** Characters of one paste that are kept: more than a draft may hold. What exceeds it is dropped. */
const MAX_PASTE_LENGTH = 256 * 1024
/** A terminal's answers (DCS, OSC) that we did not ask for are skipped; one longer than this is not waited for. */
const MAX_PENDING_LENGTH = 4096

const PASTE_START = '\u001b[200~'
const PASTE_END = '\u001b[201~'
/** The start mark without its escape. */
const MARK_BEHIND_ESCAPE = PASTE_START.slice(1)
/** A key without its escape, and nothing else: a person does not type as much at once. */
const KEY_BEHIND_ESCAPE = /^(?:\[[0-9;]*[ -/]*[@-~]|O[A-DFHPQRS])$/

/** Sequences at the start of a string, most particular first. A capture of undefined means: recognised and dropped. */
const ALT_ENTER = /^\u001b[\r\n]/
const LINUX_FUNCTION = /^\u001b+\[\[[A-E]/
const CSI = /^\u001b+\[([0-9;:<=>?]*)[ -/]*([@-~])/
const SS3 = /^\u001b+O[0-9;]*[A-Za-z]/
const STRING_REPLY = /^\u001b[\]P^_X](?:[^\u0007\u001b]|\u001b(?!\\))*(?:\u0007|\u001b\\)/
const ALT_KEY = /^\u001b[\u0020-\u007f\b]/
const ESCAPES_ALONE = /^\u001b+$/
const ALT_OR_REPLY = /^\u001b[\]P^_X]$/
/** The start of what could become one of the above. */
const UNFINISHED = /^\u001b+(?:\[(?:\[|[0-9;:<=>?]*[ -/]*)?|O[0-9;]*|[\]P^_X](?:[^\u0007\u001b]|\u001b(?!\\))*)?$/
const PRINTABLE = /^[^\u0000-\u001f\u007f-\u009f]+/u

export function readInput(state: InputState, chars: string): { state: InputState; tokens: InputToken[] } {
  if (chars === '') return { state, tokens: [] }
  if (state.paste !== undefined && chars === '\u0003') {
    const interrupts = state.interrupts + 1
    return { state: interrupts < INTERRUPTS_PER_PASTE ? { ...state, interrupts } : EMPTY_INPUT, tokens: [] }
  }
  const tokens: InputToken[] = []
  let rest = state.pending + chars
  if (state.escaped) {
    const isBegun = rest.length < MARK_BEHIND_ESCAPE.length && MARK_BEHIND_ESCAPE.startsWith(rest)
    if (isBegun) return { state: { ...state, pending: rest }, tokens }
    if (rest.startsWith(MARK_BEHIND_ESCAPE) || (state.pending === '' && KEY_BEHIND_ESCAPE.test(rest))) rest = `\u001b${rest}`
  }
  let { paste } = state
  for (;;) {
    if (paste !== undefined) {
      const end = rest.indexOf(PASTE_END)
      if (end < 0) {
        // The end mark itself may be cut by the read: keep back what could be its start.
        const kept = Math.max(0, rest.length - PASTE_END.length + 1)
        const all = (paste + rest.slice(0, kept)).slice(0, MAX_PASTE_LENGTH)
        return { state: { ...EMPTY_INPUT, pending: rest.slice(kept), paste: all }, tokens }
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
    if (taken === 0) return { state: { ...EMPTY_INPUT, pending: rest }, tokens }
    rest = rest.slice(taken)
  }
}

/**
 * No more is coming for now. An escape alone was the key, and one before the start of a terminal's reply was Alt with a sign;
 * anything else that was begun is waited for, however long it takes: typed, its rest would be sent.
 */
export function flushInput(state: InputState): { state: InputState; tokens: InputToken[] } {
  if (state.paste !== undefined) return { state, tokens: [] }
  if (ESCAPES_ALONE.test(state.pending)) return { state: { ...EMPTY_INPUT, escaped: true }, tokens: [{ type: 'key', key: 'escape' }] }
  return { state: ALT_OR_REPLY.test(state.pending) ? EMPTY_INPUT : state, tokens: [] }
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
