-- The journal by who, what, when and where (docs/audit.md). Entries by number are the table itself; every index ends
-- with it. Notes hold what is taken out of their `after` here: an object whose first member is the address, and whose
-- texts are words of ours. Functions for JSON are not to be had in a schema that is not trusted.

ALTER TABLE vitrine_journal ADD COLUMN address TEXT GENERATED ALWAYS AS (
    CASE WHEN instr(verb, '.') > 0 AND substr(after, 1, 12) = '{"address":"'
         THEN substr(after, 13, instr(substr(after, 13), '"') - 1) END) VIRTUAL;

DROP INDEX "vitrine_journal/item";
CREATE INDEX "vitrine_journal/item" ON vitrine_journal (item, collection);
CREATE INDEX "vitrine_journal/collection" ON vitrine_journal (collection);
CREATE INDEX "vitrine_journal/who" ON vitrine_journal (who);
CREATE INDEX "vitrine_journal/user" ON vitrine_journal (user) WHERE user IS NOT NULL;
CREATE INDEX "vitrine_journal/request" ON vitrine_journal (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX "vitrine_journal/address" ON vitrine_journal (address) WHERE address IS NOT NULL;
CREATE INDEX "vitrine_journal/verb" ON vitrine_journal (verb);
-- Counts per day, verb and collection need not look at images.
CREATE INDEX "vitrine_journal/at" ON vitrine_journal (at_ms, verb, collection);

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
       NULL                 AS "changes",
       address              AS "address",
       CASE WHEN instr(verb, '.') > 0 AND instr(after, '"reason":"') > 0
            THEN substr(after, instr(after, '"reason":"') + 10,
                        instr(substr(after, instr(after, '"reason":"') + 10), '"') - 1) END AS "reason",
       CASE WHEN instr(verb, '.') > 0 AND instr(after, '"count":') > 0
            THEN CAST(substr(after, instr(after, '"count":') + 8, 20) AS INTEGER) END AS "times",
       CASE WHEN instr(verb, '.') > 0
            THEN coalesce(CASE WHEN instr(after, '"last":"') > 0
                               THEN 1000 * unixepoch(substr(after, instr(after, '"last":"') + 8, 19)) END, at_ms) END AS "last",
       lower(hex(mac))      AS "mac"
FROM vitrine_journal;
