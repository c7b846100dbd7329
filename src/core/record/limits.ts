/**
 * Every bound of the protocol, each with its reason. Nothing that a peer can make grow is without one.
 * Sizes are in bytes and times in milliseconds where the name says so; record times are microseconds.
 */

// --- records ---------------------------------------------------------------------------------------------------

/** A record on the wire. Fits, with AEAD and framing, into one gossip message of 64 KiB with room to spare. */
export const MAX_RECORD_BYTES = 48 * 1024
/** A message's text in UTF-8: some 8 000 words; longer is a file. */
export const MAX_TEXT_BYTES = 32 * 1024
/** Heads that a message may name. More heads than this are merged over several messages. */
export const MAX_MESSAGE_PARENTS = 16
/** Heads that an authority record may name; authority graphs are small and seldom fork. */
export const MAX_AUTHORITY_PARENTS = 8
/** CBOR nesting in a payload, with room for kinds to come: our own payloads are flat lists. */
export const MAX_PAYLOAD_DEPTH = 8
/** A record further than this ahead of our clock is held, not applied: clocks differ by seconds, not minutes. */
export const MAX_FUTURE_MS = 60_000
/** Presence older than this says nothing of the present; two honest clocks and a few hops are well within it. */
export const MAX_PRESENCE_AGE_MS = 120_000
/** 2100-01-01 in µs; a time beyond it is nonsense and would break sorting by double. */
export const MAX_TIME_US = 4_102_444_800_000_000

// --- names -----------------------------------------------------------------------------------------------------

/** A room name in UTF-8; it must fit a list column and a terminal title. */
export const MAX_ROOM_NAME_BYTES = 64
/** A nick in UTF-8, and in terminal cells. */
export const MAX_NICK_BYTES = 64
export const MAX_NICK_CELLS = 24
export const MAX_TOPIC_BYTES = 512
/** Code points in one grapheme cluster before it is cut: family emoji have 7, Zalgo has hundreds. */
export const MAX_CLUSTER_CODE_POINTS = 16

// --- what is gossiped and never stored ---------------------------------------------------------------------------

/**
 * Presence of one author in one room, so many at once and then so many a second: who has news says it every two seconds at the most. Of kinds that are not
 * known, each 512 bytes count as one presence, so that none of more than 6 KiB is ever passed on.
 */
export const EPHEMERAL_AUTHOR_BURST = 12
export const EPHEMERAL_AUTHOR_PER_S = 0.6
export const EPHEMERAL_UNIT_BYTES = 512
/** The same for all that one peer passes on in a room, whoever its authors are: a thousand members who say every half minute that they are there. */
export const EPHEMERAL_FORWARDER_BURST = 512
export const EPHEMERAL_FORWARDER_PER_S = 32
/** Messages that are too old for gossip and are asked for, of one peer that passes them on. */
export const LATE_FETCH_BURST = 64
export const LATE_FETCHES_PER_S = 2
/** Ids that a room asks members for since something names them, by whomever: what one partition leaves, and then one every other second of them. */
export const MISSING_BURST = 1024
export const MISSING_PER_S = 16

// --- what a room keeps in memory -------------------------------------------------------------------------------

/** Records held until an authority ancestor or their own time arrives, per room. */
export const MAX_PARKED_RECORDS = 1024
export const MAX_PARKED_RECORD_BYTES = 4 * 1024 * 1024
/** Frames held until their epoch key arrives, per room, by number and by size: a key is a round trip away. */
export const MAX_PARKED_FRAMES = 256
export const MAX_PARKED_FRAME_BYTES = 1024 * 1024
/** Missing parents that a room asks for at a time; a wider gap is closed by reconciliation. */
export const MAX_GAPS = 4096
/** Authors who wait, by way of a server, to hear that their message is here: one presence serves all, and most rooms have fewer who speak at a time. */
export const MAX_OWED_RECEIPTS = 64
/** Members whose presence a room remembers. */
export const MAX_MEMBERS = 4096

// --- the rights of a room ---------------------------------------------------------------------------------------
// Each of these counts what lies in a record's own past, so that all nodes find the same; authority/quotas.ts says how.

/** Quotas count the records of the last week, as the record's own past shows time. */
export const QUOTA_WINDOW_MS = 7 * 86_400_000
/** Acts of one admin in a week: a raid of hundreds is banned by one admin, and a thief of the key is undone by one act of the owner. */
export const MAX_ADMIN_ACTS = 512
/** Acts of the owner in a week. */
export const MAX_OWNER_ACTS = 1024
/** What the owner may do beyond that: demote, remove, silence, end invites, close, hand over. */
export const OWNER_RESERVE = 512
/** Admissions of one admin or owner in a week, and of all who are neither: as many as a large room has members. */
export const MAX_ADMISSIONS = 10_000
/** Admissions by one member who is no admin, in a week: people who know a passcode come to few doors, and a liar makes up as many people as it likes. */
export const MAX_ADMISSIONS_PER_MEMBER = 1024
/**
 * Records of one author beside one that comes, which nobody else's record names. Two devices make a few; who forks without end makes each node keep
 * so many, and what honest nodes name. By arrival: this bound, and the next, may differ between nodes, and bind only what nothing named.
 */
export const MAX_FORKED_RECORDS = 256
/** The same for admissions by members, of all authors together: they cost a liar no more than an identity each. */
export const MAX_UNNAMED_ADMISSIONS = 1024
/** Heads of one other author that a record names. More would have others fetch every fork of an author who forks. */
export const MAX_HEADS_PER_AUTHOR = 2
/** Ids of records that their own past refuses, or that were passed over, so that they are not asked for again and again. */
export const MAX_REFUSED_ACTS = 16_384

// --- between two nodes -----------------------------------------------------------------------------------------

/** One message on the member stream; reconciliation frames and record batches are cut to fit. */
export const MAX_MEMBER_MESSAGE_BYTES = 1024 * 1024 + 64 * 1024
/** A record batch is closed when it passes this. Large enough that 10 000 messages take a few, small enough to stay smooth. */
export const RECORD_BATCH_BYTES = 256 * 1024
/** The same, and the longest message of a reconciliation, over a relay of strangers, which cuts a connection after 128 KiB: more than one gets through. */
export const LIMITED_BATCH_BYTES = 16 * 1024
/** Ids that one request for records may name. */
export const MAX_WANTED_IDS = 8192
/** Rooms that a peer may say it is in. */
export const MAX_ROOMS_PER_PEER = 256
/** Addresses that a node says it is reached under; a host has a few interfaces, each with two protocols. */
export const MAX_PEER_ADDRESSES = 8
export const MAX_ADDRESS_BYTES = 256
/** Peers of a room that are told of in one message: enough for a mesh. */
export const MAX_PEERS_TOLD = 16
/** Peers that are dialled because members introduced them, whoever did and in whichever room: a mesh at once, then one in 5 s. */
export const INTRODUCED_BURST = 16
export const INTRODUCED_PER_S = 0.2
/** Candidates that one answer to a name may hold. */
export const MAX_NAME_CANDIDATES = 8
/** A reconciliation message, as Negentropy's frameSizeLimit: 100 000 items with 10 differences take 2 round trips with it. */
export const RECONCILE_FRAME_BYTES = 1024 * 1024
/** Bytes of a gossip frame that exceed this are refused before they are decoded. */
export const MAX_FRAME_BYTES = 64 * 1024
/** Epoch keys that are kept per room. */
export const MAX_EPOCHS = 64

// --- rooms in files --------------------------------------------------------------------------------------------

/** Exports that one node keeps the place of at a time; a program that begins more has left the first ones. */
export const MAX_EXPORTS = 8
/** Ids and identities that a file may name while it is checked: a million messages and more, at some 420 bytes each. */
export const MAX_ARCHIVE_IDS = 1_100_000
/** Authority records are kept whole while a file is checked: some 200 000 of them. */
export const MAX_ARCHIVE_AUTHORITY_BYTES = 64 * 1024 * 1024
/** What is wrong with a file is told one by one up to here, and then counted. */
export const MAX_NAMED_FLAWS = 100

// --- connections and streams -----------------------------------------------------------------------------------

/** Connections of a client; beyond that those are closed that no room wants. A room's mesh needs a dozen. */
export const MAX_CLIENT_CONNECTIONS = 64
/** With so many connections nobody else is dialled, and who is of no use is let go of when others wait. */
export const CROWDED_CONNECTIONS = 40
/** With more than this, who is worth the least goes, so that whoever comes finds a place free. */
export const PACKED_CONNECTIONS = 52
/** Newcomers beyond those who are packed have a place each, up to this, until they are handed on; what is left to the maximum is for handshakes. */
export const FULL_CONNECTIONS = 60
/** Connections of a server: some 0.5 MB each at the most, so that 1 GB of memory carries them. */
export const MAX_SERVER_CONNECTIONS = 600
/** New connections per second from one host: a household, an office or a lecture hall comes from one address, all at once when the power is back. */
export const MAX_INBOUND_PER_SECOND_AND_HOST = 64
/** Connections that have not said who they are. What one host may open within their deadline stays below it, so that it cannot shut others out. */
export const MAX_PENDING_INBOUND = 768
/** Streams in each direction on one connection. That to a relay carries one for every peer that is reached through it. */
export const MAX_STREAMS_PER_CONNECTION = 64

/** Addresses of one peer that are tried on somebody's word, and of these at one host: who tells may name a victim's. */
export const MAX_TOLD_ADDRESSES = 8
export const MAX_TOLD_ADDRESSES_PER_HOST = 2
/** Host names in what a peer said of itself: a relay that goes by one has two addresses at most. In what others say there are none. */
export const MAX_TOLD_NAMES = 2
/**
 * Dials to one host (or network of an IPv6 customer) that lead to nobody: so many at once, then so many a second, whoever names them; those that lead to a
 * peer do not count. So a thousand lies about a victim cost it no more than one knock a second from each node.
 */
export const VAIN_DIAL_BURST = 32
export const VAIN_DIALS_PER_S = 1
/** Hosts that this is remembered of. */
export const MAX_DIALLED_HOSTS = 4096

// --- relay -----------------------------------------------------------------------------------------------------

/** Places that a server keeps for peers that cannot be dialled: as many as it has connections. */
export const MAX_RESERVATIONS = 600
/** Places for one IP address: a PeerId costs nothing, an address does; a lecture hall fits. */
export const MAX_RESERVATIONS_PER_HOST = 128
/** Peers that one peer may be connected with through one relay at a time: a mesh and those who come and go. */
export const MAX_RELAYED_PER_PEER = 24
/** Nodes of a DHT of others that are dialled in one search for relays; most nodes that can be dialled there relay. */
export const MAX_RELAY_DIALS = 12
/** What a relay carries for one peer at once: the history of a large room several times over. */
export const RELAY_BURST_BYTES = 512 * 1024 * 1024
/** And then on average: twenty times a busy chat. */
export const RELAY_BYTES_PER_SECOND = 64 * 1024

// --- host names -------------------------------------------------------------------------------------------------

/** IP addresses of one host name that are tried: a dial has time for three that do not answer. */
export const MAX_ADDRESSES_PER_NAME = 8
/** Names that are asked for because of one /dnsaddr, itself included: records may name others, and these each other. */
export const MAX_DNSADDR_QUERIES = 8
/** Records of an answer that are looked at; more than fit into it with addresses of a usual length. */
export const MAX_DNSADDR_RECORDS = 512
/** One record; a relayed address with two PeerIds has some 200. */
export const MAX_DNSADDR_RECORD_CHARS = 512
/** Addresses that one /dnsaddr leads to in the end, chosen by chance: a dial does not get to more. */
export const MAX_DNSADDR_ADDRESSES = 16

// --- distributed hash table ------------------------------------------------------------------------------------

/** Keys under which one node can be found: the name and the id of each of its rooms. */
export const MAX_PROVIDED_KEYS = 2 * MAX_ROOMS_PER_PEER
/** Provider records that a DHT server keeps, some 200 bytes each, in memory only: nobody fills a disk with them. */
export const MAX_PROVIDER_RECORDS = 100_000
/** Of these for one IP address: a PeerId costs nothing, an address does; a lecture hall fits. */
export const MAX_PROVIDER_RECORDS_PER_HOST = 10_000
/** Of these under one key; the oldest of the address with the most give way. A room's members need a few of each other, and find the rest by them. */
export const MAX_PROVIDERS_PER_KEY = 256
/** And in one answer, at random and of each network and address in turn: 5 members are among them although there are 100 liars at as many addresses. */
export const MAX_PROVIDERS_PER_ANSWER = 128
/** Addresses of one peer in an answer, in bytes: five through relays. With as many peers as there may be, it is read to the end (MAX_DHT_ANSWER_BYTES). */
export const MAX_DHT_TOLD_BYTES = 480
/** Providers that one search dials at most: the answer of one server that was chosen, and some of what others say. */
export const MAX_FOUND_PROVIDERS = MAX_PROVIDERS_PER_ANSWER + 32
/** Of these on the word of one node that answers, unless the person chose it: otherwise whoever answers first with many names would end every search. */
export const MAX_PROVIDERS_PER_ANSWERER = 4
/** Bytes of one answer of the DHT: the longest has 20 nodes and 128 providers of less than 600 bytes each. */
export const MAX_DHT_ANSWER_BYTES = 96 * 1024
/** What one peer may ask of the DHT here: so many bytes at once, and then so many a second. A question has some 100, an answer up to some 80 000. */
export const DHT_REQUEST_BURST_BYTES = 64 * 1024
export const DHT_REQUEST_BYTES_PER_S = 1024
/** What one peer is answered by the DHT here: at once some 50 of the longest answers, or a thousand usual ones, and then so much a second. */
export const DHT_ANSWER_BURST_BYTES = 4 * 1024 * 1024
export const DHT_ANSWER_BYTES_PER_S = 32 * 1024
/** And all peers of one host together, in shares of one peer: a lecture hall whose hundred ask for a room at once needs two. */
export const DHT_ANSWER_HOST_SHARES = 8
/** Nodes nearer to a key that one answer is taken to name: a bucket of Kademlia. */
export const MAX_CLOSER_PER_ANSWER = 20
/** Nodes of the DHT that queries dial: some searches at once, then so many a second. Answers could lead on and on. */
export const DHT_DIAL_BURST = 128
export const DHT_DIALS_PER_S = 8
/** Nodes of the DHT that are known by hearsay alone, in memory only: what one search comes across, some times over. */
export const MAX_DHT_HEARSAY = 1024
/** Names that are searched for at a time. */
export const MAX_SEEKS = 64
/** DHT streams in each direction between two nodes: four queries at a time, and as many that are ending. */
export const MAX_DHT_STREAMS = 8

// --- what one author may make a room keep ----------------------------------------------------------------------

/** A message that is older than this when it comes counts as late. Gossip carries none: it comes from members, who answer for it. */
export const LATE_MS = 600_000
/**
 * Bytes of late messages that a room takes in a day, by whomever: some 2 500 000 lines. Against who dates back without end, under as many names as it likes;
 * a person is told when something is left for the day after.
 */
export const MAX_LATE_BYTES_PER_DAY = 1024 * 1024 * 1024
/** Messages of one author that are kept out of sight, in case that what stands against them turns out not to count: what is said before one hears of it. */
export const MAX_HIDDEN_PER_AUTHOR = 64
/** The same of all authors together: an identity costs nothing. */
export const MAX_HIDDEN = 256
export const MAX_HIDDEN_BYTES = 8 * 1024 * 1024
/** The same, with those that are needed to find out what else lies before the cut of an act. */
export const MAX_HIDDEN_NEEDED = 16_384
export const MAX_HIDDEN_NEEDED_BYTES = 64 * 1024 * 1024
/**
 * Messages of a room that were shown and are not any more, since their author said one with an earlier time in a full window: so many at once, and then so
 * many a second, are told of, passed on and named. Honest nodes make next to none. Beyond, what takes their place comes by reconciliation, without a word.
 */
export const DISPLACED_BURST = 64
export const DISPLACED_PER_S = 1
/** Ids of messages that cannot be judged before more of the history is here: those beyond are shown with their page. */
export const MAX_UNSETTLED = 16_384
/** Ids of messages that were refused, so that they are not asked for again and again. */
export const MAX_REFUSED_IDS = 16_384

// --- between a node and a server -------------------------------------------------------------------------------

/** A signed statement of a server; a full list of bans is the longest. */
export const MAX_STATEMENT_BYTES = 256 * 1024
/** An announcement's text in UTF-8: a few paragraphs; longer belongs on a page that it names. */
export const MAX_ANNOUNCEMENT_BYTES = 4 * 1024
/** Announcements of one server in force at a time; the oldest gives way. A person reads no more. */
export const MAX_ANNOUNCEMENTS = 32
/** An announcement ends by itself, at the latest after so long: who comes later has no use for it. */
export const MAX_ANNOUNCEMENT_MS = 30 * 24 * 3600 * 1000
/** New statements of one server that a node takes: all that one can have in force at once, twice, and then one in so long. Each is written to the disk. */
export const STATEMENT_BURST = 2 * (MAX_ANNOUNCEMENTS + 2)
export const STATEMENTS_PER_S = 0.2
/** Bans in one list: with the longest reasons it is still one statement. Whoever needs more admits by list. */
export const MAX_SERVER_BANS = 512
/** Servers that act as one, besides the one that says so. A person's node tries them one after the other. */
export const MAX_FEDERATED = 16
/** Identities that may command a server from afar. */
export const MAX_OPERATORS = 64
/** A call by an authorised identity, as text: its longest part is an announcement. */
export const MAX_CONSOLE_CALL_BYTES = 16 * 1024
/** One message to a server: a genesis record and the wish to list its room are the largest. */
export const MAX_SERVER_REQUEST_BYTES = 64 * 1024
/** One message from a server: the longest statement, and then some. */
export const MAX_SERVER_MESSAGE_BYTES = MAX_STATEMENT_BYTES + 16 * 1024
/** Topics that a server forwards for one node, and in all: with those of servers, gossipsub tells them to every peer in one message of at most 512. */
export const MAX_FORWARDED_PER_PEER = 64
export const MAX_FORWARDED_TOPICS = 480
/** Frames and bytes that a server forwards for one peer: so many at once, and then so many a second. A burst is a person pasting, not a flood. */
export const FORWARD_BURST_FRAMES = 400
export const FORWARD_FRAMES_PER_S = 50
export const FORWARD_BURST_BYTES = 4 * 1024 * 1024
export const FORWARD_BYTES_PER_S = 256 * 1024
/** Hashed names under which one node can be found, and all names together: two a room. */
export const MAX_NAMES_PER_PEER = 2 * MAX_ROOMS_PER_PEER
export const MAX_RENDEZVOUS_NAMES = 100_000
/** Names asked for at a time, and nodes named in answer to one: enough to meet a room, too few to list it. */
export const MAX_NAMES_ASKED = 16
export const MAX_NODES_FOUND = 8
/** Rooms in a server's public list, of one creator and in all, and in one page of it. */
export const MAX_LISTED_PER_OWNER = 8
export const MAX_LISTED_ROOMS = 1024
export const MAX_LISTED_PAGE = 16
/** A genesis record in that list: name and topic at their longest, keys and signature. */
export const MAX_LISTED_GENESIS_BYTES = 2048
/** Transfers, reclaims and new tokens that show a server whose a room is; the longest has all parents and a full cut. All of them fit into one request. */
export const MAX_TITLE_STEPS = 24
export const MAX_TITLE_STEP_BYTES = 1536
/** All records by which a server knows whose the listed rooms are: its state is written as a whole. */
export const MAX_TITLES_BYTES = 2 * 1024 * 1024
/** A room is listed for so long after its owner last asked for it. */
export const MAX_LISTING_MS = 30 * 24 * 3600 * 1000
/** What a node may ask a server: so many at once, then so many a second. Who goes on beyond is disconnected after so many refusals. */
export const SERVER_REQUEST_BURST = 60
export const SERVER_REQUESTS_PER_S = 4
export const MAX_SERVER_REFUSALS = 100
/** Wrong shutdown codes of one peer before it is locked out: a person mistypes, a program guesses. */
export const MAX_CODE_TRIES = 3
/** Identities whose wrong codes are counted; with more of them nobody ends the server from afar. */
export const MAX_CODE_GUESSERS = 4096
/** Senders of frames whose pace a server remembers, some times its connections; whoever was quiet is forgotten first. */
export const MAX_FORWARD_SENDERS = 4096
/** Nodes of which a server remembers whom they speak for, so that a banned identity costs one handshake and not a whole greeting. */
export const MAX_KNOWN_NODES = 10_000
/** A refusal of a server: its word for programs, and its sentence for people, which holds the reason of a ban. */
export const MAX_REFUSAL_REASON_BYTES = 64
export const MAX_REFUSAL_BYTES = 1024
/** Anybody can say that it is a server which names this one: the operator is told of so many, then of one in ten minutes. The list shows all. */
export const ASKERS_TOLD = 4
export const ASKERS_TOLD_PER_S = 1 / 600
/** What may wait for a peer on a server stream: all lists and announcements of a server and its friends, a few times over. */
export const MAX_SERVER_BACKLOG_BYTES = 4 * MAX_SERVER_MESSAGE_BYTES
/** Questions to a server that wait for an answer: what a person does at a time, many times over. */
export const MAX_SERVER_QUESTIONS = 64
/** Times that a server says who it is on one connection: an operator changes name and mind seldom. Each costs a signature. */
export const MAX_WELCOMES = 64
/** Statements on one connection that are forged, malformed, or of servers that do not count; each costs a signature. */
export const MAX_REFUSED_STATEMENTS = 32
/** Members of a room to whom a server passes on its frames at once; the others of a larger room hear them by each other. */
export const MAX_SERVER_MESH = 32
/** Dials on a server's word: a room's mesh at once, then one in so long. */
export const MAX_SERVER_HINTS = 32
export const SERVER_HINT_EVERY_MS = 2000
/** Entries of what a server answers to a call: more than it has users. */
export const MAX_ANSWER_ITEMS = 10_000
