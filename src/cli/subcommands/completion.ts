/** `p2pchat completion`: a script for the shell, made from the command line's own description. */
import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { EXIT_DONE, usage, type ExitCode } from '../failure.ts'

interface Word {
  readonly name: string
  readonly summary: string
  /** Long options, with their dashes. */
  readonly options: readonly { readonly flag: string; readonly summary: string }[]
}

const SHELLS: Readonly<Record<string, (common: Word, words: readonly Word[]) => string>> = { bash, zsh, fish }

export async function completion(context: CliContext, shell: string, program: Command): Promise<ExitCode> {
  const script = SHELLS[shell]
  if (script === undefined) throw usage(`There is no completion for "${shell}", only for ${Object.keys(SHELLS).join(', ')}.`)
  const visible = program.createHelp().visibleCommands(program).filter((command) => command.name() !== 'help')
  context.output.write(script(wordOf(program), visible.map(wordOf)))
  return EXIT_DONE
}

function wordOf(command: Command): Word {
  const options = command.options.filter((option) => !option.hidden)
  return {
    name: command.name(),
    summary: command.description(),
    options: options.map((option) => ({ flag: option.long ?? option.flags, summary: option.description }))
  }
}

function flagsOf(word: Word): string {
  return word.options.map((option) => option.flag).join(' ')
}

function bash(common: Word, words: readonly Word[]): string {
  const cases = words.map((word) => `    ${word.name}) flags="${flagsOf(word)}" ;;`)
  return `# p2pchat completion for bash: source this, or put it into ~/.local/share/bash-completion/completions/p2pchat
_p2pchat() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" flags="" word
  COMPREPLY=()
  case "$previous" in
    --home) COMPREPLY=($(compgen -d -- "$current")); return ;;
    --log-file) COMPREPLY=($(compgen -f -- "$current")); return ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")); return ;;
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
  ${cases.join('\n  ')}
    esac
  done
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "${flagsOf(common)} --help $flags" -- "$current"))
  elif [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "${words.map((word) => word.name).join(' ')}" -- "$current"))
  fi
}
complete -F _p2pchat p2pchat
`
}

function zsh(common: Word, words: readonly Word[]): string {
  const quoted = (text: string): string => text.replace(/[[\]:'\\]/gu, ' ')
  const options = (word: Word): string => word.options.map((option) => `'${option.flag}[${quoted(option.summary)}]'`).join(' ')
  const cases = words.filter((word) => word.options.length > 0).map((word) => `    ${word.name}) extra=(${options(word)}) ;;`)
  return `#compdef p2pchat
# p2pchat completion for zsh: put this into a folder of $fpath as _p2pchat
_p2pchat() {
  local -a commands extra
  commands=(${words.map((word) => `'${word.name}:${quoted(word.summary)}'`).join(' ')})
  case "\${words[2]}" in
${cases.join('\n')}
  esac
  _arguments '1: :{_describe command commands}' '*:file:_files' ${options(common)} '--help[show help]' $extra
}
_p2pchat "$@"
`
}

function fish(common: Word, words: readonly Word[]): string {
  const quoted = (text: string): string => text.replaceAll("'", "\\'")
  const option = (flag: string, summary: string, when = ''): string =>
    `complete -c p2pchat ${when}-l ${flag.replace(/^--/u, '')} -d '${quoted(summary)}'`
  return [
    '# p2pchat completion for fish: put this into ~/.config/fish/completions/p2pchat.fish',
    ...words.map((word) => `complete -c p2pchat -n __fish_use_subcommand -f -a ${word.name} -d '${quoted(word.summary)}'`),
    ...common.options.map(({ flag, summary }) => option(flag, summary)),
    ...words.flatMap((word) => {
      const when = `-n '__fish_seen_subcommand_from ${word.name}' `
      return word.options.map(({ flag, summary }) => option(flag, summary, when))
    }),
    "complete -c p2pchat -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'",
    ''
  ].join('\n')
}
