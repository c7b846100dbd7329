/** What a method's parameters may be, and the check against it. Every violation is said in one sentence. */
import { printableJson } from '../core/text/json.ts'
import { ApiError, INVALID_PARAMS } from '../engine/api.ts'
import { nearest } from '../commands/nearest.ts'

export type ParamSpec =
  | { readonly type: 'text'; readonly optional?: true }
  | { readonly type: 'id'; readonly optional?: true }
  | { readonly type: 'choice'; readonly of: readonly string[]; readonly optional?: true }
  | { readonly type: 'boolean'; readonly optional?: true }
  | { readonly type: 'texts'; readonly optional?: true }
  | { readonly type: 'object'; readonly of: ParamSpecs; readonly optional?: true }
  /** One of these words, or what the other spec says. */
  | { readonly type: 'word-or'; readonly words: readonly string[]; readonly or: ParamSpec; readonly optional?: true }
  | { readonly type: 'integer'; readonly min: number; readonly max: number; readonly optional?: true }

/** Specs by parameter name. */
export type ParamSpecs = Readonly<Record<string, ParamSpec>>

const ID = /^[0-9a-f]{64}$/u

/** Returns the parameters; throws ApiError (-32602) when they are not as specified. `params` undefined means none. */
export function checkParams(method: string, specs: ParamSpecs, params: unknown): Record<string, unknown> {
  const given = params === undefined ? {} : params
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw wrong(`${method} takes its parameters as an object, by name.`)
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(specs, name)) throw wrong(unknownSentence(method, specs, name))
  }
  const checked: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(specs)) {
    const value = Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined
    if (value === undefined) {
      if (spec.optional !== true) throw wrong(`${method} needs the parameter "${name}".`)
      continue
    }
    const expected = violation(spec, value)
    if (expected !== undefined) throw wrong(`The parameter "${name}" of ${method} must be ${expected}.`)
    checkWithin(method, name, spec, value)
    checked[name] = value
  }
  return checked
}

/** The keys of a parameter that is an object, each by its own spec, and their keys in turn. */
function checkWithin(method: string, path: string, spec: ParamSpec, value: unknown): void {
  const objectSpec = spec.type === 'word-or' ? spec.or : spec
  if (objectSpec.type !== 'object' || typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    const innerPath = `${path}.${key}`
    const innerSpec = Object.hasOwn(objectSpec.of, key) ? objectSpec.of[key] : undefined
    if (innerSpec === undefined) throw wrong(unknownSentence(`"${path}" of ${method}`, objectSpec.of, key))
    const expected = violation(innerSpec, inner)
    if (expected !== undefined) throw wrong(`The parameter "${innerPath}" of ${method} must be ${expected}.`)
    checkWithin(method, innerPath, innerSpec, inner)
  }
  const missing = Object.keys(objectSpec.of).find((key) => objectSpec.of[key]?.optional !== true && !Object.hasOwn(value, key))
  if (missing !== undefined) throw wrong(`"${path}" of ${method} needs "${missing}".`)
  if (Object.keys(value).length === 0) throw wrong(`"${path}" of ${method} is empty; it takes ${Object.keys(objectSpec.of).join(', ')}.`)
}

function violation(spec: ParamSpec, value: unknown): string | undefined {
  switch (spec.type) {
    case 'text':
      if (typeof value !== 'string') return `a string, not ${describe(value)}`
      return value.isWellFormed() ? undefined : 'well-formed Unicode; it holds half a surrogate pair'
    case 'id':
      return typeof value === 'string' && ID.test(value) ? undefined : 'an id of 64 lower-case hex digits'
    case 'choice':
      return typeof value === 'string' && spec.of.includes(value) ? undefined : `one of ${spec.of.join(', ')}`
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false'
    case 'texts':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? undefined : 'an array of strings'
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : `an object, not ${describe(value)}`
    case 'word-or': {
      if (typeof value === 'string' && spec.words.includes(value)) return undefined
      const otherwise = violation(spec.or, value)
      return otherwise === undefined ? undefined : `"${spec.words.join('", "')}" or ${otherwise}`
    }
    case 'integer':
      return isWithin(value, spec) ? undefined : `a whole number from ${spec.min} to ${spec.max}`
  }
}

function isWithin(value: unknown, { min, max }: { readonly min: number; readonly max: number }): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function unknownSentence(method: string, specs: ParamSpecs, name: string): string {
  const names = Object.keys(specs)
  const shown = printableJson(name.length > 64 ? name.slice(0, 64) + '…' : name)
  if (names.length === 0) return `${method} takes no parameters, so ${shown} means nothing to it.`
  const near = nearest(name, names)
  const hint = near === undefined ? `it takes ${names.join(', ')}` : `did you mean "${near}"?`
  return `${method} has no parameter ${shown}; ${hint}${hint.endsWith('?') ? '' : '.'}`
}

function wrong(message: string): ApiError {
  return new ApiError(INVALID_PARAMS, 'wrong-arguments', message)
}
