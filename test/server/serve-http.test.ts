import { strict as assert } from 'node:assert'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { ServerStats } from '../../src/engine/api-server.ts'
import { Metrics } from '../../src/cli/serve-http.ts'

describe('the figures of a server over HTTP', () => {
  const sockets: Socket[] = []
  let metrics: Metrics
  let port: number
  beforeEach(async () => {
    const lines: string[] = []
    metrics = new Metrics(() => ({} as ServerStats), { info: (line: string) => void lines.push(line) })
    await metrics.use('0')
    port = Number(/:(\d+)\/metrics/u.exec(lines[0]!)![1])
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await metrics.close()
  })

  const get = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/healthz`)).text()

  for (const [what, sent] of [['say nothing', ''], ['stop in the middle of asking for the figures', 'GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\n']] as const) {
    it(`answer whether it is well also to the one who comes after 200 that ${what}`, async () => {
      for (let n = 0; n < 200; n++) {
        const socket = connect(port, '127.0.0.1')
        sockets.push(socket)
        socket.on('error', () => undefined)
        await new Promise((resolve) => socket.once('connect', resolve))
        socket.write(sent)
      }
      assert.equal(await get(), 'ok\n')
      assert.equal(await get(), 'ok\n')
      assert.ok(sockets.filter(({ destroyed, readableEnded }) => !destroyed && !readableEnded).length > 0, 'the last ones are still held open')
    })
  }
})
