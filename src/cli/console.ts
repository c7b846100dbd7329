/** The operator's console on the terminal in which a server runs. */
import { createInterface } from 'node:readline'
import { serverCommands, runServerLine } from '../commands/server-console.ts'
import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import { ApiError } from '../engine/api.ts'
import type { NodeClient, NodeEvent } from '../engine/api.ts'
import type { CliContext } from './context.ts'

export interface Console {
  /** Resolves when the operator ends the input. */
  readonly ended: Promise<void>
  close(): void
}

/** Reads commands until the input ends. What happens meanwhile is printed above the line that is being typed. */
export function openConsole({ input, output }: Pick<CliContext, 'input' | 'output'>, client: NodeClient): Console {
  const lines = createInterface({ input, output, prompt: 'server> ', historySize: 0, completer })
  const print = (text: string): void => {
    output.write(`\r\x1b[K${text}\n`)
    lines.prompt(true)
  }
  const unsubscribe = client.subscribe((event) => {
    const text = eventText(event)
    if (text !== undefined) print(text)
  })
  let last = Promise.resolve()
  lines.on('line', (line) => {
    last = last.then(async () => {
      if (line.trim() !== '') await runServerLine({ client, print }, line).catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error
        print(sanitiseText(error.message))
      })
      lines.prompt(true)
    })
  })
  lines.prompt()
  const ended = new Promise<void>((resolve) => {
    lines.on('close', () => resolve())
    // In raw mode Ctrl-C is a key.
    lines.on('SIGINT', () => lines.close())
  })
  return {
    ended: ended.then(() => last),
    close() {
      unsubscribe()
      lines.close()
    }
  }
}

function completer(line: string): [string[], string] {
  const names = serverCommands.map(({ name }) => name)
  return [names.filter((name) => name.startsWith(line)).map((name) => `${name} `), line]
}

function eventText(event: NodeEvent): string | undefined {
  if (event.method === 'notice') return `-- ${sanitiseText(event.params.text)}`
  if (event.method !== 'announcement') return undefined
  const { from, text } = event.params
  return `-- The server ${sanitiseLine(from.nick)} announces: ${sanitiseText(text)}`
}
