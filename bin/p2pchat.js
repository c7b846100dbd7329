#!/usr/bin/env node
'use strict'
// Runs on every Node since 12, so that one which is too old says so in a sentence: no newer syntax in this file.
const fs = require('fs')
const path = require('path')

const NEEDED_MAJOR = 24
/** Set for a process that was started by this file: a pipe on this descriptor ends when the one that started it is gone. */
const PARENT_FD = 'P2PCHAT_PARENT_FD'

/** What a process that ended in good order because of SIGHUP says. */
const HANGUP_CODE = 129

const root = path.dirname(__dirname)

if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) start()
else startWithBundledRuntime()

function start() {
  watchParent()
  require('./spare-memory.js')()
  const cacheRoot = cacheFolder()
  if (cacheRoot !== undefined) require('module').enableCompileCache(path.join(cacheRoot, 'p2pchat', 'compiled'))
  const source = path.join(root, 'src', 'cli', 'main.ts')
  const main = fs.existsSync(source) ? source : path.join(root, 'dist', 'cli', 'main.js')
  import(require('url').pathToFileURL(main).href).then(
    function (module) {
      return module.run(process.argv.slice(2))
    },
    function (error) {
      fail('p2pchat: its files are not complete; install it again. (' + String(error && error.message).split('\n')[0] + ')')
    }
  )
}

/** An account that systemd makes up for a service may have no home, and be in no list of accounts. */
function cacheFolder() {
  // By the standard for such variables, one that is not absolute is ignored.
  if (path.isAbsolute(process.env.XDG_CACHE_HOME || '')) return process.env.XDG_CACHE_HOME
  try {
    const home = require('os').homedir()
    return path.isAbsolute(home) ? path.join(home, '.cache') : undefined
  } catch (error) {
    return undefined
  }
}

/** A process whose starter was killed outright would live on unseen and hold its home. */
function watchParent() {
  const fd = Number(process.env[PARENT_FD])
  delete process.env[PARENT_FD]
  if (!(fd > 2)) return
  const pipe = new (require('net').Socket)({ fd: fd, readable: true, writable: false })
  pipe.on('error', function () {})
  pipe.on('close', function () {
    process.kill(process.pid, 'SIGKILL')
  })
  pipe.resume()
  pipe.unref()
}

function startWithBundledRuntime() {
  const runtime = bundledRuntime()
  if (runtime === undefined) {
    fail('p2pchat: needs Node ' + NEEDED_MAJOR + ' or later, this is ' + process.versions.node + '; ' + wayToRuntime())
    return
  }
  const env = Object.assign({}, process.env)
  env[PARENT_FD] = '3'
  const child = require('child_process').spawn(runtime, process.execArgv.concat(__filename, process.argv.slice(2)), {
    env: env,
    stdio: ['inherit', 'inherit', 'inherit', 'pipe']
  })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  signals.forEach(function (signal) {
    process.on(signal, function () {
      child.kill(signal)
    })
  })
  child.on('error', function (error) {
    fail('p2pchat: the runtime ' + runtime + ' does not start: ' + error.message)
  })
  child.on('exit', function (code, signal) {
    // An older Node that exits by itself puts its terminal back, and aborts when that is gone; a signal just ends it.
    const end = signal === null && code === HANGUP_CODE ? 'SIGHUP' : signal
    if (end === null) {
      process.exit(code)
      return
    }
    signals.forEach(function (name) {
      process.removeAllListeners(name)
    })
    process.kill(process.pid, end)
  })
}

/** The npm package "node", in our own node_modules or, for an installed package, in those around it. */
function bundledRuntime() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  for (let folder = root; ; folder = path.dirname(folder)) {
    const runtime = path.join(folder, 'node_modules', 'node', 'bin', name)
    if (fs.existsSync(runtime)) return runtime
    if (folder === path.dirname(folder)) return undefined
  }
}

/** What helps depends on why it is not there: whoever ran npm already must not be sent to the same command again. */
function wayToRuntime() {
  const modules = path.join(root, 'node_modules')
  if (fs.existsSync(path.join(modules, 'node', 'package.json'))) {
    return 'npm has left it out of ' + path.join(modules, 'node') + ', as with --ignore-scripts: ' +
      '"npm rebuild node --ignore-scripts=false" in ' + root + ' brings it, or install it from https://nodejs.org.'
  }
  if (fs.existsSync(path.join(root, 'package-lock.json')) && fs.existsSync(modules)) {
    return 'npm has left it out, as with --omit=dev or NODE_ENV=production: ' +
      '"npm ci --include=dev" in ' + root + ' brings it, or install it from https://nodejs.org.'
  }
  return 'install it from https://nodejs.org (in a checkout, "npm ci --include=dev" brings it along).'
}

function fail(sentence) {
  process.stderr.write(sentence + '\n')
  process.exitCode = 1
}
