-- What stands beside the tables of collections: "c_…" are collections, "….…" their links,
-- "vitrine_…" is the server's own.

CREATE TABLE vitrine_migrations (
    number   INTEGER PRIMARY KEY,
    name     TEXT NOT NULL,
    checksum TEXT NOT NULL,
    at_ms    INTEGER NOT NULL
) STRICT;

-- Every change in commit order, written in the transaction of the change. Numbers have no gaps.
CREATE TABLE vitrine_journal (
    seq        INTEGER PRIMARY KEY,
    tx         INTEGER NOT NULL,
    at_ms      INTEGER NOT NULL,
    who        TEXT,
    via        TEXT,
    request_id TEXT,
    user       TEXT,
    collection TEXT,
    item       TEXT,
    verb       TEXT,
    revision   INTEGER,
    before     TEXT,
    after      TEXT
) STRICT;
CREATE INDEX "vitrine_journal/item" ON vitrine_journal (collection, item, seq);

-- The journal as the collection of that name.
CREATE VIEW "c_journal" AS
SELECT seq                  AS "_n",
       format('%024x', seq) AS "_id",
       1                    AS "_state",
       at_ms / 1000         AS "_created",
       at_ms / 1000         AS "_modified",
       user                 AS "_cby",
       user                 AS "_mby",
       1                    AS "_rev",
       seq                  AS "seq",
       tx                   AS "tx",
       at_ms                AS "at",
       who                  AS "who",
       via                  AS "via",
       request_id           AS "request_id",
       user                 AS "user",
       collection           AS "collection",
       item                 AS "item",
       verb                 AS "verb",
       revision             AS "revision",
       before               AS "before",
       after                AS "after"
FROM vitrine_journal;

-- Secrets: sealed ones are opened by purpose, digests are compared and never opened.
CREATE TABLE vitrine_vault (
    collection TEXT NOT NULL,
    item       TEXT NOT NULL,
    field      TEXT NOT NULL,
    sealed     BLOB,
    digest     BLOB,
    PRIMARY KEY (collection, item, field)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX "vitrine_vault/digest" ON vitrine_vault (digest) WHERE digest IS NOT NULL;

-- How far each reader of the journal has come.
CREATE TABLE vitrine_consumers (
    name TEXT PRIMARY KEY NOT NULL,
    seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The definition that each collection's table was made from.
CREATE TABLE vitrine_shapes (
    name       TEXT PRIMARY KEY NOT NULL,
    definition TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Small facts of the server's own, by name.
CREATE TABLE vitrine_notes (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT
) STRICT, WITHOUT ROWID;
