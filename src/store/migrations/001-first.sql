-- Schema 1. Ids, identities and keys are 32-byte blobs here and lower-case hex in the port. Why it is laid out so, and
-- what the other layouts cost: docs/adr/0011-database-layout.md.

-- A room's id stands here once and everywhere else as a small number; all that belongs to a room goes with this row.
CREATE TABLE room_numbers (
  no INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE
) STRICT;

-- An author in one room. `newest` is records.no of the author's newest record by (time, id): kept here, an index over all
-- records for it would cost more than half as much again per appended record.
CREATE TABLE authors (
  no INTEGER PRIMARY KEY,
  room INTEGER NOT NULL REFERENCES room_numbers (no) ON DELETE CASCADE,
  key BLOB NOT NULL,
  newest INTEGER,
  UNIQUE (room, key)
) STRICT;

-- `author` is no declared foreign key: deleting an author would look through all records, as no index leads with it.
-- `vouched` is 1 when a stored record of the same author names this one as its prev.
CREATE TABLE records (
  no INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  room INTEGER NOT NULL REFERENCES room_numbers (no) ON DELETE CASCADE,
  author INTEGER NOT NULL,
  graph INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  time_us INTEGER NOT NULL,
  prev BLOB,
  verified INTEGER NOT NULL,
  vouched INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

-- Timeline pages, reconciliation items and unread counts; the last two are answered from the index alone.
CREATE INDEX records_in_order ON records (room, graph, time_us, id, kind, author);

-- Ids that an author's record names as prev and that are not stored as that author's (yet): a handful at any time.
CREATE TABLE awaited (
  author INTEGER NOT NULL REFERENCES authors (no) ON DELETE CASCADE,
  prev BLOB NOT NULL,
  PRIMARY KEY (author, prev)
) STRICT, WITHOUT ROWID;

CREATE TABLE rooms (
  no INTEGER PRIMARY KEY REFERENCES room_numbers (no) ON DELETE CASCADE,
  name TEXT NOT NULL,
  key TEXT NOT NULL,
  access TEXT NOT NULL,
  joined INTEGER NOT NULL,
  provisional INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  read_us INTEGER NOT NULL,
  state BLOB NOT NULL
) STRICT;

-- `heads` and `holders` below are 32-byte ids, one behind the other.
CREATE TABLE epochs (
  room INTEGER NOT NULL REFERENCES room_numbers (no) ON DELETE CASCADE,
  id BLOB NOT NULL,
  key BLOB NOT NULL,
  heads BLOB NOT NULL,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (room, id)
) STRICT, WITHOUT ROWID;

-- `no` is that of the record; `state`: 0 queued, 1 sent, 2 held. The state leads, so that the few that are queued stand together
-- and a new one takes its place in one page. No declared foreign keys: a room's rows go before its records, by their numbers.
CREATE TABLE deliveries (
  state INTEGER NOT NULL,
  no INTEGER NOT NULL,
  holders BLOB NOT NULL,
  PRIMARY KEY (state, no)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
  room INTEGER NOT NULL REFERENCES room_numbers (no) ON DELETE CASCADE,
  identity BLOB NOT NULL,
  nick TEXT NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (room, identity)
) STRICT, WITHOUT ROWID;

-- `addresses` is a JSON array of strings.
CREATE TABLE peers (
  peer_id TEXT PRIMARY KEY,
  identity BLOB NOT NULL,
  binding BLOB NOT NULL,
  addresses TEXT NOT NULL,
  last_seen_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX peers_of_identity ON peers (identity, last_seen_ms);
CREATE INDEX peers_by_age ON peers (last_seen_ms);

-- libp2p's own key-value data (its peer store), opaque here. Values of 1 KB are common; without rowid each would take a page of its own.
-- `no` grows with every write, so it tells which were written last.
CREATE TABLE datastore (
  no INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  value BLOB NOT NULL
) STRICT;
