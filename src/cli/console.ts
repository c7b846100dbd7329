/** The operator's console on the terminal in which a server runs. */
import { createInterface } from 'node:readline'
import { QUIET_NOTICES } from '../commands/quiet-notices.ts'
import { serverCommands, runServerLine } from '../commands/server-console.ts'
import { sanitiseLine, sanitiseText } from '../core/text/sanitise.ts'
import { ApiError } from '../engine/api.ts'
import type { NodeClient, NodeEvent } from '../engine/api.ts'
import { createSocketClient, type SocketClient } from '../rpc/socket-client.ts'
import type { CliContext } from './context.ts'
import { EXIT_DONE, Failure, type ExitCode } from './failure.ts'
import { aborted } from './lifetime.ts'
import { pipedLines } from './line-source.ts'
import { setRaw, stopJob } from './raw-mode.ts'
import { socketPathOf } from './socket-path.ts'

export interface Console {
  /** Resolves when the operator ends the input. */
  readonly ended: Promise<void>
  close(): void
}

/** Reads commands until the input ends. What happens meanwhile is printed above the line that is being typed. */
export function openConsole({ input, output }: Pick<CliContext, 'input' | 'output'>, client: NodeClient): Console {
  const lines = createInterface({ input, output, prompt: 'server> ', historySize: 200, completer })
  // The code that ends the server is not to be found by who comes to this terminal later.
  lines.on('history', (history) => {
    if (/\bshutdown\s+\S/iu.test(history[0] ?? '')) history.shift()
  })
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
  const onContinued = (): void => {
    if (input.isTTY) setRaw(input, true)
    lines.prompt(true)
  }
  // By itself readline stops this process alone, and not the job.
  lines.on('SIGTSTP', () => stopJob(input, onContinued))
  process.on('SIGCONT', onContinued)
  const ended = new Promise<void>((resolve) => {
    for (const end of ['close', 'error']) lines.on(end, () => resolve())
    for (const end of ['error', 'close']) input.once(end, () => resolve())
    // In raw mode Ctrl-C is a key: it drops what is typed, and ends where nothing is.
    lines.on('SIGINT', () => {
      if (lines.line === '') return lines.close()
      output.write('^C\n')
      lines.write(null, { ctrl: true, name: 'e' })
      lines.write(null, { ctrl: true, name: 'u' })
    })
  })
  return {
    ended: ended.then(() => last),
    close() {
      unsubscribe()
      process.off('SIGCONT', onContinued)
      lines.close()
    }
  }
}

/** The console of the server that another process runs in this home; from a pipe, line by line until one is refused. */
export async function attachConsole(context: CliContext): Promise<ExitCode> {
  const { config, input, output, stop } = context
  const client = await connectTo(config.home)
  try {
    if (input.isTTY && output.isTTY) {
      const terminal = openConsole(context, client)
      const end = await Promise.race([terminal.ended, client.gone, aborted(stop)])
      terminal.close()
      output.write(end === 'lost' || end === 'shutdown' ? '\r\x1b[KThe server has ended.\n' : '\n')
      return EXIT_DONE
    }
    const lines = pipedLines(input)
    for (let line = await lines.next(); line !== undefined && !stop.aborted; line = await lines.next()) {
      if (line.trim() !== '') await runServerLine({ client, print: (text) => output.write(`${text}\n`) }, line)
    }
    return EXIT_DONE
  } finally {
    await client.close()
  }
}

/** Has the server of this home read its configuration anew. It fails when that refuses, so that whoever asked is told. */
export async function askToReload({ config, output }: CliContext): Promise<ExitCode> {
  const client = await connectTo(config.home)
  try {
    const { taken, text } = await client.call('serving.reload', {})
    if (!taken) throw new Failure(text)
    output.write(`${text}\n`)
    return EXIT_DONE
  } finally {
    await client.close()
  }
}

async function connectTo(home: string): Promise<SocketClient> {
  const path = socketPathOf(home)
  const client = path === undefined ? undefined : await createSocketClient(path, () => undefined).catch(() => undefined)
  if (client === undefined) throw new Failure(`No server runs in ${home}; start one by p2pchat serve, or name its home by --home.`)
  try {
    await client.call('server.stats', {})
    return client
  } catch (error) {
    await client.close()
    if (!(error instanceof ApiError)) throw error
    throw new Failure(`What runs in ${home} is no server, but a node of yours.`)
  }
}

function completer(line: string): [string[], string] {
  const lists = ['list users', 'list rooms', 'list operators']
  const names = [...serverCommands.map(({ name }) => `${name} `), ...(line.startsWith('list ') ? lists : [])]
  return [names.filter((name) => name.startsWith(line) && name !== line), line]
}

function eventText(event: NodeEvent): string | undefined {
  if (event.method === 'notice') return QUIET_NOTICES.has(event.params.code) ? undefined : `-- ${sanitiseText(event.params.text)}`
  if (event.method !== 'announcement') return undefined
  const { from, text } = event.params
  return `-- The server ${sanitiseLine(from.nick)} announces: ${sanitiseText(text)}`
}
