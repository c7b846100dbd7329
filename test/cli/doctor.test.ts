import assert from 'node:assert/strict'
import { advice, findings } from '../../src/cli/doctor.ts'
import { redact } from '../../src/cli/redact.ts'
import type { NodeReach } from '../../src/engine/reach-view.ts'
import { ALONE, Homes, run } from './program.ts'

const SELF = '12D3KooWG8cMPNZbc4o3CcHaRmfMm8geFadnUEwmxyVqN4t4RKJC'
const SERVER = '12D3KooWNX8Xu7b2nhkNVnUDL1XGQBk9SonaivaYDwdqJ35Dyck1'
const BOB = '12D3KooWKrJvNfAbcYkAmmqUzNFf84CF19id5EetR8Pfg4bKYwV5'

const WELL: NodeReach = {
  version: '1.2.3',
  peerId: SELF,
  uptimeMs: 20_000,
  nat: 'private',
  listening: [`/ip4/192.168.7.9/tcp/4444/p2p/${SELF}`],
  announced: [`/ip4/45.10.0.1/tcp/4001/p2p/${SERVER}/p2p-circuit/p2p/${SELF}`],
  mdns: 'on',
  bootstrap: [{ address: `/dns4/chat.secret-host.org/tcp/4001/p2p/${SERVER}`, connected: true }],
  named: [],
  dht: { mode: 'client', peers: 1 },
  relays: [SERVER],
  strangeRelays: 0,
  mapped: ['/ip4/52.20.0.1/tcp/4444'],
  holePunching: { succeeded: 1, failed: 2 },
  clock: { comparedWith: 2, aheadMs: 400 },
  peers: [
    { peerId: SERVER, address: `/ip4/45.10.0.1/tcp/4001/p2p/${SERVER}`, path: 'direct' },
    { peerId: BOB, nick: 'bobby', identity: 'ab'.repeat(32), address: `/ip4/45.10.0.1/tcp/4001/p2p/${SERVER}/p2p-circuit/p2p/${BOB}`, path: 'relay' }
  ]
}

describe('the doctor', () => {
  const homes = new Homes()
  after(() => {
    homes.remove()
  })

  it('has nothing to say where all is well', () => {
    assert.equal(advice(WELL), 'Nothing: this works.')
    assert.deepEqual(findings(WELL).filter(({ state }) => state === 'bad'), [])
  })

  it('says that the home runs twice, and where', () => {
    const facts: NodeReach = { ...WELL, elsewhere: { address: '/ip4/45.10.0.9/tcp/4188\u001b[2J' } }
    const finding = findings(facts).find(({ about }) => about === 'copies')
    assert.equal(finding?.state, 'bad')
    assert.match(finding.text, /^a copy of this home is online at \/ip4\/45\.10\.0\.9\/tcp\/4188/u)
    assert.match(advice(facts), /^End this p2pchat or the copy of its home at/u)
    assert.doesNotMatch(finding.text + advice(facts), /\u001b/u)
    assert.doesNotMatch(JSON.stringify(redact(facts)), /45\.10\.0\.9/u)
  })

  it('says which named peer is not reached and why, and which interfaces are not searched', () => {
    const address = '/ip4/45.10.0.1/tcp/4188'
    for (const [problem, why, help] of [
      ['timeout', 'it does not answer', /^Check that the node named with --peer runs/u],
      ['wrong-peer', 'another node is there', /^Ask the one who is named/u],
      ['self', 'it is this node', /^Name another node/u]
    ] as const) {
      const facts: NodeReach = { ...WELL, bootstrap: [], peers: [], named: [{ address, connected: false, problem }] }
      const finding = findings(facts).find(({ about }) => about === 'named peers')
      assert.deepEqual(finding, { about: 'named peers', state: 'bad', text: `${address} (not reached: ${why})` })
      assert.match(advice(facts), help)
      assert.doesNotMatch(JSON.stringify(redact(facts)), /45\.10\.0\.1\/tcp\/4188/u)
    }
    const missed = findings({ ...WELL, mdnsMissed: ['veth1', 'veth2', 'veth3', 'veth4', 'veth5', 'veth6'] }).find(({ about }) => about === 'local network')
    assert.equal(missed?.state, 'bad')
    assert.match(missed.text, /veth1 veth2 veth3 veth4 veth5 and 1 more/u)
  })

  it('names the one thing that helps most', () => {
    const cases: [Partial<NodeReach>, RegExp][] = [
      [{ clock: { comparedWith: 3, aheadMs: -300_000 } }, /^Set the clock/],
      [{ bootstrap: [{ address: '/ip4/45.10.0.1/tcp/1', connected: false }], relays: [] }, /^None of the bootstrap nodes answers/],
      [{ mdns: 'no-multicast', peers: [], bootstrap: [] }, /224\.0\.0\.0\/4/],
      [{ peers: [], bootstrap: [] }, /--bootstrap/],
      [{ listening: [] }, /^Let this node listen/],
      [{ relays: [] }, /^Open TCP port 4444/],
      [{ strangeRelays: 1 }, /relays of strangers cut/]
    ]
    for (const [change, wanted] of cases) assert.match(advice({ ...WELL, ...change }), wanted)
  })

  it('redacted, tells no address, peer id, host name or nick, and still who is who', () => {
    const shown = redact(WELL)
    const text = JSON.stringify([shown, findings(shown), advice(shown)])
    for (const secret of [SELF, SERVER, BOB, 'bobby', 'secret-host', '192.168', '45.10', '52.20', 'abab']) assert.ok(!text.includes(secret), secret)
    assert.deepEqual(shown.relays, [shown.peers[0]!.peerId])
    assert.equal(shown.peers[1]!.address, '[ip4 public port 4001, relayed]')
    assert.deepEqual(shown.listening, ['[ip4 private port 4444]'])
  })

  it('examines a node that it starts, for people and as JSON', async () => {
    const words = ['doctor', '--home', homes.path('a'), ...ALONE]
    const people = await run(words)
    assert.equal(people.code, 0, people.stderr)
    assert.match(people.stdout, /^ok {2}listening +on \/ip4\/127\.0\.0\.1\/tcp\/\d+$/m)
    assert.match(people.stdout, /^What to do: Nobody is here yet\./m)
    const json = await run([...words, '--json', '--redact'])
    const facts = JSON.parse(json.stdout) as NodeReach & { advice: string }
    assert.equal(facts.mdns, 'off')
    assert.deepEqual(facts.listening.map((address) => address.replace(/\d{2,}/u, 'N')), ['[ip4 loopback port N]'])
  }).timeout(30_000)
})
