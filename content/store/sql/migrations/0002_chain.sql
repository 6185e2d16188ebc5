-- Each entry of the journal carries a keyed digest over the one before and over itself (docs/journal.md).
-- What was written before that has none; where the chain begins is noted.

ALTER TABLE vitrine_journal ADD COLUMN mac BLOB;

INSERT INTO vitrine_notes (name, value)
SELECT 'journal.chained_from', coalesce(max(seq), 0) + 1 FROM vitrine_journal;

DROP VIEW "c_journal";
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
       after                AS "after",
       lower(hex(mac))      AS "mac"
FROM vitrine_journal;

-- Signed words about the chain: "checkpoint": entry seq has this mac; "trim": entries up to and with seq
-- were taken out, the chain goes on from this mac.
CREATE TABLE vitrine_checkpoints (
    kind      TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    mac       BLOB NOT NULL,
    at_ms     INTEGER NOT NULL,
    key       TEXT NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (kind, seq)
) STRICT, WITHOUT ROWID;
