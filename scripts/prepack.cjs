'use strict'
// Before npm packs: compiles the program. In plain JavaScript, since npm may run it under an older Node.
const fs = require('fs')
const path = require('path')
const { spawnSync } = require('child_process')

const root = path.dirname(__dirname)

prepare()

function prepare() {
  const runtime = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  const node = fs.existsSync(runtime) ? runtime : process.execPath
  if (!fs.existsSync(path.join(root, 'node_modules', 'typescript'))) stop('What compiles p2pchat is not installed: run "npm ci" first.')
  const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout
  if (!(parseInt(version, 10) >= 24)) stop('p2pchat is compiled under Node 24 or later: run "npm ci" first, without --ignore-scripts.')
  const built = spawnSync(node, [path.join(__dirname, 'build.ts')], { stdio: 'inherit' })
  if (built.status !== 0) process.exit(1)
}

function stop(sentence) {
  process.stderr.write(sentence + '\n')
  process.exit(1)
}
