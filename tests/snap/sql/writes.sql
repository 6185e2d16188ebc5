INSERT INTO "c_goods" ("_id", "_rev", "name", "price") VALUES (?1, ?2, ?3, ?4)
  -- "aaaaaaaaaaaaaaaaaaaaaaa1", 1, "Bolt", 0.1

UPDATE "c_goods" SET "_rev" = ?1, "name" = ?2, "price" = ?3 WHERE "_id" = ?4
  -- 1, "Bolt", 0.1, "aaaaaaaaaaaaaaaaaaaaaaa1"

DELETE FROM "c_goods" WHERE "_id" = ?1
  -- "aaaaaaaaaaaaaaaaaaaaaaa1"

DELETE FROM "goods.parts" WHERE source = ?1
INSERT INTO "goods.parts" (source, position, target) VALUES (?1, ?2, ?3)
