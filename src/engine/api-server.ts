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
  /** By what name they were known when they were banned, or are now; empty if that is not known. */
  nick: string
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

/**
 * `acting`: both servers name each other. `not-met`: named here, and not reached yet. `not-named-there`: that one does not name this one.
 * `not-named-here`: it names this one alone. Only the first has any effect.
 */
export type FederationState = 'acting' | 'not-met' | 'not-named-there' | 'not-named-here'

/** Another server that a server acts with, or one of the two wants to. `identity` and `nick` are empty until it was met. */
export interface FederatedView {
  peerId: string
  identity: string
  nick: string
  address: string
  connected: boolean
  state: FederationState
  /** Where it is named: empty for nowhere here. */
  by: 'configuration' | 'console' | ''
}

/** Who may command a server from afar. */
export interface OperatorView {
  identity: string
  /** Empty for who is not connected. */
  nick: string
  by: 'configuration' | 'console'
}

export interface ServerStats {
  version: string
  since: number
  connections: number
  users: number
  /** Servers that are named here; of these, connected; of these, those that name this one as well. */
  servers: number
  serversConnected: number
  serversActing: number
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
  /** `who` also by the nick that `bans` shows. */
  'server.unban': { params: { server?: string; who: string }; result: true }
  'server.bans': { params: { server?: string }; result: ServerBanView[] }
  'server.kick': { params: { server?: string; who: string }; result: true }
  'server.users': { params: { server?: string }; result: ServerUser[] }
  /** Whom the server takes these calls from. */
  'server.allow': { params: { server?: string; who: string }; result: true }
  'server.disallow': { params: { server?: string; who: string }; result: true }
  'server.operators': { params: { server?: string }; result: OperatorView[] }
  /**
   * Names another server to act with; it takes effect when that one names this one. The address ends with /p2p/PEERID; `own` in the answer is what is to
   * be entered there.
   */
  'server.federate': { params: { server?: string; address: string }; result: FederatedView & { own: string } }
  /** Takes it back; `who` is the address, a PeerId or its end, identity, fingerprint or nick. */
  'server.unfederate': { params: { server?: string; who: string }; result: true }
  'server.federation': { params: { server?: string }; result: FederatedView[] }
  /** From afar it needs the code that the server's own console shows. */
  'server.shutdown': { params: { server?: string; code?: string }; result: true }
  'server.stats': { params: { server?: string }; result: ServerStats }
  /** The public list; needs no authorisation. */
  'server.rooms': { params: { server?: string }; result: ListedRoom[] }
  /**
   * Takes a room, by its id or name, out of the server's public list, and keeps it out whoever asks for it; with `undo` its owner may have it listed again.
   * For operators.
   */
  'server.unlist': { params: { server?: string; room: string; undo?: boolean }; result: true }
  /**
   * Has a room that this node's identity owns put into the public lists of our servers, or of one of them, or taken out; at each it lasts for 30 days.
   * `nicks` are those that did it. Refused only when none did.
   */
  'server.list': {
    params: { room: string; listed: boolean; server?: string }
    result: { servers: number; nicks: string[]; refusals: { nick: string; message: string }[] }
  }
  /** At which of our servers that are connected a room is in the public list. */
  'server.listed': { params: { room: string }; result: { peerId: string; nick: string; listed: boolean }[] }
  /** The servers that this node uses. */
  'server.known': { params: Record<string, never>; result: ServerView[] }
  /** What our servers announced and has not expired, oldest first. */
  'server.announcements': { params: Record<string, never>; result: AnnouncementView[] }
}

export type ServerMethod = keyof ServerMethods
