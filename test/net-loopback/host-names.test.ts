/** Names in addresses, with name servers that are made up. With real ones: test/net/names.test.ts. */
import assert from 'node:assert/strict'
import { multiaddr } from '@multiformats/multiaddr'
import { MAX_DNSADDR_ADDRESSES, MAX_DNSADDR_QUERIES, VAIN_DIAL_BURST } from '../../src/core/record/limits.ts'
import { DialBudget } from '../../src/network/dial-budget.ts'
import { dialError } from '../../src/network/network-error.ts'
import { HostNames } from '../../src/network/names/host-names.ts'
import { Lane } from '../../src/network/names/lane.ts'
import type { SystemNames } from '../../src/network/names/system.ts'
import { until } from './nodes.ts'

const SELF = '12D3KooWG8cMPNZbc4o3CcHaRmfMm8geFadnUEwmxyVqN4t4RKJC'
const ONE = '12D3KooWNX8Xu7b2nhkNVnUDL1XGQBk9SonaivaYDwdqJ35Dyck1'
const TWO = '12D3KooWKrJvNfAbcYkAmmqUzNFf84CF19id5EetR8Pfg4bKYwV5'

const INIT = { selfId: SELF, random: Math.random }

type Hosts = Record<string, readonly string[]>

/** Name servers that know this and nothing else; what was asked is written down. */
class Servers implements SystemNames {
  readonly asked: string[] = []
  readonly #hosts: Hosts
  readonly #records: Hosts

  constructor(hosts: Hosts, records: Hosts = {}) {
    this.#hosts = hosts
    this.#records = records
  }

  readonly addresses: SystemNames['addresses'] = async (host, family) => {
    this.asked.push(`${host} ${family}`)
    const found = (this.#hosts[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
      .filter((one) => family === 0 || one.family === family)
    if (found.length === 0) throw Object.assign(new Error('no'), { code: 'ENOTFOUND' })
    return found
  }

  readonly texts: SystemNames['texts'] = async (domain) => {
    this.asked.push(domain)
    const found = this.#records[domain.replace('_dnsaddr.', '')]
    if (found === undefined) throw Object.assign(new Error('no'), { code: 'ENODATA' })
    return [...found]
  }
}

describe('host names in addresses', () => {
  const names = (system: SystemNames): HostNames => new HostNames({ ...INIT, chosen: [], onChosen: () => undefined }, system)
  const resolve = async (system: SystemNames, address: string): Promise<string[]> => {
    assert.ok(names(system).canResolve(multiaddr(address)), address)
    return (await names(system).resolve(multiaddr(address))).map(String).sort()
  }

  it('lead to addresses of the kind that they say, both in turn where they say none', async () => {
    const servers = new Servers({ 'a.example': ['45.10.0.1', '45.10.0.2', '2001:db8::1'] })
    assert.deepEqual(await resolve(servers, `/dns4/a.example/tcp/1/p2p/${ONE}`), [`/ip4/45.10.0.1/tcp/1/p2p/${ONE}`, `/ip4/45.10.0.2/tcp/1/p2p/${ONE}`])
    assert.deepEqual(await resolve(servers, '/dns6/a.example/tcp/1'), ['/ip6/2001:db8::1/tcp/1'])
    const both = (await names(servers).resolve(multiaddr('/dns/a.example/tcp/1'))).map(String)
    assert.deepEqual(both.map((address) => address.slice(0, 4)), ['/ip6', '/ip4', '/ip4'])
  })

  it('are not looked up for who is reached through a relay, which is connected', () => {
    assert.equal(names(new Servers({})).canResolve(multiaddr(`/dns4/a.example/tcp/1/p2p/${ONE}/p2p-circuit/p2p/${TWO}`)), false)
  })

  it('of /dnsaddr lead to all that their records name, or to one peer of these', async () => {
    const records = { 'boot.example': [`dnsaddr=/ip4/45.10.0.1/tcp/1/p2p/${ONE}`, `dnsaddr=/dns4/b.example/tcp/2/p2p/${TWO}`, `dnsaddr=/ip4/1.1.1.1/tcp/3/p2p/${SELF}`] }
    const servers = new Servers({ 'b.example': ['45.10.0.2'] }, records)
    assert.deepEqual(await resolve(servers, '/dnsaddr/boot.example'), [`/ip4/45.10.0.1/tcp/1/p2p/${ONE}`, `/ip4/45.10.0.2/tcp/2/p2p/${TWO}`])
    assert.deepEqual(await resolve(servers, `/dnsaddr/boot.example/p2p/${TWO}`), [`/ip4/45.10.0.2/tcp/2/p2p/${TWO}`])
  })

  it('of /dnsaddr are spread over their records by chance', async () => {
    const servers = new Servers({}, { 'boot.example': [`dnsaddr=/ip4/45.10.0.1/tcp/1/p2p/${ONE}`, `dnsaddr=/ip4/45.10.0.2/tcp/1/p2p/${TWO}`] })
    const firsts = new Set<string>()
    for (let i = 0; i < 64; i++) firsts.add(String((await names(servers).resolve(multiaddr('/dnsaddr/boot.example')))[0]))
    assert.equal(firsts.size, 2)
  })

  it('of /dnsaddr survive junk beside what is good', async () => {
    const good = `dnsaddr=/ip4/45.10.0.1/tcp/1/p2p/${ONE}`
    const junk = ['v=spf1 -all', 'dnsaddr=', 'dnsaddr=/', 'dnsaddr=/ip4/999.1.1.1/tcp/1', 'dnsaddr=/ip4/1.2.3.4/udp/1/quic-v1', 'dnsaddr=/ip4/1.2.3.4/tcp/1/p2p/no',
      `dnsaddr=/dns4/${'x'.repeat(600)}/tcp/1`, `dnsaddr=/ip4/1.2.3.4/tcp/443/tls/ws/p2p/${ONE}`, '\u0000', `dnsaddr=/p2p/${ONE}`, 'dnsaddr=/ip4/1.2.3.4/tcp/0']
    assert.deepEqual(await resolve(new Servers({}, { 'boot.example': [...junk, good] }), '/dnsaddr/boot.example'), [good.slice('dnsaddr='.length)])
  })

  it('of /dnsaddr that name each other come to an end, and what is good in the circle is found', async () => {
    const servers = new Servers({}, {
      'a.example': ['dnsaddr=/dnsaddr/b.example', 'dnsaddr=/dnsaddr/A.example', 'dnsaddr=/dnsaddr/gone.example'],
      'b.example': ['dnsaddr=/dnsaddr/a.example', 'dnsaddr=/dnsaddr/b.example', `dnsaddr=/ip4/45.10.0.1/tcp/1/p2p/${ONE}`]
    })
    assert.deepEqual(await resolve(servers, '/dnsaddr/a.example'), [`/ip4/45.10.0.1/tcp/1/p2p/${ONE}`])
    assert.deepEqual(servers.asked.sort(), ['_dnsaddr.a.example', '_dnsaddr.b.example', '_dnsaddr.gone.example'])
  })

  it('of /dnsaddr with hundreds of records cost a bounded number of questions and addresses', async () => {
    const many = Array.from({ length: 600 }, (_, i) => `dnsaddr=/ip4/45.10.${i >> 8}.${i & 255}/tcp/1/p2p/${ONE}`)
    assert.equal((await resolve(new Servers({}, { 'boot.example': many }), '/dnsaddr/boot.example')).length, MAX_DNSADDR_ADDRESSES)
    // A tree of names without end.
    const endless = new Servers({}, new Proxy({}, { get: (_, name) => [1, 2, 3].map((i) => `dnsaddr=/dnsaddr/${i}.${String(name)}`) }))
    assert.deepEqual(await resolve(endless, '/dnsaddr/boot.example'), [])
    assert.equal(endless.asked.length, MAX_DNSADDR_QUERIES)
    const named = new Servers({}, { 'boot.example': Array.from({ length: 500 }, (_, i) => `dnsaddr=/dns4/h${i}.example/tcp/1`) })
    await resolve(named, '/dnsaddr/boot.example')
    assert.equal(named.asked.length, 1 + MAX_DNSADDR_ADDRESSES)
  })

  it('that lead nowhere say why, in a sentence, and no more when they lead somewhere', async () => {
    const hosts: Record<string, string[]> = {}
    const servers = new Servers(hosts, { 'empty.example': ['hello'] })
    const book = names(servers)
    const why = async (address: string): Promise<string | undefined> => {
      await book.resolve(multiaddr(address))
      const problem = book.problemOf(address)
      return problem === undefined ? undefined : dialError(address, new Error('none'), problem).message
    }
    assert.equal(await why('/dns4/a.example/tcp/1'), 'The host name in /dns4/a.example/tcp/1 does not exist.')
    assert.equal(await why('/dnsaddr/gone.example'), 'The host name in /dnsaddr/gone.example does not exist.')
    assert.equal(await why(`/dnsaddr/empty.example/p2p/${ONE}`), `/dnsaddr/empty.example/p2p/${ONE} leads to no address that this node can dial.`)
    hosts['a.example'] = ['45.10.0.1']
    assert.equal(await why('/dns4/a.example/tcp/1'), undefined)
    const deaf: SystemNames = { addresses: () => Promise.reject(Object.assign(new Error('x'), { code: 'EAI_AGAIN' })), texts: () => Promise.reject(new Error('x')) }
    const lost = names(deaf)
    await lost.resolve(multiaddr('/dns4/a.example/tcp/1'))
    assert.equal(lost.problemOf('/dns4/a.example/tcp/1'), 'no-resolver')
  })

  it('of the configuration may be dialled as often as it takes, wherever they lead; those of others not', async () => {
    const chosen = [multiaddr('/dns4/a.example/tcp/1'), multiaddr('/dnsaddr/boot.example')]
    const budget = new DialBudget(chosen, () => 0)
    const system = new Servers({ 'a.example': ['45.10.0.1'], 'b.example': ['45.10.0.2'], 'c.example': ['45.10.0.3'] }, { 'boot.example': ['dnsaddr=/dns4/c.example/tcp/1'] })
    const book = new HostNames({ ...INIT, chosen, onChosen: (address) => budget.named(address) }, system)
    for (const [address, free] of [['/dns4/a.example/tcp/1', true], ['/dns4/b.example/tcp/1', false], ['/dnsaddr/boot.example', true]] as const) {
      const [to] = await book.resolve(multiaddr(address))
      assert.equal(Array.from({ length: VAIN_DIAL_BURST + 1 }, () => budget.take(to!)).every(Boolean), free, address)
    }
  })

  it('that hang keep their place and no other, and are asked for once for all who wait', async () => {
    const lane = new Lane(1)
    const { promise, resolve: answer } = Promise.withResolvers<string>()
    let begun = 0
    const work = (): Promise<string> => {
      begun++
      return promise
    }
    const impatient = new AbortController()
    const first = lane.run('a', work, impatient.signal)
    const second = lane.run('a', work, new AbortController().signal)
    const third = lane.run('b', () => Promise.resolve('other'), new AbortController().signal)
    impatient.abort(new Error('too late'))
    await assert.rejects(first, /too late/u)
    await until(() => begun === 1, 'it is asked')
    answer('late')
    assert.deepEqual(await Promise.all([second, third]), ['late', 'other'])
    assert.equal(begun, 1)
  })
})
