/** Marks a SQLite file as ours ("TIDE"), so that no other program's database is ever taken for one. */
export const APPLICATION_ID = 0x54494445;
/** Raised by every change of the tables below or of what is in them, the folds' states too. */
export const FORMAT_VERSION = 4;
/** What was written in it is read as it is; a folder in it is of the newest format once it is opened for writing. */
export const FORMAT_VERSION_BEFORE = 3;

/**
 * - blocks: the log. A row holds consecutive records of one partition (a topic's lane); `id` is the partition's number
 *   times 2^40 plus the offset of the block's last record, so that new blocks go to the end of their partition's range.
 *   `headers` is a JSON array with one object a record, `records` their keys and values; where `headers` is empty, both
 *   are in `records`, compressed (see record-block.ts; since format 4).
 * - commits: the groups' committed places.
 * - lanes: per service and lane the token and meta of the last commit, and how far its outbox was trimmed.
 * - facets: one row a service and customer. Text is compared by its UTF-8 bytes, the order of customer ids.
 *   `label` is what the customer is listed under (tier: the tier).
 * - outbox: a row holds the entries of one commit; `last` is its last sequence, `envelopes` JSON of [topic, headers].
 */
export const SCHEMA = `
  CREATE TABLE about (lanes INTEGER NOT NULL) STRICT;
  CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE blocks (
    id INTEGER PRIMARY KEY, count INTEGER NOT NULL, appended_at_ms INTEGER NOT NULL,
    headers TEXT NOT NULL, records BLOB NOT NULL
  ) STRICT;
  CREATE TABLE commits (
    member_group TEXT NOT NULL, lane INTEGER NOT NULL, topic TEXT NOT NULL,
    next_offset INTEGER NOT NULL, metadata TEXT NOT NULL,
    PRIMARY KEY (member_group, lane, topic)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE lanes (
    service TEXT NOT NULL, lane INTEGER NOT NULL,
    token TEXT NOT NULL, meta TEXT NOT NULL, trimmed_through INTEGER NOT NULL,
    PRIMARY KEY (service, lane)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE facets (
    service TEXT NOT NULL, lane INTEGER NOT NULL, customer TEXT NOT NULL,
    facet TEXT NOT NULL, timer INTEGER, label TEXT,
    PRIMARY KEY (service, lane, customer)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX timers ON facets (service, lane, timer, customer) WHERE timer IS NOT NULL;
  CREATE INDEX labels ON facets (service, lane, label, customer) WHERE label IS NOT NULL;
  CREATE TABLE outbox (
    service TEXT NOT NULL, lane INTEGER NOT NULL, last INTEGER NOT NULL,
    count INTEGER NOT NULL, envelopes TEXT NOT NULL, records BLOB NOT NULL,
    PRIMARY KEY (service, lane, last)
  ) STRICT, WITHOUT ROWID;
`;

export const TABLES: readonly string[] = ['about', 'blocks', 'commits', 'facets', 'lanes', 'outbox', 'topics'];
