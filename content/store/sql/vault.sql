-- name: vault_put
-- ?1 collection, ?2 item, ?3 field, ?4 sealed, ?5 digest
INSERT INTO vitrine_vault (collection, item, field, sealed, digest)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (collection, item, field)
DO UPDATE SET sealed = excluded.sealed, digest = excluded.digest;

-- name: vault_get
-- ?1 collection, ?2 item, ?3 field
SELECT sealed, digest
FROM vitrine_vault
WHERE collection = ?1 AND item = ?2 AND field = ?3;

-- name: vault_drop
-- ?1 collection, ?2 item, ?3 field
DELETE FROM vitrine_vault
WHERE collection = ?1 AND item = ?2 AND field = ?3;

-- name: vault_drop_item
-- ?1 collection, ?2 item
DELETE FROM vitrine_vault
WHERE collection = ?1 AND item = ?2;

-- name: vault_by_digest
-- ?1 digest
SELECT collection, item, field
FROM vitrine_vault
WHERE digest = ?1;

-- name: vault_of_field
-- ?1 collection, ?2 field, ?3 after this item, ?4 how many
SELECT item, sealed
FROM vitrine_vault
WHERE collection = ?1 AND field = ?2 AND item > ?3 AND sealed IS NOT NULL
ORDER BY item
LIMIT ?4;

-- name: vault_count
-- ?1 collection, ?2 field
SELECT count(*)
FROM vitrine_vault
WHERE collection = ?1 AND field = ?2;
