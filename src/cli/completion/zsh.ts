/** Completion for zsh, by its own `_arguments`, which knows options with values and counts arguments. One function for each command. */
import { everyCommand } from '../command-tree.ts'
import type { CommandNode, OptionNode, Values } from '../command-tree.ts'

export function zshScript(root: CommandNode): string {
  return `#compdef p2pchat
# p2pchat completion for zsh: put this into a folder of $fpath as _p2pchat
_p2pchat_rooms() {
  local -a ask=("$p2pchat_program" completion --rooms) names
  [[ -n $p2pchat_home ]] && ask+=(--home "$p2pchat_home")
  names=("\${(@f)$("\${ask[@]}" 2> /dev/null < /dev/null)}")
  names=("\${(@)names:#(-*|)}")
  (( $#names )) && compadd -a names
}

# The home of the rooms, wherever on the line it is named.
_p2pchat_find_home() {
  local -i at
  for (( at = 2; at <= $#words; at++ )); do
    case "$words[at]" in
      --home) (( at + 1 != CURRENT )) && p2pchat_home="\${(Q)words[at + 1]}" ;;
      --home=*) p2pchat_home="\${(Q)words[at]#--home=}" ;;
    esac
  done
  p2pchat_home="\${p2pchat_home/#\\~\\//$HOME/}"
}

${everyCommand(root).map((command) => commandFunction(root, command)).join('\n\n')}

_p2pchat() {
  local p2pchat_program="$words[1]" p2pchat_home=''
  _p2pchat_find_home
  ${functionOf(root)}
}

# Sourced, it registers itself; as a file of $fpath it is the function.
if [[ $funcstack[1] == _p2pchat ]]; then _p2pchat "$@"; else compdef _p2pchat p2pchat; fi
`
}

function functionOf({ path }: CommandNode): string {
  return ['_p2pchat_at', ...path].join('_')
}

function commandFunction(root: CommandNode, command: CommandNode): string {
  const options = command === root ? root.options : [...command.options, ...root.options]
  const specs = [...options.map(optionSpec), "'--help[show help]'"]
  const plain = (): string[] => [`  _arguments -S : ${[...specs, ...argumentSpecs(command)].join(' ')}`]
  const lines = command.commands.length > 0 ? withCommands(command, specs) : plain()
  return [`${functionOf(command)}() {`, ...lines, '}'].join('\n')
}

/** The first word may be a command, and what follows belongs to it. */
function withCommands(command: CommandNode, specs: readonly string[]): string[] {
  const names = command.commands.map(({ name, summary }) => `'${name}:${summary.replace(/[\\:']/gu, ' ')}'`)
  const rest = command.arguments[0]
  const first = rest === undefined ? '' : `\n    ${action(rest.values)}`
  return [
    '  local curcontext="$curcontext" state line',
    '  local -A opt_args',
    `  _arguments -C -S : ${specs.join(' ')} '(-)1: :->first' '(-)*:: :->rest' && return`,
    '  case $state in',
    '  first)',
    '    local -a commands',
    `    commands=(${names.join(' ')})`,
    `    _describe command commands${first}`,
    '    ;;',
    '  rest)',
    '    case $words[1] in',
    ...command.commands.map((child) => `    ${child.name}) ${functionOf(child)} ;;`),
    ...rest?.variadic === true ? [`    *) _arguments -S : ${[...specs, valueSpec('*', rest.name, rest.values)].join(' ')} ;;`] : [],
    '    esac',
    '    ;;',
    '  esac'
  ]
}

function argumentSpecs(command: CommandNode): string[] {
  return command.arguments.map(({ name, values, variadic }, at) => valueSpec(variadic ? '*' : String(at + 1), name, values))
}

function optionSpec({ flag, summary, values }: OptionNode): string {
  const explained = summary.replace(/[\\[\]]/gu, '\\$&')
  if (values === undefined) return quoted(`${flag}[${explained}]`)
  return quoted(`*${flag}=[${explained}]:value:${action(values)}`)
}

function valueSpec(place: string, name: string, values: Values): string {
  return quoted(`${place}:${name.toLowerCase()}:${action(values)}`)
}

/** What can be anything offers nothing. A blank would do that too, with a message, and whoever gives a message keeps other words from being put in. */
function action(values: Values): string {
  switch (values.kind) {
    case 'any':
      return 'true'
    case 'files':
      return '_files'
    case 'folders':
      return '_directories'
    case 'rooms':
      return '_p2pchat_rooms'
    case 'words':
      return `(${values.words.map((word) => word.replaceAll(':', '\\:')).join(' ')})`
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
