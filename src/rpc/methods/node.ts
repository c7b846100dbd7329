import { TEXT, type MethodFamily } from './spec.ts'

export const nodeMethods: MethodFamily<'node'> = {
  'node.status': { params: {}, reads: true, run: (host) => host.node.status() },
  'node.reach': { params: {}, reads: true, run: (host) => host.node.reach() },
  'node.connect': { params: { address: TEXT }, run: (host, params) => host.node.connect(params.address) },
  'node.nick': { params: { nick: TEXT }, run: (host, params) => host.node.setNick(params.nick) },
  'node.shutdown': {
    params: {},
    run(host) {
      host.shutdown()
      return true
    }
  }
}
