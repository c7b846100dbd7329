import { strict as assert } from 'node:assert'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resolveConfig } from '../../src/cli/config.ts'
import { configTemplate } from '../../src/cli/config-template.ts'
import { OPTIONS } from '../../src/cli/options.ts'
import { Homes, run } from './program.ts'

describe('the config.toml that says what can be set', () => {
  const homes = new Homes()
  after(() => homes.remove())

  it('holds every option, and each as it is written there is taken', async () => {
    const home = homes.path('all')
    mkdirSync(home)
    const bare = await resolveConfig({ home }, {})
    const examples = configTemplate().split('\n').filter((line) => /^# [a-z-]+ = /u.test(line)).map((line) => line.slice(2))
    writeFileSync(join(home, 'config.toml'), examples.join('\n'))
    const config = await resolveConfig({ home }, {})
    for (const { name } of OPTIONS) {
      if (name !== 'home') assert.notDeepEqual(config[name], bare[name], `${name} is not in it, or its example says nothing`)
    }
    assert.equal(examples.length, OPTIONS.length - 1)
  })

  it('is written by config init, changes nothing by itself, and takes the place of none', async () => {
    const home = homes.path('new')
    const words = ['config', 'init', '--home', home]
    const first = await run(words)
    assert.deepEqual([first.code, first.stderr], [0, ''])
    assert.equal(readFileSync(join(home, 'config.toml'), 'utf8'), configTemplate())
    assert.equal(statSync(home).mode & 0o777, 0o700)
    assert.equal((await run(['rooms', '--home', home])).code, 0)
    writeFileSync(join(home, 'config.toml'), 'nick = "ann"\n')
    const second = await run(words)
    assert.equal(second.code, 1)
    assert.match(second.stderr, /config\.toml is there already\.\n$/u)
    assert.equal(readFileSync(join(home, 'config.toml'), 'utf8'), 'nick = "ann"\n')
  })
})
