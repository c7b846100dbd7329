/**
 * Completion for bash. Words of ours are letters and dashes. Names of files and rooms are whatever somebody chose, so they are compared and quoted here and
 * never given to `compgen -W`, which expands what is in them.
 */
import { everyCommand } from '../command-tree.ts'
import type { CommandNode, Values } from '../command-tree.ts'

/** Offers what has names that somebody chose. */
const REPLY = `# What is typed of a name: without its quotes and backslashes.
_p2pchat_reply() {
  local kind="$1" typed="$2" item
  [[ $typed == [\\"\\']* ]] && typed="\${typed:1}"
  typed="\${typed//\\\\/}"
  case "$kind" in
    files | folders)
      local what=-f
      [[ $kind == folders ]] && what=-d
      while IFS= read -r item; do COMPREPLY+=("$3$item"); done < <(compgen "$what" -- "$typed")
      compopt -o filenames 2> /dev/null
      ;;
    rooms)
      local -a ask=("\${COMP_WORDS[0]}" completion --rooms)
      [[ -n $home ]] && ask+=(--home "\${home/#~\\//$HOME/}")
      while IFS= read -r item; do
        [[ $item == "$typed"* && $item != -* ]] || continue
        [[ $2 == [\\"\\']* ]] || item="$(printf %q "$item")"
        COMPREPLY+=("$3$item")
      done < <("\${ask[@]}" 2> /dev/null < /dev/null)
      ;;
  esac
}
`

export function bashScript(root: CommandNode): string {
  return `# p2pchat completion for bash: source this, or put it into ~/.local/share/bash-completion/completions/p2pchat
${tablesOf(root)}
${REPLY}
_p2pchat() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" command= pending= values= flags= home= prefix= word i
  local -i count=0
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [[ -n $pending ]]; then
      # Bash takes the = of --home=DIR for a word.
      [[ $word == = ]] && continue
      [[ $pending == --home ]] && { home="\${word//\\\\/}"; home="\${home#[\\"\\']}"; home="\${home%[\\"\\']}"; }
      pending=
    elif [[ $word == --home=* ]]; then
      home="\${word#*=}"
    elif [[ $word == -* ]]; then
      _p2pchat_option "$command" "$word" && pending="$word"
    elif ((count == 0)) && _p2pchat_enter "$command/$word"; then
      command="$command/$word"
    else
      count+=1
    fi
  done
  if [[ -z $pending && $cur == --*=* ]]; then
    pending="\${cur%%=*}" prefix="\${cur%%=*}=" cur="\${cur#*=}"
  fi
  [[ -n $pending && $cur == = ]] && cur=
  if [[ -n $pending ]]; then
    values=
    _p2pchat_option "$command" "$pending"
  elif [[ $cur == -* ]]; then
    _p2pchat_flags "$command"
    values="words:${flagsOf(root)} --help $flags"
  else
    values=
    _p2pchat_argument "$command" "$count"
  fi
  local part
  local -a parts
  IFS='|' read -r -a parts <<< "$values"
  for part in "\${parts[@]}"; do
    if [[ $part == words:* ]]; then
      for word in \${part#words:}; do [[ $word == "$cur"* ]] && COMPREPLY+=("$prefix$word"); done
    else
      _p2pchat_reply "$part" "$cur" "$prefix"
    fi
  done
}
complete -F _p2pchat p2pchat
`
}

/** `/id/passphrase`; nothing for the program itself. */
function pathOf({ path }: CommandNode): string {
  return path.map((name) => `/${name}`).join('')
}

function flagsOf({ options }: CommandNode): string {
  return options.map(({ flag }) => flag).join(' ')
}

function ownOptions(root: CommandNode, command: CommandNode): string[] {
  if (command === root) return []
  const withValue = command.options.filter(({ values }) => values !== undefined)
  return withValue.map(({ flag, values }) => `    '${pathOf(command)} ${flag}') values=${word(values!)} ;;`)
}

/** By command and by how many arguments are there already. */
function argumentCases(command: CommandNode): string[] {
  const cases = command.arguments.map(({ values, variadic }, at) => {
    const first = at === 0 && command.commands.length > 0 ? [{ kind: 'words' as const, words: names(command) }] : []
    return `    ${variadic && at > 0 ? `'${pathOf(command)} '*` : `'${pathOf(command)} ${at}'`}) values=${word(...first, values)} ;;`
  })
  const last = command.arguments.at(-1)
  if (last?.variadic === true && command.arguments.length === 1) cases.push(`    '${pathOf(command)} '*) values=${word(last.values)} ;;`)
  if (command.arguments.length === 0 && command.commands.length > 0) {
    cases.push(`    '${pathOf(command)} 0') values=${word({ kind: 'words', words: names(command) })} ;;`)
  }
  return cases
}

function names({ commands }: CommandNode): string[] {
  return commands.map(({ name }) => name)
}

function word(...values: readonly Values[]): string {
  return `'${values.map((value) => (value.kind === 'words' ? `words:${value.words.join(' ')}` : value.kind)).join('|')}'`
}

/** What each command and option takes, as shell functions. */
function tablesOf(root: CommandNode): string {
  const all = everyCommand(root)
  return `_p2pchat_option() {
  case "$1 $2" in
${root.options.flatMap(({ flag, values }) => (values === undefined ? [] : [`    *' ${flag}') values=${word(values)} ;;`])).join('\n')}
${all.flatMap((command) => ownOptions(root, command)).join('\n')}
    *) return 1 ;;
  esac
}

_p2pchat_argument() {
  case "$1 $2" in
${all.flatMap(argumentCases).join('\n')}
  esac
}

_p2pchat_flags() {
  case "$1" in
${all.filter((command) => command !== root).map((command) => `    ${pathOf(command)}) flags='${flagsOf(command)}' ;;`).join('\n')}
  esac
}

_p2pchat_enter() {
  case "$1" in
${all.filter((command) => command !== root).map((command) => `    ${pathOf(command)}) return 0 ;;`).join('\n')}
  esac
  return 1
}
`
}
