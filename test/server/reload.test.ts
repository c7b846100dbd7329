/** A server whose configuration file is written anew while it runs. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Homes, Program } from '../cli/program.ts'
import { eventually, startServer, startUser } from './server-program.ts'
import type { ServerProgram } from './server-program.ts'

const ID = 'ab'.repeat(32)

describe('a server that is told to read its configuration anew', function () {
  this.timeout(60_000)
  const homes = new Homes()
  afterEach(() => Program.endAll())
  after(() => {
    homes.remove()
  })

  function configure(home: string, ...lines: readonly string[]): void {
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'config.toml'), lines.join('\n') + '\n')
  }

  /** Resolves to what it says of it; everything that it said before is left out. */
  async function reload(server: ServerProgram): Promise<string> {
    const { program } = server.rpc
    const before = program.stderr.length
    const said = (): string | undefined => /^The configuration .*$/mu.exec(program.stderr.slice(before))?.[0]
    program.child.kill('SIGHUP')
    await eventually(async () => said() !== undefined, 'it says what became of it')
    return said()!
  }

  it('takes what can change, says what that was, and names what takes a restart', async () => {
    const home = homes.path('s1')
    configure(home, 'nick = "harbour"')
    const [server, friend] = [await startServer(home), await startServer(homes.path('f1'))]
    const ann = await startUser(homes.path('ann1'), 'ann', [server])
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length === 1, 'ann is there')
    const { identity } = await ann.call<{ identity: string }>('node.status')
    const list = homes.path('list')
    writeFileSync(list, `${identity}\n`)
    configure(home,
      'nick = "quay"', `federate = ["${friend.address}"]`, `operator = ["${identity.toUpperCase()}"]`, `allow-list = "${list}"`, 'metrics-port = 0',
      'log-level = "info"', 'public-address = "/dns4/chat.example.org/tcp/4001"', 'dht = false')
    const said = await reload(server)
    for (const part of [
      'nick: harbour, now quay', `federate: + ${friend.address}`, `operator: + ${identity}`, `allow-list: not set, now ${list}`,
      'metrics-port: not set, now 0', 'log-level: warn, now info', 'It takes a restart for public-address, dht.'
    ]) assert.ok(said.includes(part), `${part} in: ${said}`)
    // Who is there sees the name; who is authorised commands.
    const known = () => ann.call<{ nick: string }[]>('server.known')
    await eventually(async () => (await known())[0]?.nick === 'quay', 'ann sees the new name')
    assert.equal((await ann.call<unknown[]>('server.operators', { server: server.peerId })).length, 1)
    assert.equal((await server.rpc.answer('server.disallow', { who: identity })).error?.data?.reason, 'configured')
    assert.deepEqual((await server.rpc.call<{ peerId: string; by: string }[]>('server.federation')).map(({ peerId, by }) => [peerId, by]), [[friend.peerId, 'configuration']])
    await friend.rpc.notified('notice', ({ code }) => code === 'federation')
    await server.rpc.program.prints(/Metrics are at http:\/\/127\.0\.0\.1:\d+\/metrics/u, 'stderr')
    const [, port] = /127\.0\.0\.1:(\d+)\/metrics/u.exec(server.rpc.program.stderr)!
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text(), 'ok\n')
    // Who is not on the list is turned away; an attached console is told as well.
    const bob = await startUser(homes.path('bob1'), 'bob', [server])
    await bob.notified('notice', ({ code }) => code === 'server-refused')
    await server.rpc.notified('notice', ({ code, text }) => code === 'reload' && text === said)
    // And all of it back again; what takes a restart is still named.
    configure(home, 'nick = "quay"', 'dht = false')
    const back = await reload(server)
    for (const part of [`federate: - ${friend.address}`, `operator: - ${identity}`, 'now not set', 'log-level: info, now warn', 'a restart for dht.']) {
      assert.ok(back.includes(part), `${part} in: ${back}`)
    }
    assert.deepEqual(await server.rpc.call('server.federation'), [])
    assert.equal((await ann.answer('server.users', { server: server.peerId })).error?.data?.reason, 'not-authorised')
    await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`))
    await bob.program.end()
    const again = await startUser(homes.path('bob1'), 'bob', [server])
    await eventually(async () => (await server.rpc.call<unknown[]>('server.users')).length >= 2, 'bob is served')
    assert.match(await reload(server), /nothing that takes effect at once has changed.*a restart for dht\.$/u)
    assert.equal(again.notifications('notice').some(({ code }) => code === 'server-refused'), false)
  })

  it('refuses a file with a mistake in a sentence, takes nothing of it, and goes on', async () => {
    const home = homes.path('s2')
    configure(home, 'nick = "harbour"', `operator = ["${ID}"]`)
    const server = await startServer(home)
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    const peer = '12D3KooWHKUZ8TP9nqoD61k7BD4UosDGa8aJYCEX9bdnbPF7j42Q'
    const many = Array.from({ length: 17 }, (_, n) => `"/ip4/192.0.2.${n}/tcp/1/p2p/12D3KooWHKUZ8TP9nqoD61k7BD4UosDGa8aJYCEX9bdnbPF7j4${'23456789ABCDEFGHJ'[n]}"`)
    for (const [line, sentence] of [
      ['federate = [', /line 3/u],
      ['federate = ["/ip4/192.0.2.1/tcp/4001"]', /federate: .*add \/p2p\//u],
      [`federate = ["${server.address}"]`, /is this node itself/u],
      [`federate = ["/ip4/192.0.2.1/udp/1/p2p/${peer}"]`, /line 2.*TCP only/u],
      [`federate = [${many.join()}]`, /federate/u],
      ['operator = ["me"]', /line 2 must be an identity/u],
      ['log-level = "loud"', /line 2 must be one of/u],
      ['allow-list = "/nowhere/at/all"', /cannot be read/u],
      [`metrics-port = ${port}`, /cannot be listened on/u],
      ['metric-port = 1', /did you mean "metrics-port"/u]
    ] as const) {
      configure(home, 'nick = "quay"', line)
      const said = await reload(server)
      assert.match(said, sentence)
      assert.match(said, /^The configuration was not taken: .*All stays as it was\.$/u)
    }
    assert.equal((await server.rpc.call<{ nick: string }>('node.status')).nick, 'harbour')
    assert.deepEqual((await server.rpc.call<{ identity: string }[]>('server.operators')).map(({ identity }) => identity), [ID])
    configure(home, 'nick = "quay"', `operator = ["${ID}"]`)
    assert.match(await reload(server), /: nick: harbour, now quay\.$/u)
    taken.close()
  })
})
