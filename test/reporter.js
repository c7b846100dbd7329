import Mocha from 'mocha'

const { Base, Spec } = Mocha.reporters

/** How long handles may take to close after the last test, before what still runs counts as a failure. */
const CLOSING_MS = 5000

/**
 * Mocha's spec reporter, whose output ends in the line `N passed, N failed` (`, N skipped` where there are any). A process
 * that does not end by itself after the last test leaks a socket, a timer or a child, and an exception after the last test
 * belongs to one of them: both count as failures.
 */
export default class Reporter extends Spec {
  constructor(runner, options) {
    super(runner, options)
    runner.once('end', () => setImmediate(() => this.#close()))
  }

  #close() {
    const { passes, failures, pending } = this.stats
    let late = 0
    process.removeAllListeners('unhandledRejection')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => {
      late++
      Base.consoleLog('\nAfter the last test:', error)
    })
    setTimeout(() => {
      late++
      Base.consoleLog(`\nAfter the last test the process kept running, because of: ${process.getActiveResourcesInfo().join(', ')}`)
      process.exit()
    }, CLOSING_MS).unref()
    process.on('exit', () => {
      if (late > 0) process.exitCode = 1
      Base.consoleLog(`\n${passes} passed, ${failures + late} failed${pending > 0 ? `, ${pending} skipped` : ''}`)
    })
  }
}
