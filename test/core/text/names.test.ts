import assert from 'node:assert/strict'
import fc from 'fast-check'
import { MAX_NICK_BYTES, MAX_NICK_CELLS, MAX_ROOM_NAME_BYTES } from '../../../src/core/record/limits.ts'
import { textWidth } from '../../../src/core/text/clusters.ts'
import { utf8Length } from '../../../src/core/record/bytes.ts'
import { displayNick, parseNick, parseRoomName } from '../../../src/core/text/names.ts'
import { hostileStrings } from './hostile.ts'

const room = (raw: string): { name: string; key: string } => {
  const parsed = parseRoomName(raw)
  assert.ok(parsed.ok, `${JSON.stringify(raw)} was refused`)
  return parsed.value
}

describe('room names', () => {
  it('takes what people type', () => {
    assert.deepEqual(room('lobby'), { name: 'lobby', key: 'lobby' })
    assert.deepEqual(room('  #Lobby '), { name: 'Lobby', key: 'lobby' })
    for (const name of ['über-raum', 'комната', '部屋', 'غرفة', 'कमरा', 'a b c', 'v1.2_x', '42']) assert.equal(room(name).name, name.normalize('NFC'))
  })

  it('looks up two spellings of one name by one key', () => {
    const pairs = [['STRASSE', 'straße'], ['Σίσυφος', 'ΣΊΣΥΦΟΣ'], ['ﬁsh', 'FISH'], ['ｌｏｂｂｙ', 'Lobby'], ['e\u0301t\u00e9', 'ÉTÉ']]
    for (const [one = '', other = ''] of pairs) assert.equal(room(one).key, room(other).key)
    assert.notEqual(room('lobby').key, room('lobby2').key)
  })

  it('refuses the rest with a sentence that says what is allowed', () => {
    const bad = [
      '', ' ', '#', '##', 'a/b', '../x', 'a~b', 'lobby~k7f3', 'a  b', 'a\tb', 'a\nb', '\u001b[2J', '\u202elobby', 'lo\u200bbby', '...', '-_-', '\u0301a', '\u3164', 'a\u115fb',
      'x'.repeat(MAX_ROOM_NAME_BYTES + 1), '漢'.repeat(22), 'f'.repeat(64), 'ABCDEF0123456789'.repeat(4), '🚀', 'a\ud800', 'a@b', 'a,b'
    ]
    for (const raw of bad) {
      const parsed = parseRoomName(raw)
      assert.ok(!parsed.ok, JSON.stringify(raw))
      assert.equal(parsed.reason, 'bad-room-name')
      assert.match(parsed.message, /room (name|id).*\.$/)
    }
    assert.ok(parseRoomName('x'.repeat(MAX_ROOM_NAME_BYTES)).ok)
  })

  it('gives a name that parses to itself, and a key of its key', () => {
    const hint = fc.string({ unit: fc.constantFrom('a', 'Z', 'ß', 'Σ', 'ς', 'İ', 'ı', 'é', 'e\u0301', 'ﬁ', 'Ａ', '漢', '9', '٣', '-', '.', ' ', 'ﷺ', 'ŉ', 'ᾳ'), maxLength: 12 })
    fc.assert(fc.property(fc.oneof(hint, fc.string({ unit: 'grapheme' })), (raw) => {
      const parsed = parseRoomName(raw)
      if (!parsed.ok) return
      assert.deepEqual(room(parsed.value.name), parsed.value)
      const again = parseRoomName(parsed.value.key)
      if (again.ok) assert.equal(again.value.key, parsed.value.key)
    }), { numRuns: 1000 })
  })
})

describe('nicks', () => {
  it('takes what people type', () => {
    for (const nick of ['alice', 'Zoë', '漢字', '🦊fox', 'a.b-c_d', 'उषा']) assert.deepEqual(parseNick(` ${nick} `), { ok: true, value: nick.normalize('NFC') })
  })

  it('refuses with a sentence', () => {
    for (const raw of ['', '  ', 'a b', 'a\tb', 'a\u001b[2Jb', '\u200b', '\u2800\u2800', 'x'.repeat(MAX_NICK_CELLS + 1), '漢'.repeat(13), 'e\u0301\u0302'.repeat(24), 'a\u00a0b']) {
      const parsed = parseNick(raw)
      assert.ok(!parsed.ok, JSON.stringify(raw))
      assert.equal(parsed.reason, 'bad-nick')
    }
  })

  it('shows a fingerprint for a claim that is no nick, and never a control byte: 500 hostile claims', () => {
    assert.equal(displayNick('bob', 'k7f3-2a9c'), 'bob')
    assert.equal(displayNick('a b', 'k7f3-2a9c'), 'k7f3-2a9c')
    for (const claimed of hostileStrings()) {
      const shown = displayNick(claimed, 'k7f3-2a9c')
      assert.ok(shown.length > 0 && !/[\p{Cc}\u202a-\u202e\u2066-\u2069\s]/u.test(shown), JSON.stringify(claimed))
      assert.ok(textWidth(shown) <= MAX_NICK_CELLS && utf8Length(shown) <= MAX_NICK_BYTES)
    }
  })

  it('counts bytes as UTF-8 does', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(utf8Length(text), Buffer.byteLength(text))))
  })
})
