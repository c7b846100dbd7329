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
/** By Prometheus' conventions: base units, named last; `_total` for what only grows. https://prometheus.io/docs/practices/naming/ */
export type Metric = readonly [name: string, kind: Kind, help: string]
/** What is a figure of the process is among those of the process. */
type Numeric = Exclude<keyof ServerStats, 'version' | 'since' | 'rssBytes'>

const METRICS: { readonly [K in Numeric]: Metric } = {
  connections: ['p2pchat_connections', 'gauge', 'Open connections.'],
  users: ['p2pchat_users', 'gauge', 'Nodes that said who they speak for.'],
  servers: ['p2pchat_federated_servers', 'gauge', 'Servers that are named to act with.'],
  serversConnected: ['p2pchat_federated_servers_connected', 'gauge', 'Of these, connected.'],
  serversActing: ['p2pchat_federated_servers_acting', 'gauge', 'Of these, those that name this one as well.'],
  listedRooms: ['p2pchat_listed_rooms', 'gauge', 'Rooms in the public list.'],
  names: ['p2pchat_rendezvous_names', 'gauge', 'Hashed names under which nodes can be found.'],
  topics: ['p2pchat_forwarded_topics', 'gauge', 'Topics that are forwarded blind.'],
  framesForwarded: ['p2pchat_frames_forwarded_total', 'counter', 'Frames forwarded.'],
  framesDropped: ['p2pchat_frames_dropped_total', 'counter', 'Frames dropped, whose sender was too fast.'],
  announcements: ['p2pchat_announcements', 'gauge', 'Announcements in force.'],
  bans: ['p2pchat_bans', 'gauge', 'Bans in force.'],
  requests: ['p2pchat_requests_total', 'counter', 'Requests of nodes.'],
  refused: ['p2pchat_nodes_refused_total', 'counter', 'Nodes turned away or disconnected for what they did.']
}

/** Prometheus' text format, https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function metricsText(stats: ServerStats): string {
  const lines = Object.entries(METRICS).map(([key, metric]) => exposition(metric, stats[key as Numeric]))
  const info: Metric = ['p2pchat_build_info', 'gauge', 'The version, as a label.']
  return lines.join('') + exposition(info, 1, `{version="${stats.version}"}`)
}

/** @param labels with their braces */
export function exposition([name, kind, help]: Metric, value: number, labels = ''): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${name}${labels} ${value}\n`
}
