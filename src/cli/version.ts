import { readFileSync } from 'node:fs'

/** The version in package.json, which lies two folders up from here, in a checkout as in a published package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  return version
}
