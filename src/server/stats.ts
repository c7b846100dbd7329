/** Figures of a server, for its operator and for Prometheus. Numbers alone: no names, addresses or topics. */
import type { ServerStats } from '../engine/api-server.ts'
import type { Service } from './service.ts'

export interface Counters {
  startedMs: number
  requests: number
  refused: number
}

export function statsOf(service: Service, version: string, connections: number, { startedMs, requests, refused }: Counters): ServerStats {
  const { state, rendezvous, forwarding, clock, self, alliance: { federation } } = service
  const nowMs = clock.nowMs()
  return {
    version,
    since: startedMs,
    connections,
    users: service.guests().length,
    servers: federation.named.length,
    serversConnected: federation.connected,
    serversActing: federation.acting,
    listedRooms: state.directory.size(nowMs),
    names: rendezvous.size,
    topics: forwarding.topics,
    framesForwarded: forwarding.forwarded,
    framesDropped: forwarding.dropped,
    announcements: state.book.announcements(self.identity, nowMs).length,
    bans: state.bans().length,
    requests,
    refused,
    rssBytes: process.memoryUsage.rss()
  }
}

type Kind = 'gauge' | 'counter'
type Numeric = Exclude<keyof ServerStats, 'version'>

const METRICS: { readonly [K in Numeric]: readonly [name: string, kind: Kind, help: string] } = {
  since: ['start_time_ms', 'gauge', 'When the server started, ms since the epoch.'],
  connections: ['connections', 'gauge', 'Open connections.'],
  users: ['users', 'gauge', 'Nodes that said who they speak for.'],
  servers: ['federated_servers', 'gauge', 'Servers that are named to act with.'],
  serversConnected: ['federated_servers_connected', 'gauge', 'Of these, connected.'],
  serversActing: ['federated_servers_acting', 'gauge', 'Of these, those that name this one as well.'],
  listedRooms: ['listed_rooms', 'gauge', 'Rooms in the public list.'],
  names: ['rendezvous_names', 'gauge', 'Hashed names under which nodes can be found.'],
  topics: ['forwarded_topics', 'gauge', 'Topics that are forwarded blind.'],
  framesForwarded: ['frames_forwarded_total', 'counter', 'Frames forwarded.'],
  framesDropped: ['frames_dropped_total', 'counter', 'Frames dropped, whose sender was too fast.'],
  announcements: ['announcements', 'gauge', 'Announcements in force.'],
  bans: ['bans', 'gauge', 'Bans in force.'],
  requests: ['requests_total', 'counter', 'Requests of nodes.'],
  refused: ['refused_total', 'counter', 'Nodes turned away or disconnected for what they did.'],
  rssBytes: ['resident_memory_bytes', 'gauge', 'Memory of the process.']
}

/** Prometheus' text format, https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function metricsText(stats: ServerStats): string {
  const lines: string[] = []
  for (const [key, [name, kind, help]] of Object.entries(METRICS)) {
    lines.push(`# HELP p2pchat_${name} ${help}`, `# TYPE p2pchat_${name} ${kind}`, `p2pchat_${name} ${stats[key as Numeric]}`)
  }
  lines.push('# HELP p2pchat_info The version.', '# TYPE p2pchat_info gauge', `p2pchat_info{version="${stats.version}"} 1`)
  return lines.join('\n') + '\n'
}
