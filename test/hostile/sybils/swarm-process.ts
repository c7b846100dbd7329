/** A process full of sybils, told by its parent what to do. */
import { Sybil } from './sybil.ts'
import type { Known, SybilInit } from './sybil.ts'

export type Order =
  | { readonly type: 'start'; readonly sybils: readonly (Omit<SybilInit, 'genesis'> & { readonly genesis: string })[] }
  | { readonly type: 'conspire'; readonly all: readonly Known[]; readonly entries: readonly string[] }
  | { readonly type: 'occupy'; readonly address: string; readonly share: number }

export type Report = { readonly type: 'started'; readonly all: readonly Known[] } | { readonly type: 'entered' }

const sybils: Sybil[] = []

async function obey(order: Order): Promise<void> {
  switch (order.type) {
    case 'start':
      for (const init of order.sybils) sybils.push(await Sybil.start({ ...init, genesis: Buffer.from(init.genesis, 'hex') }))
      return tell({ type: 'started', all: sybils.map(({ known }) => known) })
    case 'conspire':
      for (const sybil of sybils) {
        sybil.conspire(order.all)
        await Promise.all(order.entries.map(async (address) => sybil.enter(address)))
      }
      return tell({ type: 'entered' })
    case 'occupy':
      for (const sybil of sybils) if (Math.random() < order.share) sybil.occupy(order.address)
  }
}

function tell(report: Report): void {
  process.send?.(report)
}

process.on('message', (order: Order) => {
  obey(order).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  })
})
process.on('disconnect', () => process.exit(0))
