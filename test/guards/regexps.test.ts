import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { ESLint } from 'eslint'
import type { Linter } from 'eslint'
import tseslint from 'typescript-eslint'

// Its types are not those of this version of ESLint, so it comes without them.
const regexp = createRequire(import.meta.url)('eslint-plugin-regexp') as ESLint.Plugin

/** No expression whose cost grows faster than the text that it looks at: what a peer wrote is matched against many of them. */
const LINEAR = { 'regexp/no-super-linear-backtracking': 'error', 'regexp/no-super-linear-move': 'error' } as const

function linter(): ESLint {
  const rules: Linter.Config = { files: ['**/*.ts'], plugins: { regexp }, languageOptions: { parser: tseslint.parser }, rules: LINEAR }
  return new ESLint({ overrideConfigFile: true, overrideConfig: [rules], allowInlineConfig: false })
}

describe('regular expressions', () => {
  it('are linear in what they look at, in all of src', async () => {
    const results = await linter().lintFiles(['src/**/*.ts'])
    assert.ok(results.length > 300, 'the sources were not found')
    const found = results.flatMap(({ filePath, messages }) => messages.map(({ line, message }) => `${filePath}:${line}: ${message.slice(0, 200)}`))
    assert.deepEqual(found, [])
  }).timeout(60_000)

  it('are found when they are not', async () => {
    for (const bad of ['/^([@(]*)(.*?)([!(]*)$/su', '/\\S*$/u', '/^(\\s*)(\\S.*?)(\\s{2,})(\\S.*)$/su', '/(a+)+b/u']) {
      const [result] = await linter().lintText(`export const bad = ${bad}\n`, { filePath: 'src/bad.ts' })
      assert.equal(result?.messages.length === 0, false, bad)
    }
  })
})
