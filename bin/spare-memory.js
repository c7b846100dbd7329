'use strict'
/** The V8 of Node 24. Whether another one knows the flag below is not known, and one that does not would say so. */
const SPARED_V8 = '13.'
/** By then a node listens, also on a slow or busy machine. */
const LOADING_MS = 5000

/**
 * What a program loads lives on. V8 takes that for a sign that young objects do, and makes their space sixteen times as large, for minutes, of which an idle
 * node uses a tenth. So it does not grow before the program is there; from then on it grows as it is needed.
 */
module.exports = function spareMemory() {
  if (process.versions.v8.indexOf(SPARED_V8) !== 0) return
  const v8 = require('v8')
  v8.setFlagsFromString('--semi-space-growth-factor=1')
  setTimeout(function () {
    v8.setFlagsFromString('--semi-space-growth-factor=2')
  }, LOADING_MS).unref()
}
