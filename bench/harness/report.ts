/** What the benches found: printed as it comes, and kept for docs/PERFORMANCE.md. Also what went wrong, on which the exit code depends. */
import { spreadText, table } from './table.ts'
import type { Samples } from './bench.ts'

/** One row of the summary: a figure of p2pchat against the reference of the same turns, and against what is wanted. */
interface Figure {
  readonly what: string
  readonly ours: string
  readonly reference: string
  readonly ratio: string
  readonly wanted: string
  readonly bench: string
}

interface Section {
  readonly bench: string
  readonly title: string
  readonly body: string
}

interface Failed {
  readonly bench: string
  readonly why: string
}

export class Report {
  readonly figures: Figure[] = []
  readonly sections: Section[] = []
  readonly failures: Failed[] = []
  /** How busy the machine was, by bench. */
  readonly loads = new Map<string, string>()
  #bench = ''

  /** What is reported from now on belongs to this bench. */
  begin(bench: string): void {
    this.#bench = bench
  }

  table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
    const body = table(head, rows)
    this.sections.push({ bench: this.#bench, title, body })
    console.log(`\n## ${title}\n\n${body}`)
  }

  /** @param ours which subject of the samples is p2pchat; the ratio is to the reference of the samples. */
  figure<K extends string>(what: string, wanted: string, samples: Samples<K>, ours: K): void {
    const reference = samples.reference
    this.figures.push({
      what, wanted, bench: this.#bench,
      ours: samples.text(ours),
      reference: ours === reference ? '' : samples.text(reference),
      ratio: ours === reference ? '' : samples.ratioText(ours)
    })
  }

  /** A figure that is compared with nothing else. */
  plainFigure(what: string, wanted: string, values: readonly number[]): void {
    this.figures.push({ what, wanted, bench: this.#bench, ours: spreadText(values), reference: '', ratio: '' })
  }

  /** Said at once; the benches that follow still run, and the exit code tells. */
  failed(why: unknown): void {
    const [first = ''] = (why instanceof Error ? why.message : String(why)).split('\n')
    this.failures.push({ bench: this.#bench, why: first })
    console.log(`\nFAILED ${this.#bench}: ${first}`)
    if (why instanceof Error && why.stack !== undefined) console.error(why.stack)
  }

  /** The reference and its like are measured as they come: what they lose is told and is no failure of ours. */
  lostTurn(name: string, why: unknown): void {
    console.log(`${name} lost a turn: ${String(why).split('\n')[0] ?? ''}`)
  }

  end(load: string): void {
    this.loads.set(this.#bench, load)
    console.log(`\n${load}; Node ${process.version}`)
  }
}
