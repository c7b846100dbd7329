/** Completion for fish: conditions that know which command the line has reached, past the values of options. */
import { everyCommand } from '../command-tree.ts'
import type { ArgumentNode, CommandNode, OptionNode, Values } from '../command-tree.ts'

export function fishScript(root: CommandNode): string {
  const all = everyCommand(root)
  const commands = all.filter((command) => command !== root)
  const takesValue = (command: string, options: readonly OptionNode[]): string[] => {
    const withValue = options.filter(({ values }) => values !== undefined)
    return withValue.map(({ flag }) => `            case '${command} ${flag}'\n                set pending 1`)
  }
  const lines = [
    ...root.options.map((option) => optionLine(option)),
    ...commands.flatMap((command) => command.options.map((option) => optionLine(option, `__p2pchat_in ${pathOf(command)}`))),
    ...all.flatMap(argumentLines)
  ]
  return `# p2pchat completion for fish: put this into ~/.config/fish/completions/p2pchat.fish
# The command that the line has reached, and how many arguments stand behind it.
function __p2pchat_line
    set -l words (commandline -opc)
    set -e words[1]
    set -l reached ''
    set -l count 0
    set -l pending 0
    for word in $words
        if test $pending = 1
            set pending 0
            continue
        end
        switch "$reached $word"
${takesValue('*', root.options).join('\n')}
${commands.flatMap((command) => takesValue(pathOf(command), command.options)).join('\n')}
            case '* -*'
                continue
            case '*'
                if test $count = 0; and contains -- "$reached/$word" ${commands.map(pathOf).join(' ')}
                    set reached "$reached/$word"
                else
                    set count (math $count + 1)
                end
        end
    end
    echo "$reached"
    echo $count
end

function __p2pchat_in
    set -l line (__p2pchat_line)
    test "$line[1]" = "$argv[1]"
end

function __p2pchat_at
    set -l line (__p2pchat_line)
    test "$line[1]" = "$argv[1]"; and test "$line[2]" -ge "$argv[2]"; and test "$line[2]" -le "$argv[3]"
end

function __p2pchat_rooms
    set -l words (commandline -opc)
    command -q $words[1]; or return
    set -l ask $words[1] completion --rooms
    for at in (seq 2 (count $words))
        if string match -q -- '--home=*' $words[$at]
            set -a ask (string replace -r '=~/' "=$HOME/" -- $words[$at])
        else if test "$words[$at]" = --home; and test (count $words) -gt $at
            set -a ask --home (string replace -r '^~/' "$HOME/" -- $words[(math $at + 1)])
        end
    end
    command $ask 2>/dev/null </dev/null | string match -v -- '-*'
end

complete -c p2pchat -f
complete -c p2pchat -l help -d 'show help'
${lines.join('\n')}
`
}

/** `/id/passphrase`; nothing for the program itself. */
function pathOf({ path }: CommandNode): string {
  return path.map((name) => `/${name}`).join('')
}

function optionLine({ flag, summary, values }: OptionNode, when?: string): string {
  const condition = when === undefined ? '' : ` -n ${quoted(when)}`
  const value = values === undefined ? '' : ` -r ${valuesOf(values)}`
  return `complete -c p2pchat${condition} -l ${flag.replace(/^--/u, '')}${value} -d ${quoted(summary)}`
}

function argumentLines(command: CommandNode): string[] {
  const at = (from: number, to: number): string => quoted(`__p2pchat_at '${pathOf(command)}' ${from} ${to}`)
  const names = command.commands.map(({ name, summary }) => `complete -c p2pchat -n ${at(0, 0)} -a ${name} -d ${quoted(summary)}`)
  const values = command.arguments.map(({ values: what, variadic }: ArgumentNode, place) => {
    return `complete -c p2pchat -n ${at(place, variadic ? 999 : place)} ${valuesOf(what)}`
  })
  return [...names, ...values]
}

function valuesOf(values: Values): string {
  switch (values.kind) {
    case 'any':
      return '-f'
    case 'files':
      return '-F'
    case 'folders':
      return "-f -a '(__fish_complete_directories)'"
    case 'rooms':
      return "-f -a '(__p2pchat_rooms)'"
    case 'words':
      return `-f -a ${quoted(values.words.join(' '))}`
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
