/** What no honest peer does to the connection itself, below any protocol. The connection ends with it, and who sees it end reads the reason from it. */
export class TransportViolation extends Error {
  override readonly name = 'TransportViolation'
}
