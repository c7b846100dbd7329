import { printableJson } from '../core/text/json.ts'

/** A JSON array with one element a line: good for a parser and for grep. */
export function jsonArray(values: readonly unknown[]): string {
  if (values.length === 0) return '[]\n'
  return `[\n${values.map((value) => printableJson(value)).join(',\n')}\n]\n`
}
