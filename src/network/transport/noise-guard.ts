import type { NoiseComponents } from '@libp2p/noise'
import type { ConnectionEncrypter, MessageStream, SecuredConnection } from '@libp2p/interface'
import { steadyMs } from '../steady-clock.ts'
import { FrameBudget } from './frame-budget.ts'

/** What every message of ChaCha20-Poly1305 has besides its content. */
const TAG_BYTES = 16

/** What the encrypted connection has and the interface of message streams does not name. */
interface Encrypted extends MessageStream {
  /** One message. An error that is thrown here ends the connection. */
  decrypt(message: { readonly byteLength: number }): unknown
}

/**
 * Each message of the encryption costs a decryption, also an empty one, of which the muxer over it never hears. Their number is bounded as that of frames is,
 * and a message that carries many frames costs one here.
 */
export function guardedNoise(
  noise: (components: NoiseComponents) => ConnectionEncrypter
): (components: NoiseComponents) => ConnectionEncrypter {
  return (components) => {
    const encrypter = noise(components)
    const inbound = encrypter.secureInbound.bind(encrypter)
    const outbound = encrypter.secureOutbound.bind(encrypter)
    encrypter.secureInbound = async (connection, options) => guarded(await inbound(connection, options))
    encrypter.secureOutbound = async (connection, options) => guarded(await outbound(connection, options))
    return encrypter
  }
}

function guarded<T extends SecuredConnection>(secured: T): T {
  const connection = encrypted(secured.connection)
  const budget = new FrameBudget(steadyMs())
  const decrypt = connection.decrypt.bind(connection)
  connection.decrypt = (message) => {
    budget.frame(Math.max(0, message.byteLength - TAG_BYTES), steadyMs())
    return decrypt(message)
  }
  const send = connection.send.bind(connection)
  connection.send = (data) => {
    budget.sent(data.byteLength)
    return send(data)
  }
  return secured
}

/** @throws {TypeError} when the library has another shape than the guard relies on: rather no connection than one without bounds. */
function encrypted(connection: MessageStream): Encrypted {
  if (typeof Reflect.get(connection, 'decrypt') !== 'function') throw new TypeError('an encrypted connection has no decrypt')
  return connection as Encrypted
}
