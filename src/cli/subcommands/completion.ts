/** `p2pchat completion`: a script for the shell, made from the command line's own description. */
import type { Command } from 'commander'
import { commandTree, SHELL_NAMES } from '../command-tree.ts'
import type { CommandNode } from '../command-tree.ts'
import { bashScript } from '../completion/bash.ts'
import { fishScript } from '../completion/fish.ts'
import { zshScript } from '../completion/zsh.ts'
import type { CliContext } from '../context.ts'
import { EXIT_DONE, usage, type ExitCode } from '../failure.ts'
import { roomNames } from '../room-names.ts'

export interface CompletionOptions {
  /** Asked by the scripts themselves. */
  readonly rooms?: true
}

const SCRIPTS: Readonly<Record<(typeof SHELL_NAMES)[number], (root: CommandNode) => string>> = {
  bash: bashScript, zsh: zshScript, fish: fishScript
}

export async function completion(
  { config, output }: CliContext, shell: string | undefined, { rooms }: CompletionOptions, program: Command
): Promise<ExitCode> {
  if (rooms === true) {
    output.write((await roomNames(config.home)).map((name) => `${name}\n`).join(''))
    return EXIT_DONE
  }
  const known = SHELL_NAMES.find((name) => name === shell)
  if (shell === undefined) throw usage(`Say for which shell: ${SHELL_NAMES.join(', ')}.`)
  if (known === undefined) throw usage(`There is no completion for "${shell}", only for ${SHELL_NAMES.join(', ')}.`)
  output.write(SCRIPTS[known](commandTree(program)))
  return EXIT_DONE
}
