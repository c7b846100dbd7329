import { strict as assert } from 'node:assert'
import { Samples } from '../../bench/harness/bench.ts'
import { Report } from '../../bench/harness/report.ts'
import { Turns } from '../../bench/harness/turns.ts'

interface Counted {
  readonly number: number
  close(): Promise<void>
}

/** Runs quietly: what a report prints is not what a test is to show. */
async function silently(run: () => Promise<void>): Promise<void> {
  const { log, error } = console
  console.log = console.error = () => undefined
  try {
    await run()
  } finally {
    Object.assign(console, { log, error })
  }
}

describe('the turns of a bench', () => {
  const setting = (isOurs: boolean, breaksAtOpen = 0): { turns: Turns<string, Counted>; report: Report; closed: number[] } => {
    const report = new Report()
    report.begin('trial')
    const closed: number[] = []
    let opened = 0
    const open = (): Promise<Counted> => {
      opened++
      if (opened <= breaksAtOpen) return Promise.reject(new Error('the warm-up lost its peer'))
      const number = opened
      return Promise.resolve({ number, close: () => Promise.resolve(void closed.push(number)) })
    }
    return { report, closed, turns: new Turns(report, [{ key: 'it', name: 'it', isOurs, open }]) }
  }

  it('have no figure for a subject that broke, and open it anew for the next', async () => {
    const { turns, report, closed } = setting(false)
    const samples = new Samples<string>('it')
    await silently(() => turns.run(3, async ({ number }, key) => {
      if (number === 1) throw new Error('no peers')
      samples.add(key, number)
    }, (key) => samples.add(key, NaN)))
    assert.deepEqual(samples.of('it'), [NaN, 2, 2])
    assert.equal(turns.lostTurns('it'), 1)
    assert.deepEqual(report.failures, [], 'the reference as it comes loses turns: told, and no failure')
    await turns.close()
    assert.deepEqual(closed, [1, 2])
  })

  it('survive a subject that breaks while it is warmed up', async () => {
    const { turns, report } = setting(false, 2)
    const seen: number[] = []
    await silently(() => turns.run(1, async ({ number }) => void seen.push(number), () => assert.fail('no turn is lost')))
    assert.deepEqual([seen, report.failures], [[3], []])
  })

  it('fail the bench when it is p2pchat that broke', async () => {
    const { turns, report } = setting(true)
    let lost = 0
    await silently(() => turns.run(2, () => Promise.reject(new Error('3 of 10 texts were lost')), () => lost++))
    assert.equal(lost, 2)
    assert.deepEqual(report.failures.map(({ bench, why }) => [bench, why]), Array(2).fill(['trial', '3 of 10 texts were lost']))
  })
})
