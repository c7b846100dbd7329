import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface LockedPackage {
  version?: string
  resolved?: string
  hasInstallScript?: boolean
  gypfile?: boolean
  dev?: boolean
}

const root = join(import.meta.dirname, '..', '..')
const text = readFileSync(join(root, 'package-lock.json'), 'utf8')
const { packages } = JSON.parse(text) as { packages: Record<string, LockedPackage> }

/** Every locked copy of a package, also those nested below others. */
function locked(name: string): string[] {
  return Object.entries(packages)
    .filter(([path]) => path.endsWith(`node_modules/${name}`))
    .map(([, { version }]) => version ?? '')
}

function atLeast(version: string, floor: string): boolean {
  const [has, needs] = [version, floor].map((each) => each.split('-')[0]!.split('.').map(Number))
  for (let i = 0; i < 3; i++) {
    if (has![i] !== needs![i]) return has![i]! > needs![i]!
  }
  return !version.includes('-')
}

/** The first versions without a known hole, and what the hole was. */
const floors: [name: string, floor: string, why: string][] = [
  ['@libp2p/gossipsub', '16.0.5', 'CVE-2026-46679 and unbounded control messages'],
  ['@libp2p/kad-dht', '16.4.0', 'CVE-2026-45783: anyone fills the disk'],
  ['@libp2p/crypto', '5.1.22', 'CVE-2026-110789: a tiny RSA key stalls the loop through identify'],
  ['ws', '8.21.0', 'known denial of service']
]

/**
 * Packages that may run a script when installed, none of which compiles anything: that of `node` puts the runtime in its place, that of `esbuild` looks
 * whether its program, a package of its own, runs. Both are for work on the project; nothing of theirs is installed with it.
 */
const mayRunScripts = ['node_modules/esbuild', 'node_modules/node']

describe('lockfile', () => {
  it('compares versions as numbers', () => {
    assert.equal(atLeast('16.0.5', '16.0.5'), true)
    assert.equal(atLeast('16.0.10', '16.0.5'), true)
    assert.equal(atLeast('17.0.0', '16.9.9'), true)
    assert.equal(atLeast('16.0.4', '16.0.5'), false)
    assert.equal(atLeast('5.1.9', '5.1.22'), false)
    assert.equal(atLeast('16.0.5-rc.1', '16.0.5'), false)
  })

  for (const [name, floor, why] of floors) {
    it(`has ${name} from ${floor} on, or not at all (${why})`, () => {
      for (const version of locked(name)) assert.ok(atLeast(version, floor), `${name} is ${version}`)
    })
  }

  it('has gossipsub and crypto, whose floors would otherwise say nothing', () => {
    for (const name of ['@libp2p/gossipsub', '@libp2p/crypto']) assert.equal(locked(name).length, 1, name)
  })

  it('holds no package that runs a script or a compiler at install, but for two that compile nothing', () => {
    const scripted = Object.entries(packages).filter(([, entry]) => entry.hasInstallScript === true || entry.gypfile === true)
    assert.deepEqual(scripted.map(([path]) => path), mayRunScripts)
    assert.ok(scripted.every(([, entry]) => entry.dev === true))
  })

  it('brings Node 24', () => {
    assert.match(locked('node').join(), /^24\.\d+\.\d+$/)
  })

  it('has TypeScript 6.0, the last that dependency-cruiser and typescript-eslint read', () => {
    assert.match(locked('typescript').join(), /^6\.0\.\d+$/)
  })

  it('does not hold the gossipsub of libp2p 2, which publishes to nobody without a word', () => {
    assert.deepEqual(locked('@chainsafe/libp2p-gossipsub'), [])
  })

  it('names no registry', () => {
    assert.deepEqual(Object.values(packages).filter(({ resolved }) => resolved !== undefined), [])
    assert.doesNotMatch(text, /registry/)
  })
})
