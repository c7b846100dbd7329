/**
 * Who may import whom (docs/ARCHITECTURE.md). scripts/check-imports.ts runs these rules, and has a probe for each of them
 * that must be reported, so that a rule that stopped working is noticed.
 */

/** Source folders: what each may import besides itself. */
const folders = {
  core: [],
  engine: ['^src/core/'],
  network: ['^src/core/', '^src/engine/ports[.]ts$'],
  store: ['^src/core/', '^src/engine/ports[.]ts$'],
  commands: ['^src/core/', '^src/engine/'],
  rpc: ['^src/core/', '^src/engine/', '^src/commands/'],
  tui: ['^src/core/', '^src/engine/', '^src/commands/'],
  server: ['^src/core/', '^src/engine/', '^src/commands/'],
  cli: ['^src/']
}

const tableRules = Object.entries(folders).map(([folder, allowed]) => ({
  name: `${folder}-imports`,
  comment: `${folder} may import only itself${allowed.length === 0 ? '' : ' and ' + allowed.join(' ')}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { dependencyTypes: ['local'], pathNot: [`^src/${folder}/`, ...allowed] }
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...tableRules,
    {
      name: 'known-folders',
      comment: 'a source file lies in one of the folders of the import table, which says what it may import',
      severity: 'error',
      from: { path: '^src/', pathNot: [`^src/(${Object.keys(folders).join('|')})/`, '^src/types/[^/]+[.]d[.]ts$'] },
      to: {}
    },
    {
      name: 'core-is-pure',
      comment: "the core uses cborg, Unicode's width table and node:crypto's deterministic functions; all else comes in with the input",
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypesNot: ['local'], pathNot: ['node_modules/(cborg|get-east-asian-width)/', '^(node:)?crypto$'] }
    },
    {
      name: 'engine-through-ports',
      comment: 'the engine meets the world through its ports alone, or it could not be simulated',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: { dependencyTypesNot: ['local'], pathNot: ['^(node:)?crypto$'] }
    },
    {
      name: 'blessed-in-one-place',
      comment: 'blessed is tty, layout and keys only, behind the screen module',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/tui/screen[^/]*[.]ts$', '^src/types/blessed[.]d[.]ts$'] },
      to: { path: 'node_modules/(@types/)?blessed/' }
    },
    {
      name: 'libp2p-in-network',
      comment: 'one place creates and configures libp2p',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/network/' },
      to: { path: 'node_modules/(libp2p|@libp2p|@chainsafe)/' }
    },
    {
      name: 'sqlite-in-store',
      comment: 'the database is behind the Store port',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/' },
      to: { path: '^node:sqlite$' }
    },
    {
      name: 'no-circular',
      comment: 'modules that import each other cannot be understood or tested alone',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }
    },
    {
      name: 'no-test-code-in-source',
      comment: 'what is published must not need tests, benches or scripts',
      severity: 'error',
      from: { path: '^(src|bin)/' },
      to: { path: '^(test|bench|scripts)/' }
    },
    {
      name: 'no-dev-dependency-in-source',
      comment: 'a development dependency is not there once the package is installed',
      severity: 'error',
      from: { path: '^(src|bin)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] }
    },
    {
      name: 'no-undeclared-dependency',
      comment: 'a package that is there only because another needs it may vanish with an update',
      severity: 'error',
      from: { path: '^(src|bin|test|bench|scripts)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] }
    },
    {
      name: 'no-unresolvable',
      comment: 'an import that leads nowhere',
      severity: 'error',
      from: { path: '^(src|bin|test|bench|scripts)/' },
      to: { couldNotResolve: true }
    }
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^dist/'] },
    tsPreCompilationDeps: true,
    builtInModules: { add: ['node:sqlite'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] }
  }
}
