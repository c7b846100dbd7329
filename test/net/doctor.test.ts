/** What the doctor says on hosts on which something is wrong. Of names: names.test.ts; of relays: public-dht.test.ts. */
import assert from 'node:assert/strict'
import { Homes, Program, until } from '../cli/program.ts'
import { RpcProgram } from '../cli/rpc-program.ts'
import { createLan } from './namespaces.ts'
import type { Host, Lan } from './namespaces.ts'
import { runOn, say, statusOf } from './people.ts'

const NOBODY = '12D3KooWNX8Xu7b2nhkNVnUDL1XGQBk9SonaivaYDwdqJ35Dyck1'
const FIVE_MINUTES_FAST = 'data:text/javascript,const now=Date.now.bind(Date);Date.now=()=>now()+300000'

describe('the doctor, on a host where', function () {
  this.timeout(120_000)
  const homes = new Homes()
  let lan: Lan | undefined

  afterEach(async () => {
    await Program.endAll()
    lan?.remove()
    lan = undefined
  })
  after(() => {
    homes.remove()
  })

  const doctor = async (host: Host, home: string, ...more: string[]): Promise<string> =>
    (await runOn(host, 'doctor', '--home', homes.path(home), ...more)).stdout

  it('there is no route for multicast, or the bootstrap nodes are dead or others, says so', async () => {
    lan = createLan({ hosts: 2, multicastRoute: false })
    const [first, second] = lan.hosts as [Host, Host]
    const other = await RpcProgram.startOn(second.name, homes.path('other'), 'other', ['--listen', `/ip4/${second.address}/tcp/4001`])
    const at = (address: string): string[] => ['--bootstrap', `${address}/p2p/${NOBODY}`]
    const [alone, dead, wrong] = await Promise.all([
      doctor(first, 'alone'),
      doctor(first, 'dead', ...at('/ip4/10.77.0.2/tcp/1'), ...at('/ip4/10.88.0.9/tcp/1')),
      doctor(first, 'wrong', ...at(`/ip4/${second.address}/tcp/4001`))
    ])
    assert.match(alone, /^!! {2}local network +cannot be searched: there is no route for multicast \(224\.0\.0\.0\/4\)$/mu)
    assert.match(alone, /^What to do: Connect to a network; or let this computer find others on it: ip route add 224\.0\.0\.0\/4 dev /mu)
    assert.match(dead, /^!! {2}bootstrap nodes .*10\.77\.0\.2\S+ \(not reached: .*10\.88\.0\.9\S+ \(not reached: /mu)
    assert.match(dead, /^What to do: None of the bootstrap nodes answers: /mu)
    assert.match(wrong, /\(not reached: another node is there\)$/mu)
    assert.match(wrong, /^What to do: Ask who runs the bootstrap node for its address/mu)
    assert.equal((await statusOf(other)).peers.length, 0)
  })

  it('the clock is five minutes fast, says so to its person, and tells others nothing of anybody when redacted', async () => {
    lan = createLan({ hosts: 3 })
    const nicks = ['vittoria', 'wolfgang', 'xanthippe']
    const people = await Promise.all(lan.hosts.map((host, i) => RpcProgram.startOn(host.name, homes.path(`clock${i}`), nicks[i]!, [],
      i === 2 ? { NODE_OPTIONS: `--import "${FIVE_MINUTES_FAST}"` } : {})))
    for (const rpc of people) await rpc.call('room.join', { room: 'lobby' })
    await until(async () => (await Promise.all(people.map(statusOf))).every(({ peers }) => peers.length === 2), 'all are connected', 30_000)
    await say(people[0]!, 'hello')
    const fast = await doctor(lan.hosts[2]!, 'clock2')
    assert.match(fast, /^!! {2}clock +is (?:299|300|301) s ahead of that of others: messages are held back$/mu)
    assert.match(fast, /^What to do: Set the clock of this computer: /mu)
    const right = await doctor(lan.hosts[0]!, 'clock0')
    assert.doesNotMatch(right, /^What to do: Set the clock/mu)
    assert.match(right, /^ok {2}peers +\w+ \(12D3Koo\w+\) on this network, at \/ip4\/10\.77\.0\./mu)
    const statuses = await Promise.all(people.map(statusOf))
    const identities = await Promise.all(people.map((rpc) => rpc.call<{ identity: string; fingerprint: string }>('node.status')))
    const ids = identities.flatMap(({ identity, fingerprint }) => [identity, fingerprint])
    const secrets = ['10.77', ...nicks, ...statuses.map(({ peerId }) => peerId), ...ids]
    for (const more of [[], ['--json']]) {
      const redacted = await doctor(lan.hosts[2]!, 'clock2', '--redact', ...more)
      for (const secret of secrets) assert.ok(!redacted.includes(secret), `${secret} in ${redacted}`)
    }
  })
})
