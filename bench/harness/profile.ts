/**
 * CPU profiles of one phase of a bench, when the environment names a folder for them. This file is also what the profiled process loads first: there
 * each SIGUSR2 begins a profile, or ends it and writes it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { join } from 'node:path'

/** Where profiles are left. */
export const PROFILE_DIRECTORY = process.env.BENCH_PROFILE_DIR
/** Marks a process that is to be profiled. */
export const PROFILED = 'BENCH_PROFILED'

const SAMPLE_US = 500

/** For the command line of a process to be profiled. */
export const PROFILE_ARGS: readonly string[] = PROFILE_DIRECTORY === undefined ? [] : ['--import', import.meta.filename]

if (process.env[PROFILED] !== undefined && PROFILE_DIRECTORY !== undefined) {
  const directory = PROFILE_DIRECTORY
  mkdirSync(directory, { recursive: true })
  const session = new Session()
  session.connect()
  let running = false
  process.on('SIGUSR2', () => {
    running = !running
    if (running) {
      void session.post('Profiler.enable')
      void session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US })
      void session.post('Profiler.start')
      return
    }
    void session.post('Profiler.stop').then(({ profile }) => {
      writeFileSync(join(directory, `${process.pid}-${Date.now()}.cpuprofile`), JSON.stringify(profile))
    })
  })
}
