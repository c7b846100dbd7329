/** The loop: what happens goes into the model, effects come out and are done, and now and then a frame is drawn. */
import type { Command, CommandContext } from '../commands/command.ts'
import { isGivenBack } from '../commands/secrets.ts'
import type { NodeClient, RoomView } from '../engine/api.ts'
import { currentRoom, emptyModel } from './model.ts'
import type { Effect, Message, Model } from './model.ts'
import { INTERRUPTS_PER_PASTE } from './input.ts'
import { NodeCalls } from './node-calls.ts'
import { canRunFullScreen, openScreen } from './screen.ts'
import type { Screen, TerminalInput, TerminalOutput } from './screen.ts'
import { colourDepth, sequenceFor } from './style.ts'
import { DEFAULT_THEME, findTheme, themes } from './themes.ts'
import type { Theme } from './themes.ts'
import { update } from './update.ts'
import { view } from './view.ts'

/** What the terminal itself can do for a command; files are written by whoever started it. */
type FaceContext = Omit<CommandContext, 'saveFile'>

/** The slash commands, as src/commands/index.ts has them. */
export interface SlashCommands {
  /** For the usage that is shown while one is typed, and for what of it is masked. */
  readonly commands: readonly Pick<Command, 'name' | 'usage' | 'secretFrom'>[]
  runLine(context: FaceContext, line: string): Promise<boolean>
  complete(line: string, caret: number, names: { rooms: readonly string[]; members: readonly string[] }): {
    readonly from: number
    readonly candidates: readonly string[]
  }
}

export interface TuiInit {
  readonly client: NodeClient
  /** Rooms to enter at the start. */
  readonly rooms: readonly string[]
  readonly input: TerminalInput
  readonly output: TerminalOutput
  readonly version: string
  readonly commands: SlashCommands
  /** One of {@link themes}; unknown names give the default. */
  readonly theme?: string | undefined
  /** Ends it from outside, the terminal restored. */
  readonly stop?: AbortSignal
  /** For how many colours there are. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Frames are at least this far apart: 60 a second is what a screen shows. */
const FRAME_MS = 16
/** Being named a hundred times at once rings once. */
const BELL_REST_MS = 2000
const FLASH_MS = 6000
const TICK_MS = 1000

/**
 * Shows the chat until the person quits, `stop` is aborted or the terminal is gone; the terminal is restored before it
 * resolves. The client stays open: it belongs to the caller.
 * @throws {Error} when input or output is no terminal.
 */
export async function runTui(init: TuiInit): Promise<void> {
  if (!canRunFullScreen(init.input, init.output)) throw new Error('The full screen needs a terminal for input and output.')
  await new App(init).run()
}

type Performers = { readonly [K in Effect['kind']]: (effect: Extract<Effect, { kind: K }>) => void }

class App {
  private readonly init: TuiInit
  private readonly ended = Promise.withResolvers<undefined>()
  private readonly calls: NodeCalls
  private readonly timers = new Set<NodeJS.Timeout>()
  private readonly screen: Screen
  private model: Model
  private isOver = false
  private frame: NodeJS.Timeout | undefined
  private lastFrameMs = 0
  private lastBellMs = -BELL_REST_MS

  private readonly performers: Performers = {
    history: ({ room, before }) => void this.calls.loadHistory(room, before),
    members: ({ room }) => {
      this.calls.members.request(room)
    },
    rooms: () => {
      this.calls.rooms.request('')
    },
    reload: ({ room }) => {
      this.calls.reloads.request(room)
    },
    tick: () => {
      this.later(TICK_MS, () => ({ type: 'tick', nowMs: Date.now() }))
    },
    read: ({ room }) => {
      this.calls.reads.request(room)
    },
    send: ({ room, text }) => void this.calls.send(room, text),
    command: ({ line, room }) => void this.command(line, room),
    complete: ({ line, caret, rooms, members }) => {
      this.dispatch({ type: 'completed', ...this.init.commands.complete(line, caret, { rooms, members }) })
    },
    theme: ({ name }) => {
      this.useTheme(name)
    },
    expire: ({ flash }) => {
      this.later(FLASH_MS, () => ({ type: 'flash-over', flash }))
    },
    bell: () => {
      const nowMs = performance.now()
      if (nowMs - this.lastBellMs < BELL_REST_MS) return
      this.lastBellMs = nowMs
      this.screen.bell()
    },
    repaint: () => {
      this.screen.forget()
      this.schedule()
    },
    quit: () => {
      this.end()
    }
  }

  constructor(init: TuiInit) {
    this.init = init
    this.calls = new NodeCalls(
      init.client,
      (message) => {
        this.dispatch(message)
      },
      (room) => this.model.rooms.find((one) => one.view.id === room)
    )
    const theme = findTheme(init.theme ?? '') ?? DEFAULT_THEME
    this.screen = openScreen({
      input: init.input,
      output: init.output,
      sequences: this.sequencesOf(theme),
      hasTitle: !/^(linux|vt|cons|dumb)/.test(this.env['TERM'] ?? ''),
      onInput: (token) => {
        this.dispatch(token)
      },
      onPastePause: () => {
        const text = `The end of what is pasted has not come yet. Ctrl-C ${INTERRUPTS_PER_PASTE} times lets go of it.`
        this.dispatch({ type: 'flash', text, tone: 'notice' })
      },
      onResize: (size) => {
        this.dispatch({ type: 'resize', size })
      },
      onGone: () => {
        this.end()
      }
    })
    this.model = emptyModel({ size: this.screen.size(), version: init.version, theme: theme.name, commands: init.commands.commands })
  }

  private get env(): Readonly<Record<string, string | undefined>> {
    return this.init.env ?? process.env
  }

  private sequencesOf(theme: Theme): string[] {
    const depth = colourDepth(this.env)
    return theme.looks.map((look) => sequenceFor(look, depth))
  }

  async run(): Promise<void> {
    const { client, stop } = this.init
    const onStop = (): void => {
      this.end()
    }
    stop?.addEventListener('abort', onStop, { once: true })
    const unsubscribe = client.subscribe((event) => {
      this.dispatch({ type: 'event', event, nowMs: Date.now() })
    })
    this.schedule()
    if (stop?.aborted === true) this.end()
    void this.start()
    try {
      await this.ended.promise
    } finally {
      unsubscribe()
      stop?.removeEventListener('abort', onStop)
    }
  }

  private end(): void {
    if (this.isOver) return
    this.isOver = true
    clearTimeout(this.frame)
    for (const timer of this.timers) clearTimeout(timer)
    this.calls.stop()
    this.screen.restore()
    this.ended.resolve(undefined)
  }

  private dispatch(message: Message): void {
    if (this.isOver) return
    const { model, effects } = update(this.model, message)
    if (model !== this.model) this.schedule()
    this.model = model
    for (const effect of effects) {
      // The table pairs each kind with its performer; that the compiler cannot follow through an index.
      const perform = this.performers[effect.kind] as (effect: Effect) => void
      perform(effect)
    }
  }

  private schedule(): void {
    if (this.frame !== undefined || this.isOver) return
    const waitMs = Math.max(0, this.lastFrameMs + FRAME_MS - performance.now())
    this.frame = setTimeout(() => {
      this.frame = undefined
      this.lastFrameMs = performance.now()
      this.screen.draw(view(this.model))
      this.screen.title(titleOf(this.model))
    }, waitMs)
  }

  private async start(): Promise<void> {
    const { rooms } = this.init
    await this.calls.loadStatus()
    // Rooms that were named come to the front; none of the others shall count as read on the way.
    await this.calls.loadRooms(rooms.length === 0)
    await this.calls.enter(rooms)
    if (this.model.current === undefined) await this.calls.loadRooms(true)
    // Nobody should have to know a room's name to begin: offered, not entered.
    if (this.model.rooms.length === 0 && rooms.length === 0) this.dispatch({ type: 'offer', text: '/join lobby' })
  }

  private later(delayMs: number, message: () => Message): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer)
      this.dispatch(message())
    }, delayMs)
    this.timers.add(timer)
  }

  private async command(line: string, room: RoomView | undefined): Promise<void> {
    const { client, commands } = this.init
    const context: FaceContext = {
      client,
      room,
      print: (text, of = room?.id) => {
        this.dispatch({ type: 'print', room: of, text, tone: 'notice', nowMs: Date.now() })
      },
      show: (view) => {
        this.dispatch({ type: 'show', room: view })
      },
      hide: (id) => {
        this.dispatch({ type: 'hide', room: id })
      },
      quit: () => {
        this.end()
      }
    }
    try {
      const done = await commands.runLine(context, line)
      if (!done && isGivenBack(commands.commands, line)) this.dispatch({ type: 'command-refused', line })
    } catch (error) {
      this.calls.tell(room?.id, error)
    }
    // A command may have changed one's own nick, and of that the node says nothing by itself.
    if (!this.isOver) await this.calls.loadStatus()
  }

  private useTheme(name: string): void {
    const theme = findTheme(name)
    if (theme !== undefined) {
      this.screen.useStyles(this.sequencesOf(theme))
      this.dispatch({ type: 'theme', name: theme.name })
      return
    }
    const known = themes.map((one) => `${one.name.padEnd(8)} ${one.summary}${one.name === this.model.theme ? ' (now)' : ''}`).join('\n')
    const text = name === '' ? `Themes, for /theme NAME:\n${known}` : `There is no theme ${name}. There are:\n${known}`
    this.dispatch({ type: 'print', room: undefined, text, tone: name === '' ? 'notice' : 'error', nowMs: Date.now() })
  }
}

/** For the window's title bar; the handle is sanitised in the model. */
function titleOf(model: Model): string {
  const unread = model.rooms.reduce((sum, room) => sum + room.mentions, 0)
  const room = currentRoom(model)
  return `${unread > 0 ? `(${unread}) ` : ''}${room === undefined ? '' : `${room.view.handle} · `}p2pchat`
}
