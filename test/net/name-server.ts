/**
 * A name server, as little of RFC 1035 as it takes: A, AAAA and TXT over UDP, and over TCP what does not fit. Runs on a host of a test internet.
 * Arguments: its address, and a JSON file that is read at each question: { "A host": [address…], "TXT domain": [text…] }. Says each question.
 */
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

const [address = '', file = ''] = process.argv.slice(2)
const PORT = 53
const TYPES: Record<number, string> = { 1: 'A', 16: 'TXT', 28: 'AAAA' }
const MAX_UDP_BYTES = 512
const TTL_S = 3600

function dataOf(type: string, value: string): Buffer {
  if (type === 'A') return Buffer.from(value.split('.').map(Number))
  if (type === 'AAAA') return Buffer.from(expand(value), 'hex')
  const text = Buffer.from(value)
  const chunks: Buffer[] = []
  for (let at = 0; at < text.length || at === 0; at += 255) {
    chunks.push(Buffer.of(Math.min(255, text.length - at)), text.subarray(at, at + 255))
  }
  return Buffer.concat(chunks)
}

function expand(address6: string): string {
  const [head = '', tail = ''] = address6.split('::')
  const groups = (part: string): string[] => part.split(':').filter(Boolean).map((group) => group.padStart(4, '0'))
  const [left, right] = [groups(head), groups(tail)]
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0000'), ...right].join('')
}

function answerTo(question: Buffer, limit: number): Buffer {
  let at = 12
  const labels: string[] = []
  for (let size = question[at]!; size > 0; size = question[at]!) {
    labels.push(question.toString('ascii', at + 1, at + 1 + size))
    at += 1 + size
  }
  const name = labels.join('.').toLowerCase()
  const type = TYPES[question.readUInt16BE(at + 1)] ?? '?'
  process.stdout.write(`${type} ${name}\n`)
  const known = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string[]>
  const values = known[`${type} ${name}`] ?? []
  const exists = Object.keys(known).some((key) => key.endsWith(` ${name}`))
  const header = (flags: number, count: number): Buffer => {
    const bytes = Buffer.alloc(12)
    bytes.writeUInt16BE(question.readUInt16BE(0), 0)
    bytes.writeUInt16BE(flags, 2)
    bytes.writeUInt16BE(1, 4)
    bytes.writeUInt16BE(count, 6)
    return bytes
  }
  const asked = question.subarray(12, at + 5)
  const records = values.map((value) => {
    const data = dataOf(type, value)
    const head = Buffer.alloc(12)
    head.writeUInt16BE(0xc00c, 0)
    question.copy(head, 2, at + 1, at + 5)
    head.writeUInt32BE(TTL_S, 6)
    head.writeUInt16BE(data.length, 10)
    return Buffer.concat([head, data])
  })
  const whole = Buffer.concat([header(exists ? 0x8580 : 0x8583, records.length), asked, ...records])
  return whole.length <= limit ? whole : Buffer.concat([header(0x8780, 0), asked])
}

const socket = createSocket('udp4')
socket.on('message', (question, from) => socket.send(answerTo(question, MAX_UDP_BYTES), from.port, from.address))
socket.bind(PORT, address, () => process.stdout.write('ready\n'))
createServer((connection) => {
  connection.on('error', () => undefined)
  connection.once('data', (question) => {
    const answer = answerTo(question.subarray(2), 0xffff)
    const size = Buffer.alloc(2)
    size.writeUInt16BE(answer.length)
    connection.end(Buffer.concat([size, answer]))
  })
}).listen(PORT, address)
