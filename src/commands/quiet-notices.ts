/** Notices that programs may want and people need not read: what they say stands in `p2pchat doctor` and node.status at any time. */
export const QUIET_NOTICES: ReadonlySet<string> = new Set(['addresses'])
