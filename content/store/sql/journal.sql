-- name: journal_append
-- ?1 seq, ?2 tx, ?3 at_ms, ?4 who, ?5 via, ?6 request_id, ?7 user, ?8 collection, ?9 item, ?10 verb,
-- ?11 revision, ?12 before, ?13 after, ?14 mac
INSERT INTO vitrine_journal (seq, tx, at_ms, who, via, request_id, user, collection, item, verb,
                             revision, before, after, mac)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14);

-- name: journal_last
SELECT coalesce(max(seq), 0) FROM vitrine_journal;

-- name: journal_tail
-- The newest entry's number and mac; no row when there is none.
SELECT seq, mac FROM vitrine_journal ORDER BY seq DESC LIMIT 1;

-- name: journal_since
-- Oldest first. ?1 after this seq, ?2 at most
SELECT seq, tx, at_ms, who, via, request_id, user, collection, item, verb, revision, before, after, mac
FROM vitrine_journal
WHERE seq > ?1
ORDER BY seq
LIMIT ?2;

-- name: journal_of_item
-- An item's history, newest first. ?1 collection, ?2 item, ?3 before this seq (NULL: from the newest),
-- ?4 at most
SELECT seq, tx, at_ms, who, via, request_id, user, collection, item, verb, revision, before, after, mac
FROM vitrine_journal
WHERE collection = ?1 AND item = ?2 AND seq < coalesce(?3, 9223372036854775807)
ORDER BY seq DESC
LIMIT ?4;

-- name: journal_revision
-- The last revision that an item was given. ?1 collection, ?2 item
SELECT revision FROM vitrine_journal
WHERE collection = ?1 AND item = ?2 AND revision > 0
ORDER BY seq DESC
LIMIT 1;

-- name: journal_trim
-- Forgets up to and with ?1; the newest stays, so that numbers go on from it.
DELETE FROM vitrine_journal
WHERE seq <= ?1 AND seq < (SELECT max(seq) FROM vitrine_journal);

-- name: checkpoint_put
-- ?1 kind, ?2 seq, ?3 mac, ?4 at_ms, ?5 key, ?6 signature. What was signed once stays as it is.
INSERT INTO vitrine_checkpoints (kind, seq, mac, at_ms, key, signature)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (kind, seq) DO NOTHING;

-- name: checkpoint_since
-- Oldest first. ?1 kind, ?2 after this seq, ?3 at most
SELECT seq, mac, at_ms, key, signature
FROM vitrine_checkpoints
WHERE kind = ?1 AND seq > ?2
ORDER BY seq
LIMIT ?3;

-- name: checkpoint_last
-- ?1 kind; no row when there is none
SELECT seq, mac, at_ms, key, signature
FROM vitrine_checkpoints
WHERE kind = ?1
ORDER BY seq DESC
LIMIT 1;

-- name: journal_at_revision
-- What an item became with a revision; an item that had the id before this one was made is not meant. ?1 collection,
-- ?2 item, ?3 revision
SELECT seq, tx, at_ms, who, via, request_id, user, collection, item, verb, revision, before, after, mac
FROM vitrine_journal
WHERE collection = ?1 AND item = ?2 AND revision = ?3
  AND seq >= coalesce((SELECT max(seq) FROM vitrine_journal
                       WHERE collection = ?1 AND item = ?2 AND verb = 'create'), 0)
ORDER BY seq DESC
LIMIT 1;
