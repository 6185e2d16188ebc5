-- goods sort - fields name,price
SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 ORDER BY t0."_n" ASC LIMIT ?1
  -- 1000

-- goods sort price fields name
SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 ORDER BY t0."price" ASC NULLS FIRST, t0."_n" ASC LIMIT ?1
  -- 1000

-- goods sort -price,name fields name
SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 ORDER BY t0."price" DESC NULLS LAST, t0."name" ASC NULLS FIRST, t0."_n" ASC LIMIT ?1
  -- 1000

-- shelves sort - fields name
SELECT t0."name", t0."_o", t0."_id", t0."_rev", t0."_n" FROM "c_shelves" AS t0 ORDER BY t0."_o" ASC NULLS FIRST, t0."_n" ASC LIMIT ?1
  -- 1000

-- goods sort - fields name,maker.name,parts.name
SELECT t0."name", t0."maker", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 ORDER BY t0."_n" ASC LIMIT ?1
  -- 1000

SELECT t0."name" FROM "c_makers" AS t0 WHERE t0."_id" = ?1
  -- <parent>

SELECT t0."name" FROM "goods.parts" AS l0 JOIN "c_goods" AS t0 ON t0."_id" = l0.target WHERE l0.source = ?1 ORDER BY l0.position ASC LIMIT ?2
  -- <parent>, 1000

-- goods sort - fields name,parts
SELECT t0."name", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 ORDER BY t0."_n" ASC LIMIT ?1
  -- 1000

SELECT l0.target FROM "goods.parts" AS l0 WHERE l0.source = ?1 ORDER BY l0.position ASC LIMIT ?2
  -- <parent>, 100000

-- goods sort - fields name,parts.maker.name
SELECT t0."name", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 ORDER BY t0."_n" ASC LIMIT ?1
  -- 1000

SELECT t0."maker" FROM "goods.parts" AS l0 JOIN "c_goods" AS t0 ON t0."_id" = l0.target WHERE l0.source = ?1 ORDER BY l0.position ASC LIMIT ?2
  -- <parent>, 1000

SELECT t0."name" FROM "c_makers" AS t0 WHERE t0."_id" = ?1
  -- <parent>

-- goods sort - fields name, behind a cursor
SELECT t0."name", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE t0."_n" > ?1 ORDER BY t0."_n" ASC LIMIT ?2
  -- 7, 1000

-- goods sort weight fields name, behind a cursor
SELECT t0."name", t0."weight", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE (t0."weight", t0."_n") > (?1, ?2) ORDER BY t0."weight" ASC NULLS FIRST, t0."_n" ASC LIMIT ?3
  -- 5, 7, 1000

-- goods sort -weight fields name, behind a cursor
SELECT t0."name", t0."weight", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE (t0."weight", t0."_n") < (?1, ?2) ORDER BY t0."weight" DESC NULLS LAST, t0."_n" DESC LIMIT ?3
  -- 5, 7, 1000

-- goods sort price fields name, behind a cursor
SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE (t0."price", t0."_n") > (?1, ?2) ORDER BY t0."price" ASC NULLS FIRST, t0."_n" ASC LIMIT ?3
  -- 5, 7, 1000

-- goods sort price fields name, behind a cursor
SELECT * FROM (SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE t0."price" IS NULL AND t0."_n" > ?1 ORDER BY t0."price" ASC NULLS FIRST, t0."_n" ASC LIMIT ?2) UNION ALL SELECT * FROM (SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE t0."price" IS NOT NULL ORDER BY t0."price" ASC NULLS FIRST, t0."_n" ASC LIMIT ?3) LIMIT ?4
  -- 7, 1000, 1000, 1000

-- goods sort -price fields name, behind a cursor
SELECT * FROM (SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE t0."price" = ?1 AND t0."_n" < ?2 ORDER BY t0."price" DESC NULLS LAST, t0."_n" DESC LIMIT ?3) UNION ALL SELECT * FROM (SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE t0."price" < ?4 ORDER BY t0."price" DESC NULLS LAST, t0."_n" DESC LIMIT ?5) UNION ALL SELECT * FROM (SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE t0."price" IS NULL ORDER BY t0."price" DESC NULLS LAST, t0."_n" DESC LIMIT ?6) LIMIT ?7
  -- 5, 7, 1000, 5, 1000, 1000, 1000

-- goods sort -price fields name, behind a cursor
SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE t0."price" IS NULL AND t0."_n" < ?1 ORDER BY t0."price" DESC NULLS LAST, t0."_n" DESC LIMIT ?2
  -- 7, 1000

-- goods sort -made fields name, behind a cursor
SELECT t0."name", t0."made", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE (t0."made" = ?1 AND t0."_n" < ?2 OR t0."made" < ?3 OR t0."made" IS NULL) ORDER BY t0."made" DESC NULLS LAST, t0."_n" DESC LIMIT ?4
  -- 5, 7, 5, 1000

-- goods sort price,-name fields name, behind a cursor
SELECT * FROM (SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE t0."price" = ?1 AND t0."name" = ?2 AND t0."_n" < ?3 ORDER BY t0."price" ASC NULLS FIRST, t0."name" DESC NULLS LAST, t0."_n" DESC LIMIT ?4) UNION ALL SELECT * FROM (SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE t0."price" = ?5 AND t0."name" < ?6 ORDER BY t0."price" ASC NULLS FIRST, t0."name" DESC NULLS LAST, t0."_n" DESC LIMIT ?7) UNION ALL SELECT * FROM (SELECT t0."name", t0."price", t0."_id", t0."_rev", t0."_n" FROM "c_goods" AS t0 WHERE t0."price" > ?8 ORDER BY t0."price" ASC NULLS FIRST, t0."name" DESC NULLS LAST, t0."_n" DESC LIMIT ?9) LIMIT ?10
  -- 5, "a", 7, 1000, 5, "a", 1000, 5, 1000, 1000

-- shelves sort - fields name, behind a cursor
SELECT t0."name", t0."_o", t0."_id", t0."_rev", t0."_n" FROM "c_shelves" AS t0 WHERE (t0."_o", t0."_n") > (?1, ?2) ORDER BY t0."_o" ASC NULLS FIRST, t0."_n" ASC LIMIT ?3
  -- 5, 7, 1000

