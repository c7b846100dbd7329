/** The command line as data, from its own description: what completion scripts, man pages and docs/COMMANDS.md are made from. */
import type { Argument, Command, Option } from 'commander'
import { themes } from '../tui/themes.ts'
import { LOG_LEVELS } from './options.ts'

/** What may stand in a place, as far as it can be known beforehand. */
export type Values =
  | { readonly kind: 'any' | 'files' | 'folders' | 'rooms' }
  | { readonly kind: 'words'; readonly words: readonly string[] }

export interface OptionNode {
  /** The long form, with its dashes. */
  readonly flag: string
  /** As the help shows it: `--home <DIR>`. */
  readonly syntax: string
  readonly summary: string
  /** The value that counts without it, where it says one. */
  readonly byDefault: string | undefined
  /** Undefined for a switch, which takes no value. */
  readonly values: Values | undefined
}

export interface ArgumentNode {
  readonly name: string
  readonly summary: string
  readonly required: boolean
  readonly variadic: boolean
  readonly values: Values
}

export interface CommandNode {
  readonly name: string
  /** The words that lead to it; none for the program itself. */
  readonly path: readonly string[]
  readonly summary: string
  readonly options: readonly OptionNode[]
  readonly arguments: readonly ArgumentNode[]
  readonly commands: readonly CommandNode[]
}

export const SHELL_NAMES = ['bash', 'zsh', 'fish'] as const

/** By the word that stands for the value in the help. What is not named here can be anything. */
const BY_PLACEHOLDER: Readonly<Record<string, Values>> = {
  DIR: { kind: 'folders' },
  FILE: { kind: 'files' },
  LEVEL: { kind: 'words', words: LOG_LEVELS },
  ROOM: { kind: 'rooms' },
  SHELL: { kind: 'words', words: SHELL_NAMES },
  WHAT: { kind: 'words', words: ['sent', 'held:1'] }
}

const BY_FLAG: Readonly<Record<string, Values>> = {
  '--theme': { kind: 'words', words: themes.map(({ name }) => name) }
}

/** Without what is hidden, and without `help`, which `--help` says too. */
export function commandTree(command: Command, path: readonly string[] = []): CommandNode {
  const visible = command.createHelp().visibleCommands(command).filter((child) => child.name() !== 'help')
  return {
    name: command.name(),
    path,
    summary: command.description(),
    options: command.options.filter(({ hidden }) => !hidden).map(optionNode),
    arguments: command.registeredArguments.map(argumentNode),
    commands: visible.map((child) => commandTree(child, [...path, child.name()]))
  }
}

/** It and all below it, each before those below it. */
export function everyCommand(root: CommandNode): CommandNode[] {
  return [root, ...root.commands.flatMap(everyCommand)]
}

function optionNode(option: Option): OptionNode {
  const flag = option.long ?? option.flags
  const placeholder = /<([^<>]+)>/u.exec(option.flags)?.[1]
  const given: unknown = option.defaultValue
  return {
    flag,
    syntax: option.flags,
    summary: option.description,
    byDefault: typeof given === 'string' && placeholder !== undefined ? given : undefined,
    values: placeholder === undefined ? undefined : BY_FLAG[flag] ?? valuesOf(placeholder)
  }
}

function argumentNode(argument: Argument): ArgumentNode {
  const name = argument.name().replace(/\.\.\.$/u, '')
  const { description: summary, required, variadic } = argument
  return { name, summary, required, variadic, values: valuesOf(name) }
}

function valuesOf(placeholder: string): Values {
  return BY_PLACEHOLDER[placeholder] ?? { kind: 'any' }
}
