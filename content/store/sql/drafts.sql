-- name: draft_get
-- ?1 collection, ?2 item
SELECT cells, revision, modified, author FROM vitrine_drafts WHERE collection = ?1 AND item = ?2;

-- name: draft_put
-- ?1 collection, ?2 item, ?3 cells, ?4 revision, ?5 modified, ?6 author
INSERT INTO vitrine_drafts (collection, item, cells, revision, modified, author)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (collection, item)
DO UPDATE SET cells = excluded.cells, revision = excluded.revision, modified = excluded.modified,
              author = excluded.author;

-- name: draft_drop
-- ?1 collection, ?2 item
DELETE FROM vitrine_drafts WHERE collection = ?1 AND item = ?2;

-- name: draft_collections
-- Those that have any, each found by a step through the index.
WITH RECURSIVE names (name) AS (
    SELECT min(collection) FROM vitrine_drafts
    UNION ALL
    SELECT (SELECT min(collection) FROM vitrine_drafts WHERE collection > name) FROM names
    WHERE name IS NOT NULL
)
SELECT name FROM names WHERE name IS NOT NULL;

-- name: draft_rename
-- ?1 collection before, ?2 now
UPDATE vitrine_drafts SET collection = ?2 WHERE collection = ?1;

-- name: draft_forget
-- ?1 collection that is no more
DELETE FROM vitrine_drafts WHERE collection = ?1;

-- name: draft_unfield
-- Values of a field that became another kind. ?1 collection, ?2 path of its cell
UPDATE vitrine_drafts SET cells = json_remove(cells, ?2) WHERE collection = ?1;

-- name: draft_members
-- ?1 collection, ?2 path of the cell, ?3 moves
UPDATE vitrine_drafts
SET cells = json_set(cells, ?2, vitrine_members(json_extract(cells, ?2), ?3))
WHERE collection = ?1 AND json_type(cells, ?2) = 'text';
