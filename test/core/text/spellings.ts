/** Ways in which one name is typed, pasted or kept by different programs. */
const WIDE = (text: string): string => text.replace(/[!-~]/gu, (char) => String.fromCodePoint((char.codePointAt(0) ?? 0) + 0xfee0))

export const SPELLINGS: Readonly<Record<string, (name: string) => string>> = {
  'as it is': (name) => name,
  composed: (name) => name.normalize('NFC'),
  decomposed: (name) => name.normalize('NFD'),
  'decomposed, compatibility': (name) => name.normalize('NFKD'),
  'in capitals': (name) => name.toUpperCase(),
  'in capitals, decomposed': (name) => name.toUpperCase().normalize('NFD'),
  'in small letters': (name) => name.toLowerCase(),
  'in wide letters': WIDE,
  'with blanks around': (name) => `  ${name}\t`,
  'with other blanks': (name) => `\u00a0${name.replaceAll(' ', '\u3000')}\u2003`,
  'with an invisible sign': (name) => `${name.slice(0, 1)}\u200b${name.slice(1)}\ufeff`
}
/** Of rooms alone: their names may hold blanks, and a sign stands before them. */
export const ROOM_SPELLINGS: typeof SPELLINGS = {
  ...SPELLINGS,
  'with its sign': (name) => `#${name}`,
  'with its sign and blanks': (name) => ` # ${name} `,
  'with more blanks': (name) => name.replaceAll(' ', '  ')
}

export const ROOM_NAMES = ['lobby', 'Straße', 'ünïcode Räum', 'Λόγος', 'комната', '部屋 one', 'été', 'ﬁsh', 'ガード', 'कमरा', 'İstanbul']
export const NICKS = ['ann', 'Zoë', 'straße', 'ΣΊΣΥΦΟΣ', 'Пётр', 'ガード', 'ﬁn', 'Ａnna']
