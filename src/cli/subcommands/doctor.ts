/** `p2pchat doctor`: what reaches whom and how, by the node of this home, or one started for it. */
import { printableJson } from '../../core/text/json.ts'
import { table } from '../../commands/layout.ts'
import type { NodeClient } from '../../engine/api.ts'
import type { NodeReach } from '../../engine/reach-view.ts'
import type { Subcommand } from '../context.ts'
import { advice, findings } from '../doctor.ts'
import type { Finding } from '../doctor.ts'
import { EXIT_DONE } from '../failure.ts'
import { pause } from '../lifetime.ts'
import { redact } from '../redact.ts'
import { withNode } from '../with-node.ts'

export interface DoctorOptions {
  readonly json?: true
  readonly redact?: true
}

/** A node that was just started has found what it finds by then: a server takes 12 s to say whether it could dial back. */
const SETTLED_MS = 16_000
/** And without any server, the local network has answered. */
const LAN_SETTLED_MS = 4_000
const LOOK_MS = 250

const MARKS: Record<Finding['state'], string> = { good: 'ok', note: '--', bad: '!!' }

export const doctor: Subcommand<[options: DoctorOptions]> = async (context, options) =>
  withNode(context, {}, async (client, stop) => {
    const facts = await settled(client, stop)
    const shown = options.redact === true ? redact(facts) : facts
    if (options.json === true) {
      context.output.write(`${printableJson({ ...shown, findings: findings(shown), advice: advice(shown) }, 2)}\n`)
      return EXIT_DONE
    }
    const rows = findings(shown).map(({ about, state, text }) => [about === '' ? '' : MARKS[state], about, text])
    context.output.write(`${table(rows)}\n\nWhat to do: ${advice(shown)}\n`)
    return EXIT_DONE
  })

async function settled(client: NodeClient, stop: AbortSignal): Promise<NodeReach> {
  for (;;) {
    const facts = await client.call('node.reach', {})
    const enoughMs = facts.bootstrap.length === 0 ? LAN_SETTLED_MS : SETTLED_MS
    const answered = facts.bootstrap.length > 0 && facts.nat !== 'unknown' && (facts.nat === 'public' || facts.relays.length > 0)
    if (answered || facts.uptimeMs >= enoughMs || stop.aborted) return facts
    await pause(LOOK_MS)
  }
}
