/** Writes what all benches found into docs/PERFORMANCE.md, between two marks: everything of one commit, nothing of an earlier one. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Report } from './report.ts'
import { table } from './table.ts'

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'PERFORMANCE.md')
const BEGIN = '<!-- Figures: npm run bench -- --document writes what is between these marks. -->'
const END = '<!-- End of the figures. -->'

/** @throws when the marks are not in the file */
export function writeFigures(report: Report): void {
  const text = readFileSync(FILE, 'utf8')
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`${FILE} has no place for figures: ${BEGIN}`)
  writeFileSync(FILE, `${text.slice(0, from + BEGIN.length)}\n\n${figuresText(report)}\n${text.slice(to)}`)
}

function figuresText(report: Report): string {
  const rows = report.figures.map(({ what, ours, reference, ratio, wanted, bench }) => {
    return [what, ours, reference, ratio, wanted, loadOf(report, bench)]
  })
  const failures = report.failures.map(({ bench, why }) => `- \`${bench}\` failed: ${why}`)
  return [
    `${measuredOn()} Medians, with the middle half of the turns in brackets. The ratio is of`,
    'the same turn, so the median ratio is not the ratio of the medians. The last column says how much of the machine was busy.',
    '',
    table(['figure', 'p2pchat', 'reference', 'ratio', 'wanted', 'busy'], rows),
    ...failures.length > 0 ? ['', 'Without a figure, or with turns that failed:', '', ...failures] : [],
    ...report.sections.flatMap(({ bench, title, body }) => {
      return ['', `### ${title}`, '', body, '', `\`npm run bench -- ${bench}\`. ${report.loads.get(bench) ?? ''}`]
    })
  ].join('\n') + '\n'
}

function measuredOn(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with changes that are not committed'
  const [first] = cpus()
  const memoryGib = (totalmem() / 2 ** 30).toFixed(0)
  const machine = `${cpus().length} × ${first?.model ?? 'unknown'}, ${memoryGib} GiB, Linux ${release().split('-')[0]!}`
  const day = new Date().toISOString().slice(0, 10)
  return `Commit ${git('rev-parse', '--short=10', 'HEAD')}${changed}, ${day}, ${machine}, Node ${process.version}.`
}

function loadOf(report: Report, bench: string): string {
  return /(\d+ %) busy/u.exec(report.loads.get(bench) ?? '')?.[1] ?? ''
}
