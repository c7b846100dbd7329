import assert from 'node:assert/strict'
import os, { networkInterfaces } from 'node:os'
import { localInterfaces, rememberingInterfaces } from '../../src/network/local-interfaces.ts'

describe('the addresses of the machine', () => {
  it('are those of before where the system cannot say, as without a file left', () => {
    const one = { lo: [] }
    const answers = [() => one, () => { throw new Error('uv_interface_addresses') }, () => ({}), () => { throw new Error('again') }]
    const ask = rememberingInterfaces(() => answers.shift()!())
    assert.deepEqual([ask(), ask(), ask(), ask()], [one, one, {}, {}])
    const never = rememberingInterfaces(() => { throw new Error('at once') })
    assert.deepEqual(never(), {})
  })

  it('are asked for in the guarded way by libraries as well, however they import it', () => {
    assert.equal(os.networkInterfaces, localInterfaces)
    assert.equal(networkInterfaces, localInterfaces)
  })
})
