/**
 * How much of one author a room takes. What binds by a record's own past binds everywhere alike and for ever; what binds by arrival binds only what
 * nothing here names. An author's own records alone are counted against it: were what others named counted as well, whoever feeds each node other forks
 * would make the honest records that name them irreconcilable.
 */
import type { Action } from './actions/action.ts'
import {
  MAX_ADMIN_ACTS, MAX_ADMISSIONS, MAX_ADMISSIONS_PER_MEMBER, MAX_FORKED_RECORDS, MAX_OWNER_ACTS, MAX_UNNAMED_ADMISSIONS, OWNER_RESERVE,
  QUOTA_WINDOW_MS
} from '../record/limits.ts'

/** In records, within {@link Quotas.windowUs} µs before the one that is judged. */
export interface Quotas {
  readonly windowUs: number
  readonly adminActs: number
  readonly ownerActs: number
  /** Beyond `ownerActs`, for what {@link isReserved}. */
  readonly ownerReserve: number
  /** Of one admin or owner. */
  readonly admissions: number
  readonly memberAdmissions: number
  /** Of all members together. */
  readonly allMemberAdmissions: number
  /** By arrival: of one author, named by nobody else, and not in the past of the one that comes. */
  readonly forked: number
  /** By arrival: the same for admissions by members, of all authors. */
  readonly unnamedAdmissions: number
}

export const QUOTAS: Quotas = {
  windowUs: QUOTA_WINDOW_MS * 1000,
  adminActs: MAX_ADMIN_ACTS,
  ownerActs: MAX_OWNER_ACTS,
  ownerReserve: OWNER_RESERVE,
  admissions: MAX_ADMISSIONS,
  memberAdmissions: MAX_ADMISSIONS_PER_MEMBER,
  allMemberAdmissions: MAX_ADMISSIONS,
  forked: MAX_FORKED_RECORDS,
  unnamedAdmissions: MAX_UNNAMED_ADMISSIONS
}

const RESERVED: readonly string[] = ['demote', 'kick', 'ban', 'mute', 'redact', 'revoke-invite', 'close', 'transfer']

/** What an owner may still do when all else was used up. */
export function isReserved(action: Action | undefined): boolean {
  return action !== undefined && RESERVED.includes(action.word)
}
