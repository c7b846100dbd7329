import { strict as assert } from 'node:assert'
import { PassThrough } from 'node:stream'
import type { NodeEvent } from '../../src/engine/api.ts'
import { Connection, type Ending } from '../../src/rpc/connection.ts'
import { startRealNode, type RealNode } from '../cli/real-node.ts'
import { until } from '../cli/program.ts'

interface Line {
  id?: unknown
  method?: string
  result?: unknown
  error?: { code: number; message: string; data?: { reason: string } }
  params?: Record<string, unknown>
}

function call(method: string, id?: unknown, params?: unknown): object {
  return { jsonrpc: '2.0', method, id, params }
}

class Talk {
  readonly input = new PassThrough()
  readonly output = new PassThrough()
  readonly reports: string[] = []
  readonly connection: Connection
  isShut = false
  private text = ''

  constructor({ node }: RealNode, reading = true) {
    if (reading) this.read()
    this.connection = new Connection(
      { node, shutdown: () => (this.isShut = true) },
      { input: this.input, output: this.output, report: (text) => this.reports.push(text) }
    )
  }

  read(): void {
    this.output.setEncoding('utf8').on('data', (text: string) => (this.text += text))
  }

  get lines(): (Line | Line[])[] {
    return this.text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Line)
  }

  write(...values: (object | string)[]): void {
    this.input.write(values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)) + '\n').join(''))
  }

  /** The line with this id, or the batch that holds it. */
  async answer(id: unknown): Promise<Line | Line[]> {
    const holds = (line: Line | Line[]): boolean => (Array.isArray(line) ? line.some(holds) : line.id === id)
    const find = (): Line | Line[] | undefined => this.lines.find(holds)
    await until(() => find() !== undefined, `an answer to ${String(id)}; had ${this.text}`)
    return find()!
  }

  async ask(method: string, params?: unknown): Promise<Line> {
    const id = `${method} ${this.lines.length} ${Math.random()}`
    this.write({ jsonrpc: '2.0', id, method, params })
    return (await this.answer(id)) as Line
  }

  async ending(): Promise<Ending> {
    return this.connection.ended
  }
}

describe('a JSON-RPC conversation', () => {
  let node: RealNode
  before(async () => {
    node = await startRealNode('ann')
  })
  after(() => node.close())

  it('begins with ready', async () => {
    const talk = new Talk(node)
    await until(() => talk.lines.length > 0, 'the first line')
    const { peerId, identity, addresses } = node.node.status()
    assert.deepEqual(talk.lines[0], { jsonrpc: '2.0', method: 'ready', params: { peerId, identity, addresses } })
    await talk.connection.close()
  })

  it('answers strings, numbers and null, and not notifications', async () => {
    const talk = new Talk(node)
    talk.write(call('node.status'), call('no.such'), call('room.join', undefined, {}))
    talk.write(call('node.status', null), call('node.status', 'a'), call('node.status', 1.5))
    for (const id of [null, 'a', 1.5]) assert.ok('result' in ((await talk.answer(id)) as Line))
    assert.equal(talk.lines.filter((line) => !Array.isArray(line) && line.method === undefined).length, 3)
    await talk.connection.close()
  })

  it('answers a batch by an array, without what needs no answer', async () => {
    const talk = new Talk(node)
    talk.write([call('node.status', 1), call('node.status'), 7, call('no.such', 2)])
    const batch = (await talk.answer(1)) as Line[]
    assert.deepEqual(batch.map((line) => [line.id, line.error?.code]), [[1, undefined], [null, -32600], [2, -32601]])
    talk.write([call('node.status')])
    assert.ok('result' in (await talk.ask('node.status')))
    assert.equal(talk.lines.filter((line) => Array.isArray(line)).length, 1)
    await talk.connection.close()
  })

  const refused: [string, unknown, number, RegExp, string?][] = [
    ['node.stauts', {}, -32601, /did you mean node\.status/u],
    ['constructor', {}, -32601, /"constructor"/u],
    ['message.send', { room: 'lobby', txet: 'x' }, -32602, /"txet".*did you mean "text"/u, 'wrong-arguments'],
    ['message.send', { room: 'lobby' }, -32602, /needs the parameter "text"/u, 'wrong-arguments'],
    ['message.send', ['lobby', 'x'], -32602, /by name/u, 'wrong-arguments'],
    ['message.send', { room: 7, text: 'x' }, -32602, /"room".*string, not a number/u, 'wrong-arguments'],
    ['message.send', { room: 'lobby', text: 'x', kind: 'shout' }, -32602, /"kind".*say, action/u, 'wrong-arguments'],
    ['message.send', { room: 'lobby', text: 'x', replyTo: 'me' }, -32602, /"replyTo".*64/u, 'wrong-arguments'],
    ['message.history', { room: 'lobby', limit: 0.5 }, -32602, /"limit".*whole number/u, 'wrong-arguments'],
    ['message.history', { room: 'lobby', constructor: 1 }, -32602, /"constructor"/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'smite' }, -32602, /"action".*promote, demote/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'ban', target: 'x', duration: 1.5 }, -32602, /"duration".*whole number/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'ban', target: 'x', duration: '10m' }, -32602, /"duration".*whole number/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'ban', target: 'x', purge: 1 }, -32602, /"purge".*true or false/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'policy', set: 'slow' }, -32602, /"set".*an object, not a string/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'policy', set: {} }, -32602, /"set".*is empty; it takes topic, slow/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'policy', set: { slwo: 1 } }, -32602, /"set" of room\.act has no .*"slwo".*"slow"/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'policy', set: { __proto__: null, constructor: 1 } }, -32602, /"constructor"/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'policy', set: { slow: 'on' } }, -32602, /"set\.slow".*"off" or a whole number/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'policy', set: { slow: null } }, -32602, /"set\.slow"/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'policy', set: { rate: 40 } }, -32602, /"set\.rate".*"off" or an object, not a number/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'policy', set: { rate: { count: 40 } } }, -32602, /"set\.rate".*needs "windowMs"/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'policy', set: { rate: { count: 0, windowMs: 1 } } }, -32602, /"set\.rate\.count"/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'policy', set: { announceOnly: 'on' } }, -32602, /"set\.announceOnly".*true/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'policy', set: { access: 'shut' } }, -32602, /"set\.access".*open, passcode/u, 'wrong-arguments'],
    ['room.act', { room: 'lobby', action: 'policy', set: { history: 'none' } }, -32602, /"set\.history".*"all" or a whole/u, 'wrong-arguments'],
    ['room.acts', { room: 'lobby', limit: 0 }, -32602, /"limit".*whole number/u, 'wrong-arguments'],
    ['room.import', { records: 'x' }, -32602, /"records".*array of strings/u, 'wrong-arguments'],
    ['room.reclaim', { room: 'lobby' }, -32602, /needs the parameter "token"/u, 'wrong-arguments'],
    ['node.status', { full: true }, -32602, /takes no parameters/u, 'wrong-arguments'],
    ['message.send', { room: 'nowhere', text: 'x' }, -32000, /nowhere/u, 'not-found'],
    ['room.join', { room: '\u202e' }, -32000, /room name/u, 'bad-room-name'],
    ['message.delivery', { id: '0'.repeat(64) }, -32000, /./u, 'not-found'],
    ['node.connect', { address: 'over there' }, -32000, /over there/u, 'bad-address'],
    ['node.connect', { address: '/ip4/127.0.0.1/tcp/1' }, -32000, /refused/u, 'refused']
  ]
  for (const [method, params, code, sentence, reason] of refused) {
    it(`refuses ${method} ${JSON.stringify(params)} with ${code}`, async () => {
      const talk = new Talk(node)
      const { error } = await talk.ask(method, params)
      assert.equal(error?.code, code)
      assert.match(error.message, sentence)
      assert.equal(error.data?.reason, reason)
      await talk.connection.close()
    })
  }

  it('answers what cannot be read, and goes on', async () => {
    const talk = new Talk(node)
    talk.input.write(Buffer.from([0x22, 0xff, 0x22, 0x0a]))
    talk.write('{', '   ', '')
    assert.ok('result' in (await talk.ask('node.status')))
    const errors = talk.lines.map((line) => (line as Line).error?.code).filter((code) => code !== undefined)
    assert.deepEqual(errors, [-32700, -32700])
    await talk.connection.close()
  })

  it('refuses a line that is too long, skips it, and goes on', async () => {
    const talk = new Talk(node)
    talk.input.write('{"jsonrpc":"2.0","id":1,"method":"message.send","params":{"text":"' + 'x'.repeat(1024 * 1024))
    await until(() => talk.lines.some((line) => (line as Line).error !== undefined), 'the refusal, before the line has ended')
    talk.input.write('x'.repeat(1024 * 1024))
    talk.write('"}}', call('node.status', 2))
    assert.ok('result' in ((await talk.answer(2)) as Line))
    const errors = talk.lines.map((line) => (line as Line).error).filter((error) => error !== undefined)
    assert.deepEqual(errors.map(({ code }) => code), [-32600])
    assert.match(errors[0]!.message, /1048576 bytes/u)
    await talk.connection.close()
  })

  it('gives messages in the order in which they came, from a cursor on', async () => {
    const talk = new Talk(node)
    await talk.ask('room.create', { name: 'read on' })
    await talk.ask('room.create', { name: 'another' })
    const since = async (params: object): Promise<{ messages: { text: string }[]; cursor: string }> =>
      (await talk.ask('message.since', params)).result as { messages: { text: string }[]; cursor: string }
    let { cursor } = await since({ limit: 1000 })
    for (const room of ['read on', 'another']) for (const n of [1, 2, 3]) await talk.ask('message.send', { room, text: `${room} ${n}` })
    assert.deepEqual((await since({ cursor, rooms: ['another'], limit: 2 })).messages.map(({ text }) => text), ['another 1', 'another 2'])
    const read: string[] = []
    for (;;) {
      const page = await since({ cursor, limit: 2 })
      cursor = page.cursor
      if (page.messages.length === 0) break
      read.push(...page.messages.map(({ text }) => text))
    }
    assert.deepEqual(read, ['read on 1', 'read on 2', 'read on 3', 'another 1', 'another 2', 'another 3'])
    for (const wrong of ['999999999', 'x', '-1', '']) {
      assert.equal((await talk.ask('message.since', { cursor: wrong })).error?.data?.reason, 'not-found')
    }
    await talk.connection.close()
  })

  it('answers everything that came before the end of the input, the last line without its line end too', async () => {
    const talk = new Talk(node)
    talk.write(call('room.join', 1, { room: 'at the end' }), call('message.send', 2, { room: 'at the end', text: 'one' }))
    talk.input.end(JSON.stringify(call('message.send', 3, { room: 'at the end', text: 'two' })))
    assert.equal(await talk.ending(), 'eof')
    const ids = talk.lines.map((line) => (line as Line).id).filter((id) => id !== undefined)
    assert.deepEqual(ids, [1, 2, 3])
    const texts = talk.lines.map((line) => line as Line).filter((line) => line.method === 'message').map((line) => line.params?.['text'])
    assert.deepEqual(texts, ['one', 'two'])
  })

  it('asks for the end of the node only after the answer', async () => {
    const talk = new Talk(node)
    assert.equal((await talk.ask('node.shutdown')).result, true)
    assert.ok(talk.isShut)
    await talk.connection.close()
  })

  it('gives long histories in one answer', async () => {
    const talk = new Talk(node)
    await talk.ask('room.create', { name: 'long' })
    const count = 1500
    const sends = Array.from({ length: count }, (_, n) => call('message.send', n, { room: 'long', text: `line ${n}` }))
    talk.write(sends.slice(0, 750), sends.slice(750))
    await talk.answer(count - 1)
    const { result } = await talk.ask('message.history', { room: 'long', limit: 5000 })
    assert.deepEqual((result as { text: string }[]).map((message) => message.text), Array.from({ length: count }, (_, n) => `line ${n}`))
    await talk.connection.close()
  })

  /** The node, with a count of the histories that were made. */
  function counting(): { counted: RealNode; made: () => number } {
    let made = 0
    const history: typeof node.node.history = (query) => {
      made++
      return node.node.history(query)
    }
    return { counted: { ...node, node: { ...node.node, history } }, made: () => made }
  }

  /** Whatever can go on without a reader has gone on. */
  async function pause(): Promise<void> {
    const other = new Talk(node)
    for (let n = 0; n < 20; n++) await other.ask('node.status')
    await other.connection.close()
  }

  const histories = (count: number, limit = 200): object[] =>
    Array.from({ length: count }, (_, n) => call('message.history', n, { room: 'read slowly', limit }))

  describe('with a client that does not read', () => {
    before(async () => {
      await node.node.create({ name: 'read slowly' })
      for (let n = 0; n < 200; n++) await node.node.send({ room: 'read slowly', text: `${n} ${'x'.repeat(400)}` })
    })

    it('makes one answer at a time, whatever came in one piece, and all when it reads', async function () {
      this.timeout(20_000)
      const { counted, made } = counting()
      const talk = new Talk(counted, false)
      talk.write(...histories(500, 50))
      await until(() => made() > 0, 'the first answer')
      await pause()
      // 30 KB each: what the stream and we hold together is less than 128 KiB.
      assert.ok(made() <= 6, `${made()} answers made`)
      talk.read()
      await until(() => made() === 500, 'all answers')
      await talk.answer(499)
      assert.deepEqual(talk.lines.map((line) => (line as Line).id).filter((id) => id !== undefined), histories(500).map((_, n) => n))
      assert.equal(made(), 500)
      await talk.connection.close()
    })

    it('looks at no further line, of whatever method', async () => {
      const talk = new Talk(node, false)
      const before = node.node.status().nick
      talk.write(...histories(3), call('node.nick', 'nick', { nick: 'changed' }), call('node.nick', 'back', { nick: before }))
      await pause()
      talk.write(call('node.nick', 'last', { nick: 'last' }))
      await pause()
      assert.equal(node.node.status().nick, before)
      talk.read()
      await talk.answer('last')
      assert.equal(node.node.status().nick, 'last')
      node.node.setNick(before)
      await talk.connection.close()
    })

    it('makes the answers of a batch one after the other, and no more than one line may hold', async function () {
      this.timeout(20_000)
      const { counted, made } = counting()
      const talk = new Talk(counted, false)
      talk.write(...histories(3), histories(500))
      await pause()
      assert.ok(made() <= 3, `${made()} answers made`)
      talk.read()
      await until(() => talk.lines.some(Array.isArray), 'the batch')
      const batch = talk.lines.find((line) => Array.isArray(line))!
      assert.deepEqual(batch.map(({ id }) => id), histories(500).map((_, n) => n))
      const refused = batch.filter(({ error }) => error?.data?.reason === 'too-long').length
      const given = batch.filter(({ result }) => Array.isArray(result)).length
      assert.equal(given + refused, 500)
      assert.equal(made(), 3 + given)
      assert.ok(refused > 0 && JSON.stringify(batch).length < 17 * 1024 * 1024, `${refused} refused`)
      await talk.connection.close()
    })

    it('answers what came before the end of the input, when it reads at last', async function () {
      this.timeout(20_000)
      const talk = new Talk(node, false)
      talk.write(...histories(50))
      talk.input.end(JSON.stringify(call('node.status', 'last')))
      await pause()
      talk.read()
      assert.equal(await talk.ending(), 'eof')
      assert.deepEqual(talk.lines.map((line) => (line as Line).id).filter((id) => id !== undefined), [...histories(50).map((_, n) => n), 'last'])
    })
  })

  it('lets what takes its time hold up nothing else of a client that reads', async () => {
    let join: (() => void) | undefined
    const slow: typeof node.node.join = async (room) => {
      await new Promise<void>((resolve) => (join = resolve))
      return node.node.join(room)
    }
    const talk = new Talk({ ...node, node: { ...node.node, join: slow } })
    talk.write(
      call('room.join', 'join', { room: 'slow' }), call('message.history', 'after', { room: 'slow' }), call('node.status', 'status'),
      [call('room.join', 'batched', { room: 'slow' }), call('node.status', 'in a batch')], call('room.list', 'list')
    )
    await talk.answer('status')
    await talk.answer('list')
    assert.ok(!talk.lines.some((line) => Array.isArray(line) || line.id === 'join' || line.id === 'after'))
    join!()
    assert.ok('result' in ((await talk.answer('after')) as Line))
    await until(() => {
      join!()
      return talk.lines.some(Array.isArray)
    }, 'the batch')
    await talk.connection.close()
  })

  async function flood(room: string): Promise<void> {
    const text = 'x'.repeat(30_000)
    for (let n = 0; n < 800; n++) await node.node.send({ room, text })
  }

  it('leaves notifications out for a reader on stdio that does not read, answers it later, and says how many', async function () {
    this.timeout(30_000)
    const room = await node.node.create({ name: 'flood' })
    const talk = new Talk(node, false)
    // Beside the messages a nick or a delivery may be told.
    let others = 0
    const unsubscribe = node.node.subscribe((event) => {
      if (event.method !== 'message') others++
    })
    await flood(room.id)
    assert.ok(talk.output.writableLength < 20 * 1024 * 1024)
    talk.write({ jsonrpc: '2.0', id: 'late', method: 'node.nick', params: { nick: 'ann' } })
    talk.read()
    await talk.answer('late')
    const notice = (): Line | undefined => talk.lines.map((line) => line as Line).find((line) => line.method === 'notice')
    await until(() => notice() !== undefined, 'the notice')
    const { count: skipped, cursor } = notice()?.params as { count: number; cursor: string }
    const got = talk.lines.filter((line) => (line as Line).method === 'message').length
    unsubscribe()
    assert.ok(skipped > 0 && skipped + got >= 800 && skipped + got <= 800 + others, `${skipped} skipped, ${got} messages got, ${others} others`)
    assert.match(String(notice()?.params?.['text']), new RegExp(`^${skipped} notifications .*${cursor}`, 'u'))
    // What was left out, and nothing that had been told, is behind the cursor.
    const told = new Set(talk.lines.map((line) => line as Line).filter((line) => line.method === 'message').map((line) => line.params?.['id']))
    const caught: string[] = []
    for (let from = cursor; ; ) {
      const { result } = await talk.ask('message.since', { cursor: from, limit: 200 })
      const page = result as { messages: { id: string }[]; cursor: string }
      if (page.messages.length === 0) break
      caught.push(...page.messages.map(({ id }) => id))
      from = page.cursor
    }
    assert.deepEqual(caught.filter((id) => told.has(id)), [])
    assert.equal(new Set([...told, ...caught]).size, 800)
    await talk.connection.close()
  })

  it('tells a reader that was away that a sync is done, for each room once, and its answers all the same', async function () {
    this.timeout(30_000)
    const listeners: ((event: NodeEvent) => void)[] = []
    const status = node.node.status()
    const talking = { status: () => status, arrival: () => 0, subscribe: (listener: (event: NodeEvent) => void) => {
      listeners.push(listener)
      return () => undefined
    } }
    const talk = new Talk({ ...node, node: { ...node.node, ...talking } }, false)
    const tell = (event: NodeEvent): void => listeners[0]!(event)
    for (let n = 0; n < 200; n++) tell({ method: 'notice', params: { code: 'x', text: 'x'.repeat(100_000) } })
    for (const room of ['a', 'b', 'a']) {
      tell({ method: 'sync', params: { room, received: 2, done: false } })
      tell({ method: 'sync', params: { room, received: 2, done: true } })
    }
    talk.write(call('node.status', 'asked'))
    talk.read()
    await talk.answer('asked')
    await until(() => talk.lines.some((line) => (line as Line).params?.['code'] === 'skipped'), 'the notice')
    const after = talk.lines.map((line) => line as Line).filter(({ method }) => method === 'sync').map(({ params }) => params)
    assert.deepEqual(after, [{ room: 'a', received: 4, done: true }, { room: 'b', received: 2, done: true }])
    await talk.connection.close()
  })
})
