import assert from 'node:assert/strict'
import fc from 'fast-check'
import { splitClusters } from '../../src/core/text/clusters.ts'
import { EDITS, EMPTY_EDITOR, MAX_DRAFT_LENGTH, caretOffset, clearDraft, editorText, editorWith, insert, replaceBack, withCaret } from '../../src/tui/editor.ts'
import type { EditName, Editor } from '../../src/tui/editor.ts'

/** `a|b`: a draft with its caret at the bar. */
function draft(marked: string): Editor {
  const at = marked.indexOf('|')
  const editor = editorWith(marked.replace('|', ''))
  return withCaret(editor, splitClusters(marked.slice(0, at)).length)
}

function marked(editor: Editor): string {
  const text = editorText(editor)
  return `${text.slice(0, caretOffset(editor))}|${text.slice(caretOffset(editor))}`
}

function after(start: string, ...edits: EditName[]): string {
  return marked(edits.reduce((editor, edit) => EDITS[edit](editor), draft(start)))
}

/** A draft that is cut and put back over and over doubles each time, and is segmented anew at each step: what was tried by then is enough. */
const PROPERTY_MS = 10_000

describe('editor', () => {
  it('moves as readline does', () => {
    assert.equal(after('one two|', 'word-back'), 'one |two')
    assert.equal(after('one two|', 'word-back', 'word-back'), '|one two')
    assert.equal(after('|one, two', 'word-forward'), 'one|, two')
    assert.equal(after('|one, two', 'word-forward', 'word-forward'), 'one, two|')
    assert.equal(after('one|', 'cluster-back', 'cluster-back'), 'o|ne')
    assert.equal(after('|', 'cluster-back'), '|')
    assert.equal(after('one|', 'cluster-forward'), 'one|')
    assert.equal(after('first\nsec|ond', 'line-start'), 'first\n|second')
    assert.equal(after('fi|rst\nsecond', 'line-end'), 'first|\nsecond')
  })

  it('moves over whole clusters', () => {
    assert.equal(after('a👩‍👩‍👧b|', 'cluster-back', 'cluster-back'), 'a|👩‍👩‍👧b')
    assert.equal(after('a👩‍👩‍👧|b', 'delete-back'), 'a|b')
    assert.equal(after('e\u0301|', 'delete-back'), '|')
    assert.equal(after('|🇩🇪x', 'delete-forward'), '|x')
  })

  it('cuts and puts back', () => {
    assert.equal(after('one two|', 'kill-blank-back', 'yank', 'yank'), 'one twotwo|')
    assert.equal(after('one| two', 'kill-to-end', 'line-start', 'yank'), ' two|one')
    assert.equal(after('one |two', 'kill-to-start', 'line-end', 'yank'), 'twoone |')
    assert.equal(after('path/to-file|', 'kill-word-back'), 'path/to-|')
    assert.equal(after('path/to-file|', 'kill-blank-back'), '|')
    assert.equal(after('|one two', 'kill-word-forward'), '| two')
    assert.equal(after('one|\ntwo', 'kill-to-end'), 'one|two')
  })

  it('collects successive cuts, and starts anew after anything else', () => {
    assert.equal(after('one two three|', 'kill-word-back', 'kill-word-back', 'yank'), 'one two three|')
    assert.equal(after('|one two three', 'kill-word-forward', 'kill-word-forward', 'yank'), 'one two| three')
    assert.equal(after('one two|', 'kill-word-back', 'cluster-back', 'kill-word-back', 'yank'), 'one| ')
  })

  it('swaps letters', () => {
    assert.equal(after('teh|', 'transpose'), 'the|')
    assert.equal(after('t|eh', 'transpose'), 'et|h')
    assert.equal(after('|ab', 'transpose'), '|ab')
  })

  it('merges what belongs together, however it arrives', () => {
    let editor = EMPTY_EDITOR
    for (const piece of ['👩', '\u200d', '👩', '\u200d', '👧']) editor = insert(editor, piece)
    assert.deepEqual(editor.clusters, ['👩‍👩‍👧'])
    assert.deepEqual(insert(editorWith('e'), '\u0301').clusters, ['e\u0301'])
    assert.deepEqual(insert(editorWith('👍'), '🏽').clusters, ['👍🏽'])
    assert.equal(after('🇩x|🇪', 'delete-back'), '🇩🇪|')
  })

  it('lets nothing harmful in, and keeps line breaks', () => {
    assert.equal(editorText(editorWith('a\u001b[31mb\r\nc\rd\te\u202e')), 'a␛[31mb\nc\nd   e')
  })

  it('is bounded', () => {
    const full = editorWith('x'.repeat(MAX_DRAFT_LENGTH + 10))
    assert.equal(editorText(full).length, MAX_DRAFT_LENGTH)
    assert.equal(editorText(insert(full, 'more')).length, MAX_DRAFT_LENGTH)
  })

  it('completes in place', () => {
    assert.equal(marked(replaceBack(draft('hi an| there'), 3, 'ann ')), 'hi ann | there')
  })

  it('brings a dropped draft back', () => {
    assert.equal(marked(EDITS.yank(clearDraft(draft('lo|st')))), 'lost|')
  })

  it('always has its caret between two clusters, and the text that a plain model has', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 4 }), fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom('👩', '\u200d', '\u0301', '🇩', '🇪', 'क', '्', 'ष', 'ि', 'ᄀ', 'ᅡ', '\n', ' ', 'a', '\ufe0f', '🏽', '1', '\u20e3')
    )
    const names = Object.keys(EDITS) as EditName[]
    const edits = fc.constantFrom(...names).map((edit) => ({ edit }))
    const step = fc.oneof(piece.map((text) => ({ insert: text })), edits, fc.nat(40).map((caret) => ({ caret })))
    fc.assert(fc.property(fc.array(step, { maxLength: 24, size: 'max' }), (steps) => {
      let editor = EMPTY_EDITOR
      for (const one of steps) {
        const before = editorText(editor)
        const at = caretOffset(editor)
        if ('insert' in one) {
          editor = insert(editor, one.insert)
          const text = editorText(editor)
          assert.ok(text.startsWith(before.slice(0, at)) && text.endsWith(before.slice(at)), 'what stood around the caret stays')
          assert.ok(caretOffset(editor) >= text.length - (before.length - at), 'the caret is behind what was inserted')
        } else if ('edit' in one) editor = EDITS[one.edit](editor)
        else editor = withCaret(editor, one.caret)
        assert.deepEqual(editor.clusters, splitClusters(editorText(editor)), 'it is segmented as its text is')
        assert.ok(editor.caret >= 0 && editor.caret <= editor.clusters.length)
        assert.ok(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u.test(editorText(editor)))
      }
    }), { numRuns: 300, interruptAfterTimeLimit: PROPERTY_MS })
  })
})
