import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { escapeUnprintable, printableJson } from '../../src/core/text/json.ts'
import { socketPathOf } from '../../src/cli/socket-path.ts'
import { Homes, Program, run, until } from './program.ts'
import { RpcProgram } from './rpc-program.ts'

/** Everything that a terminal acts on though JSON lets it stand: DEL, all of C1, what turns text, separators, invisible signs. */
const SIGNS = [
  '\u007f', ...Array.from({ length: 32 }, (_, at) => String.fromCharCode(0x80 + at)), '\u061c', '\u200e', '\u200f', '\u2028', '\u2029', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e',
  '\u2066', '\u2067', '\u2068', '\u2069', '\u200b', '\ufeff', '\u{e0041}', '\u001b', '\u0007'
]
const HOSTILE = `${SIGNS.map((sign, at) => `${at}${sign}`).join('')}\u009b31mred\u009d0;owned\u009c`
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u

describe('JSON that goes out', function () {
  this.timeout(30_000)
  const homes = new Homes()
  after(async () => {
    await Program.endAll()
    homes.remove()
  })

  it('is the same to a parser, and holds nothing that a terminal acts on', () => {
    const value = { [HOSTILE]: [HOSTILE, { text: HOSTILE }], emoji: '👩‍👩‍👧 ❤️ é 漢' }
    const json = printableJson(value)
    assert.ok(!FORBIDDEN.test(json))
    assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(value)))
    assert.equal(printableJson({ a: 'é👩‍👩‍👧❤️' }), '{"a":"é👩‍👩‍👧❤️"}')
    assert.equal(escapeUnprintable('"\u{e0041}"'), '"\\udb40\\udc41"')
    assert.equal(JSON.parse(escapeUnprintable('"\u{e0041}"')), '\u{e0041}')
  })

  it('is so at every door: rpc, the socket, tail, history, rooms, id, doctor, verify, and in the log', async () => {
    const home = homes.path('ann\u009b')
    const log = homes.path('node.log')
    const ann = await RpcProgram.start(home, ['--nick', 'ann', '--log-file', log, '--log-level', 'debug'])
    const { id } = await ann.call<{ id: string }>('room.create', { name: 'lobby', topic: HOSTILE })
    await ann.call('message.send', { room: id, text: HOSTILE })
    await ann.answer('room.join', { room: HOSTILE })
    await ann.answer(HOSTILE, { [HOSTILE]: HOSTILE })
    ann.program.write(`${JSON.stringify({ jsonrpc: '2.0', id: HOSTILE, method: 'node.status' })}\n${HOSTILE}\n`)
    await until(() => ann.program.stdout.includes('is not JSON'), 'the refusal of what is no JSON')
    const bySocket = await readSocket(home)

    const archive = homes.path('lobby.p2p')
    const tail = new Program(['tail', 'lobby', '--json', '--since', '1h', '--home', home])
    await run(['export', 'lobby', archive, '--home', home])
    const commands = [['history', 'lobby', '--json'], ['rooms', '--json'], ['id', '--json'], ['doctor', '--json'], ['verify', archive, '--json', '--why']]
    const ended = await Promise.all(commands.map((words) => run([...words, '--home', home])))
    await tail.prints('red')
    const outputs = new Map(commands.map(([name = ''], at) => [name, ended[at]?.stdout ?? '']))
    for (const [door, text] of [...outputs, ['rpc', ann.program.stdout], ['socket', bySocket], ['tail', tail.stdout], ['log', readFileSync(log, 'utf8')]] as const) {
      assert.ok(text.length > 20, `${door} said nothing`)
      const found = FORBIDDEN.exec(text)
      assert.equal(found, null, `${door}: ${JSON.stringify(text.slice(Math.max(0, (found?.index ?? 0) - 40), (found?.index ?? 0) + 5))}`)
    }
    const [message] = JSON.parse(outputs.get('history') ?? '') as { text: string }[]
    assert.equal(message?.text, HOSTILE)
  })
})

async function readSocket(home: string): Promise<string> {
  const socket = connect(socketPathOf(home) ?? assert.fail('no socket'))
  let text = ''
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'message.history', params: { room: 'lobby' } })}\n`)
  await until(() => text.includes('"id":1'), 'an answer on the socket')
  socket.destroy()
  return text
}
