/** `p2pchat rpc`: JSON-RPC on stdin and stdout, with a node of this process or through to the one that runs already. */
import type { Socket } from 'node:net'
import { Connection } from '../../rpc/connection.ts'
import { encodeEvent, SHUTDOWN_NOTICE } from '../../rpc/protocol.ts'
import { connectSocket } from '../../rpc/socket-client.ts'
import { claimHome, type OwnNode } from '../acquire.ts'
import type { CliContext, Subcommand } from '../context.ts'
import { EXIT_DONE, Failure, type ExitCode } from '../failure.ts'
import { aborted } from '../lifetime.ts'
import { createLog, type Log } from '../log.ts'

export const rpc: Subcommand<[]> = async (context) => {
  const { config, version, stop } = context
  const log = createLog({ level: config.logLevel, file: config.logFile, toStderr: true })
  const claim = await claimHome({ config, version, log, stop }, connectSocket)
  return claim.kind === 'own' ? serveStdio(context, claim, log) : passThrough(context, claim.shared)
}

/** Serves a node of this process until its end, and ends it. */
export async function serveStdio(context: CliContext, own: OwnNode, log: Log): Promise<ExitCode> {
  const connection = new Connection(own.host, {
    input: context.input,
    output: context.output,
    report: (text) => {
      log.error(text)
    }
  })
  try {
    await Promise.race([connection.ended, aborted(context.stop), own.shutdownAsked])
    return EXIT_DONE
  } finally {
    await connection.close()
    await own.close()
  }
}

/** Of a last chunk, the part that the farewell of a node that was told to end is found in. */
const LAST_BYTES = 4096
const FAREWELL = encodeEvent(SHUTDOWN_NOTICE)

/** The bytes as they are: what answers is the same code, in the other process. */
async function passThrough(context: CliContext, socket: Socket): Promise<ExitCode> {
  const { promise: over, resolve } = Promise.withResolvers<'over'>()
  let last = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    resolve('over')
  })
  socket.on('end', () => socket.end())
  socket.on('data', (chunk: Buffer) => {
    last = Buffer.concat([last, chunk]).subarray(-LAST_BYTES)
  })
  socket.pipe(context.output, { end: false })
  context.input.pipe(socket)
  const end = await Promise.race([over, aborted(context.stop)])
  context.input.unpipe(socket)
  socket.destroy()
  // Inside a message the farewell would have its quotes escaped.
  if (end !== 'over' || context.input.readableEnded || last.includes(FAREWELL)) return EXIT_DONE
  throw new Failure('The p2pchat that ran the node of this home has ended; start again to run it here.')
}
