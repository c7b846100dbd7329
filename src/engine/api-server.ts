/** The part of the interface that deals with servers: what they announce, and the methods of their operators. See api.ts. */
import type { Access, Person } from './api.ts'

/** What the operator of a server tells everybody. */
export interface AnnouncementView {
  id: string
  /** PeerId of the server. */
  server: string
  from: Person
  text: string
  time: number
  expires: number
}

/** How many servers were chosen, and how many are connected, those included that act with a chosen one. */
export interface ServersInUse {
  chosen: number
  connected: number
}

/** A server that this node knows, for `server.known`. */
export interface ServerView extends Person {
  peerId: string
  connected: boolean
  /** Chosen here as bootstrap; false: named by one that was. */
  chosen: boolean
  bans: number
}

export interface ServerUser {
  identity: string
  nick: string
  peerId: string
  address: string
  since: number
}

/** `until` null: for ever. */
export interface ServerBanView {
  who: string
  until: number | null
  reason: string
}

/** A room in a server's public list; `nodes` can be met there at present. */
export interface ListedRoom {
  id: string
  name: string
  access: Access
  topic: string
  owner: string
  nodes: number
}

export interface ServerStats {
  version: string
  since: number
  connections: number
  users: number
  /** Servers that this one acts with: named, and connected. */
  servers: number
  serversConnected: number
  listedRooms: number
  /** Hashed names under which somebody can be found. */
  names: number
  topics: number
  framesForwarded: number
  framesDropped: number
  announcements: number
  bans: number
  requests: number
  refused: number
  rssBytes: number
}

export interface ServerNotifications {
  /** A server that this node's person chose announces something. Once for each. */
  announcement: AnnouncementView
  /** A server came or went. */
  servers: ServersInUse
}

export interface ServerMethods {
  /**
   * Of a server: on the serving node without `server`, else of the one of that PeerId, which must have authorised this node's identity. `who` is an
   * identity, a PeerId, or a fingerprint or nick of somebody who is connected there. Durations in ms; without one a ban has no end.
   */
  'server.announce': { params: { server?: string; text: string; expires?: number }; result: { id: string; time: number; expires: number } }
  'server.ban': { params: { server?: string; who: string; duration?: number; reason?: string }; result: ServerBanView }
  'server.unban': { params: { server?: string; who: string }; result: true }
  'server.bans': { params: { server?: string }; result: ServerBanView[] }
  'server.kick': { params: { server?: string; who: string }; result: true }
  'server.users': { params: { server?: string }; result: ServerUser[] }
  /** Whom the server takes these calls from. */
  'server.allow': { params: { server?: string; who: string }; result: true }
  'server.disallow': { params: { server?: string; who: string }; result: true }
  /** From afar it needs the code that the server printed when it started. */
  'server.shutdown': { params: { server?: string; code?: string }; result: true }
  'server.stats': { params: { server?: string }; result: ServerStats }
  /** The public list; needs no authorisation. */
  'server.rooms': { params: { server?: string }; result: ListedRoom[] }
  /** Has a room of ours put into the public lists of our servers, or taken out. */
  'server.list': { params: { room: string; listed: boolean }; result: { servers: number } }
  /** The servers that this node uses. */
  'server.known': { params: Record<string, never>; result: ServerView[] }
  /** What our servers announced and has not expired, oldest first. */
  'server.announcements': { params: Record<string, never>; result: AnnouncementView[] }
}

export type ServerMethod = keyof ServerMethods
