import { textWidth, truncateToWidth } from '../core/text/clusters.ts'
import type { Grid } from './grid.ts'
import { keyLines } from './keys.ts'
import type { Layout } from './layout.ts'
import type { Model } from './model.ts'
import { STYLE } from './style.ts'

const PANEL_WIDTH = 68
const KEYS_WIDTH = 17

/** The table of keys, over everything between the topic and the input. */
export function viewKeys(grid: Grid, model: Model, layout: Layout): void {
  const width = Math.min(PANEL_WIDTH, grid.width)
  const x = Math.floor((grid.width - width) / 2)
  const lines = keyLines()
  const y = layout.bodyY
  const height = layout.bodyHeight
  for (let row = 0; row < height; row++) grid.fill(x, y + row, x + width, STYLE.panel)
  for (const [offset, line] of lines.slice(model.keysFrom, model.keysFrom + height - 1).entries()) {
    if (line.title !== undefined) grid.put(x + 2, y + offset, line.title, STYLE.panelTitle, x + width)
    if (line.keys === undefined) continue
    grid.put(x + 2, y + offset, line.keys, STYLE.panelKey, x + width)
    grid.put(x + 2 + KEYS_WIDTH, y + offset, truncateToWidth(line.does ?? '', width - KEYS_WIDTH - 3), STYLE.panel, x + width)
  }
  const more = model.keysFrom + height - 1 < lines.length ? '↓ more · any other key closes' : 'any other key closes'
  grid.put(x + width - 2 - textWidth(more), y + height - 1, more, STYLE.panelKey, x + width)
}
