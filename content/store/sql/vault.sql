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
