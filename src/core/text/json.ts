/** JSON that can be shown on a terminal as it is. */

/**
 * What JSON lets stand in a string and a terminal or a person's eye acts on: DEL, C1 (`\u009b` begins a control sequence), what
 * turns the direction of text, line and paragraph separators, what is invisible or marks the order of bytes.
 */
const UNPRINTABLE = /[\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/**
 * As `JSON.stringify`, with those characters written as `\uXXXX`: a parser reads the same. For everything that goes out as JSON.
 * @throws {RangeError} when the text would be longer than a string can be
 */
export function printableJson(value: unknown, indent?: number): string {
  return escapeUnprintable(JSON.stringify(value, undefined, indent))
}

/** The same for a JSON text: such characters stand in its strings alone. */
export function escapeUnprintable(json: string): string {
  return json.replace(UNPRINTABLE, escaped)
}

function escaped(char: string): string {
  let text = ''
  for (let at = 0; at < char.length; at++) text += `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`
  return text
}
