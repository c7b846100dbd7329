/** What blessed 0.1.81 has and @types/blessed does not say; only what src/tui/screen.ts uses. */
import 'blessed'

declare module 'blessed' {
  namespace Widgets {
    interface Screen {
      /** Writes what changed between two renders; replaced by our own painter. */
      draw(start: number, end: number): void
    }
    interface BlessedElement {
      /** Where the element is on the screen. */
      _getCoords(): Coords & PositionCoords
    }
    interface Tput {
      /** Borders come out as letters without it, in terminals that take UTF-8. */
      brokenACS: boolean
      unicode: boolean
    }
  }
}
