import stylistic from '@stylistic/eslint-plugin'
import tseslint from 'typescript-eslint'

const impureGlobals = ['Date', 'Promise', 'WeakRef', 'FinalizationRegistry', 'globalThis', 'Atomics', 'SharedArrayBuffer'].map(
  (name) => ({ name, message: 'The core has no clock, no Promise and no globals of a host.' })
)

const impureSyntax = [
  { selector: ':function[async=true]', message: 'The core is synchronous: return effects instead.' },
  { selector: 'AwaitExpression', message: 'The core is synchronous: return effects instead.' },
  { selector: 'TSTypeReference > Identifier[name="Promise"]', message: 'The core is synchronous: return effects instead.' },
  { selector: 'ImportExpression', message: 'The core imports nothing at run time.' },
  {
    selector: 'MemberExpression[property.name=/^(localeCompare|toLocale[A-Z]\\w*)$/]',
    message: 'Depends on the locale of the machine, so two nodes may disagree.'
  },
  {
    selector: 'MemberExpression[object.name="Intl"][property.name=/^(DateTimeFormat|Collator|NumberFormat)$/]',
    message: 'Depends on the clock or the locale of the machine, so two nodes may disagree.'
  }
]

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/', '**/*.d.ts', '**/*.cjs'] },
  tseslint.configs.base,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@stylistic': stylistic },
    rules: {
      '@stylistic/comma-dangle': ['error', 'never'],
      '@stylistic/eol-last': 'error',
      '@stylistic/indent': ['error', 2, { SwitchCase: 1, ignoredNodes: ['ConditionalExpression', 'TSUnionType', 'TSTypeLiteral'] }],
      '@stylistic/max-len': ['error', { code: 140, comments: 160, ignoreUrls: true, ignoreRegExpLiterals: true }],
      '@stylistic/no-tabs': 'error',
      '@stylistic/no-trailing-spaces': 'error',
      '@stylistic/quotes': ['error', 'single', { avoidEscape: true, allowTemplateLiterals: 'avoidEscape' }],
      '@stylistic/semi': ['error', 'never'],
      complexity: ['error', { max: 20, variant: 'modified' }],
      eqeqeq: 'error',
      'max-depth': ['error', 4],
      'max-params': ['error', 6],
      'no-console': 'off',
      'no-constant-condition': ['error', { checkLoops: false }],
      'no-control-regex': 'off',
      'no-debugger': 'error',
      'no-else-return': 'error',
      'no-empty': 'error',
      'no-eval': 'error',
      'no-param-reassign': 'error',
      'no-self-compare': 'error',
      'no-unreachable': 'error',
      'no-unsafe-finally': 'error',
      'no-var': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
      'object-shorthand': 'error',
      'prefer-const': 'error'
    }
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }]
    }
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Entropy comes in with the input.' }],
      'no-restricted-syntax': ['error', ...impureSyntax]
    }
  },
  {
    files: ['src/cli/**/*.ts', 'src/rpc/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', {
        object: 'JSON',
        property: 'stringify',
        message: 'A shell pipes it to a terminal: printableJson of core/text/json.ts escapes what that acts on.'
      }]
    }
  },
  {
    files: ['bin/*.js'], // read by every old Node, to say that it is too old
    rules: { 'object-shorthand': 'off', 'no-var': 'off' }
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // tables of hostile strings and literal screens are read best unbroken
      '@stylistic/max-len': ['error', { code: 140, comments: 160, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true }]
    }
  }
)
