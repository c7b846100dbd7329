/** What is kept of things that others can make grow and that the protocol does not bound. */

/** Nodes remembered with their bindings, the ones seen last first: some 5 MiB. Whoever is dropped is met anew. */
export const MAX_STORED_PEERS = 10_000
