-- name: consumer_get
-- ?1 name
SELECT seq FROM vitrine_consumers WHERE name = ?1;

-- name: consumer_put
-- ?1 name, ?2 seq
INSERT INTO vitrine_consumers (name, seq)
VALUES (?1, ?2)
ON CONFLICT (name) DO UPDATE SET seq = excluded.seq;

-- name: consumer_drop
-- ?1 name
DELETE FROM vitrine_consumers WHERE name = ?1;

-- name: consumer_all
SELECT name, seq FROM vitrine_consumers ORDER BY name;

-- name: shape_all
SELECT name, definition FROM vitrine_shapes ORDER BY name;

-- name: shape_put
-- ?1 name, ?2 definition
INSERT INTO vitrine_shapes (name, definition)
VALUES (?1, ?2)
ON CONFLICT (name) DO UPDATE SET definition = excluded.definition;

-- name: shape_drop
-- ?1 name
DELETE FROM vitrine_shapes WHERE name = ?1;

-- name: note_get
-- ?1 name
SELECT value FROM vitrine_notes WHERE name = ?1;

-- name: note_put
-- ?1 name, ?2 value
INSERT INTO vitrine_notes (name, value)
VALUES (?1, ?2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: once_get
-- ?1 key, ?2 not older than this
SELECT request, result FROM vitrine_once WHERE key = ?1 AND at_ms >= ?2;

-- name: once_put
-- ?1 key, ?2 request, ?3 at_ms, ?4 result
INSERT INTO vitrine_once (key, request, at_ms, result)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (key) DO UPDATE SET request = excluded.request, at_ms = excluded.at_ms, result = excluded.result;

-- name: once_trim
-- ?1 older than this
DELETE FROM vitrine_once WHERE at_ms < ?1;
