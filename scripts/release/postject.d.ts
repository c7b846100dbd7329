declare module 'postject' {
  export function inject(path: string, resource: string, data: Uint8Array, options: { sentinelFuse: string }): Promise<void>
}
