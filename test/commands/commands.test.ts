import { strict as assert } from 'node:assert'
import type { CommandContext } from '../../src/commands/command.ts'
import { commands, runLine } from '../../src/commands/index.ts'
import type { NodeClient, RoomView } from '../../src/engine/api.ts'
import { createLocalClient } from '../../src/rpc/local-client.ts'
import { until } from '../cli/program.ts'
import { startRealNode, type RealNode } from '../cli/real-node.ts'

/** A face that remembers. */
class Face {
  readonly client: NodeClient
  readonly printed: string[] = []
  /** Where it stands that was printed, by room. */
  readonly places: (string | undefined)[] = []
  front: RoomView | undefined
  isQuit = false
  saved = ''

  constructor(client: NodeClient) {
    this.client = client
  }

  /** What the line printed, and whether it was carried out. */
  async type(line: string): Promise<{ text: string; ok: boolean }> {
    this.printed.length = 0
    this.places.length = 0
    const { front } = this
    const context: CommandContext = {
      client: this.client,
      room: front,
      print: (text, room = front?.id) => {
        this.printed.push(text)
        this.places.push(room)
      },
      show: (room) => (this.front = room),
      hide: (id) => {
        if (this.front?.id === id) this.front = undefined
      },
      quit: () => (this.isQuit = true),
      saveFile: async (path, text) => {
        for await (const piece of text) this.saved += piece
        return path
      }
    }
    const ok = await runLine(context, line)
    return { text: this.printed.join('\n'), ok }
  }

  async texts(): Promise<string[]> {
    return (await this.client.call('message.history', { room: this.front!.id })).map((message) => `${message.kind} ${message.text}`)
  }
}

describe('slash commands', () => {
  let ann: RealNode
  let bob: RealNode
  let face: Face
  before(async () => {
    ann = await startRealNode('ann')
    bob = await startRealNode('bob', [ann.node.status().addresses[0]!])
  })
  beforeEach(() => {
    face = new Face(createLocalClient(ann.node))
  })
  after(async () => {
    await bob.close()
    await ann.close()
  })

  it('enter, say, act, read back and leave a room', async () => {
    const made = await face.type('/join lobby')
    assert.match(made.text, /^Nobody was in lobby yet, so you made it\. [^]*\np2pr1[a-z0-9]+$/u)
    assert.deepEqual(await face.type('/join lobby'), { text: 'You are in lobby; nobody else is here yet.', ok: true })
    assert.equal(face.front?.handle, 'lobby')
    const lines = ['hello', '//etc/passwd is a file', '/me waves  twice', '  indented', '/ME too']
    for (const line of lines) assert.equal((await face.type(line)).ok, true)
    const said = ['say hello', 'say /etc/passwd is a file', 'action waves  twice', 'say   indented', 'action too']
    assert.deepEqual(await face.texts(), said)
    assert.match((await face.type('/history 3')).text, /^\[\d\d:\d\d\] \* ann waves {2}twice\n\[\d\d:\d\d\] ann: {3}indented\n\[\d\d:\d\d\] \* ann too$/u)
    assert.deepEqual(await face.type('/leave'), { text: 'You left lobby.', ok: true })
    assert.equal(face.front, undefined)
  })

  it('show the token of a new room there, and not in the room where it was asked for', async () => {
    await face.type('/join where it is typed')
    for (const line of ['/join by joining', '/create by creating']) {
      const typedIn = face.front!.id
      assert.match((await face.type(line)).text, /p2pr1/u)
      assert.notEqual(face.front?.id, typedIn)
      assert.deepEqual(face.places, [face.front?.id])
    }
  })

  it('create a room, with the token shown once, and names with blanks', async () => {
    const { text } = await face.type('/create our place open')
    assert.match(text, /^You created our place\. [^]*\np2pr1[a-z0-9]+$/u)
    assert.match((await face.type('/join "our place"')).text, /^You are in our place;/u)
    assert.match((await face.type('/rooms')).text, /^ROOM +ROLE +PEOPLE +UNREAD +TOPIC\n[^]*our place +owner +1 of 1 online/u)
    const passcode = await face.type('/create closed passcode')
    assert.equal(passcode.ok, false)
    assert.match(passcode.text, /passcode/u)
  })

  it('show who is there and who somebody is', async () => {
    await face.type('/create people')
    const room = face.front!.id
    await until(() => bob.node.status().peers.length > 0, 'bob is connected')
    await bob.node.join('people')
    await until(() => ann.node.members(room).length === 2, 'bob is in the room')
    assert.match((await face.type('/who')).text, /^people: 2 people\nann +owner +online\nbob +online$/u)
    const { identity, fingerprint } = bob.node.status()
    for (const word of ['bob', 'BOB', fingerprint, identity, identity.slice(0, 8)]) {
      const { text } = await face.type(`/whois ${word}`)
      assert.ok(text.includes(identity) && text.includes(fingerprint), text)
    }
    const unknown = await face.type('/whois eve')
    assert.deepEqual(unknown, { text: 'Nobody here is called eve; /who lists who is.', ok: false })
  })

  it('take a new nick, and refuse one that is none', async () => {
    assert.deepEqual(await face.type('/nick anna'), { text: 'You are anna now.', ok: true })
    assert.equal(ann.node.status().nick, 'anna')
    const refused = await face.type('/nick two words')
    assert.equal(refused.ok, false)
    assert.match(refused.text, /spaces/u)
    await face.type('/nick ann')
  })

  it('explain themselves', async () => {
    const { text } = await face.type('/help')
    for (const command of commands) assert.ok(text.includes(command.usage), command.usage)
    assert.match((await face.type('/help join')).text, /^\/join ROOM\|LINK\n/u)
    assert.match((await face.type('/help /join')).text, /^\/join ROOM\|LINK\n/u)
    assert.match((await face.type('/help keys')).text, /Enter/u)
    assert.match((await face.type('/help jion')).text, /did you mean \/join\?/u)
  })

  it('echo, tell the time, and quit', async () => {
    assert.deepEqual(await face.type('/echo a  b\u001b[31m'), { text: 'a  b␛[31m', ok: true })
    assert.match((await face.type('/time')).text, /\d{4}-\d\d-\d\dT/u)
    assert.equal(face.isQuit, false)
    await face.type('/quit')
    assert.equal(face.isQuit, true)
  })

  const wrong: [string, RegExp][] = [
    ['/jion lobby', /^There is no command \/jion; did you mean \/join\?$/u],
    ['/frobnicate', /^There is no command \/frobnicate; \/help lists the commands\.$/u],
    ['/', /^There is no command \/; \/help lists/u],
    ['/join', /^Which room\?\nUsage: \/join ROOM\|LINK$/u],
    ['/whois', /^Whom do you mean\?\nUsage: \/whois NICK$/u],
    ['/whois a b', /^"b" is more than it takes\.\nUsage: /u],
    ['/who now', /^It takes nothing after its name\.\nUsage: \/who$/u],
    ['/who', /^You are in no room; \/join one first\.\nUsage: \/who$/u],
    ['/me waves', /^You are in no room/u],
    ['/history 0', /^COUNT is a whole number/u],
    ['hello?', /^You are in no room yet; enter one by \/join NAME\.$/u]
  ]
  for (const [line, expected] of wrong) {
    it(`say what was wrong with ${line}`, async () => {
      const { text, ok } = await face.type(line)
      assert.equal(ok, false)
      assert.match(text, expected)
    })
  }

  it('do nothing for an empty line', async () => {
    assert.deepEqual(await face.type('   '), { text: '', ok: true })
  })

  it('are each in the table once, under the name of their usage, with a summary', () => {
    const names = commands.map((command) => command.name)
    assert.equal(new Set(names).size, names.length)
    for (const command of commands) {
      assert.match(command.usage, new RegExp(`^/${command.name}( |$)`, 'u'))
      assert.match(command.summary, /^[A-Z].*\.$/u)
    }
  })
})
