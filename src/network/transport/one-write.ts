import { noise } from '@libp2p/noise'
import type { NoiseComponents } from '@libp2p/noise'
import type { ConnectionEncrypter, MessageStream } from '@libp2p/interface'

/**
 * Noise hands each encrypted message on in two pieces, its length and itself, and TCP writes each piece by itself: two
 * system calls, two packets, two times that the peer wakes up. Copying a small message costs less than any of these.
 */
export function noiseInOneWrite(): (components: NoiseComponents) => ConnectionEncrypter {
  return (components) => {
    const encrypter: ConnectionEncrypter = noise()(components)
    const inbound = encrypter.secureInbound.bind(encrypter)
    const outbound = encrypter.secureOutbound.bind(encrypter)
    encrypter.secureInbound = (connection, options) => inbound(joined(connection), options)
    encrypter.secureOutbound = (connection, options) => outbound(joined(connection), options)
    return encrypter
  }
}

function joined<T extends MessageStream>(connection: T): T {
  const send = connection.send.bind(connection)
  connection.send = (data) => send(data.subarray())
  return connection
}
