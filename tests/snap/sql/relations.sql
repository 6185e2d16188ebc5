-- shops {'reviews_via_shop.text': 'x'}
SELECT count(*) FROM "c_shops" AS t0 WHERE EXISTS (SELECT 1 FROM "c_reviews" AS t1 WHERE t1."shop" = t0."_id" AND t1."live" = ?1 AND t1."text" = ?2)
  -- 1, "x"

-- shops {reviews_via_shop: {$exists: true}}
SELECT count(*) FROM "c_shops" AS t0 WHERE EXISTS (SELECT 1 FROM "c_reviews" AS t1 WHERE t1."shop" = t0."_id" AND t1."live" = ?1 AND TRUE)
  -- 1

-- shops {reviews_via_shop: {$size: 2}}
SELECT count(*) FROM "c_shops" AS t0 WHERE (SELECT count(*) FROM "c_reviews" AS t1 WHERE t1."shop" = t0."_id" AND t1."live" = ?1) = ?2
  -- 1, 2

-- shops {reviews_via_with: {$every: {stars: 5}}}
SELECT count(*) FROM "c_shops" AS t0 WHERE (EXISTS (SELECT 1 FROM "reviews.with" AS l1 JOIN "c_reviews" AS t1 ON t1."_id" = l1.source WHERE l1.target = t0."_id" AND t1."live" = ?1 AND (t1."stars" = ?2) IS NOT TRUE)) IS NOT TRUE
  -- 1, 5

-- shops {reviews_via_about: {$some: {stars: 5, text: 'x'}}}
SELECT count(*) FROM "c_shops" AS t0 WHERE EXISTS (SELECT 1 FROM "c_reviews" AS t1 WHERE t1."about" = 'shops/' || t0."_id" AND t1."live" = ?1 AND (t1."stars" = ?2 AND t1."text" = ?3))
  -- 1, 5, "x"

-- shops {reviews_via_near: {$none: {stars: 5}}}
SELECT count(*) FROM "c_shops" AS t0 WHERE (EXISTS (SELECT 1 FROM "reviews.near" AS l1 JOIN "c_reviews" AS t1 ON t1."_id" = l1.source WHERE l1.target = 'shops/' || t0."_id" AND t1."live" = ?1 AND t1."stars" = ?2)) IS NOT TRUE
  -- 1, 5

-- reviews {'about._model': 'bars'}
SELECT count(*) FROM "c_reviews" AS t0 WHERE t0."live" = ?1 AND t0."about" >= ?2 AND t0."about" < ?3
  -- 1, "bars/", "bars0"

-- reviews {about: 'aaaaaaaaaaaaaaaaaaaaaaa1'}
SELECT count(*) FROM "c_reviews" AS t0 WHERE t0."live" = ?1 AND t0."about" IN (?2, ?3)
  -- 1, "shops/aaaaaaaaaaaaaaaaaaaaaaa1", "bars/aaaaaaaaaaaaaaaaaaaaaaa1"

-- reviews {'about:bars.name': 'x'}
SELECT count(*) FROM "c_reviews" AS t0 WHERE t0."live" = ?1 AND CASE WHEN t0."about" >= 'bars/' AND t0."about" < 'bars0' THEN substr(t0."about", 6) END IN (SELECT t1."_id" FROM "c_bars" AS t1 WHERE t1."name" = ?2)
  -- 1, "x"

-- reviews {'near:bars.name': {$ne: 'x'}}
SELECT count(*) FROM "c_reviews" AS t0 WHERE t0."live" = ?1 AND EXISTS (SELECT 1 FROM "reviews.near" AS l1 JOIN "c_bars" AS t1 ON t1."_id" = CASE WHEN l1.target >= 'bars/' AND l1.target < 'bars0' THEN substr(l1.target, 6) END WHERE l1.source = t0."_id" AND (t1."name" = ?2) IS NOT TRUE)
  -- 1, "x"

-- reviews behind a cursor, sort -shop.name
SELECT t0."_id", t0."_rev", (SELECT t1."name" FROM "c_shops" AS t1 WHERE t1."_id" = t0."shop"), t0."_n" FROM "c_reviews" AS t0 WHERE t0."live" = ?1 AND ((SELECT t2."name" FROM "c_shops" AS t2 WHERE t2."_id" = t0."shop") = ?2 AND t0."_n" < ?3 OR (SELECT t3."name" FROM "c_shops" AS t3 WHERE t3."_id" = t0."shop") < ?4 OR (SELECT t4."name" FROM "c_shops" AS t4 WHERE t4."_id" = t0."shop") IS NULL) ORDER BY (SELECT t5."name" FROM "c_shops" AS t5 WHERE t5."_id" = t0."shop") DESC NULLS LAST, t0."_n" DESC LIMIT ?5
  -- 1, "x", 7, "x", 1000

-- reviews behind a cursor, sort about:bars.name
SELECT t0."_id", t0."_rev", (SELECT t1."name" FROM "c_bars" AS t1 WHERE t1."_id" = CASE WHEN t0."about" >= 'bars/' AND t0."about" < 'bars0' THEN substr(t0."about", 6) END), t0."_n" FROM "c_reviews" AS t0 WHERE t0."live" = ?1 AND ((SELECT t2."name" FROM "c_bars" AS t2 WHERE t2."_id" = CASE WHEN t0."about" >= 'bars/' AND t0."about" < 'bars0' THEN substr(t0."about", 6) END) IS NULL AND t0."_n" > ?2 OR (SELECT t3."name" FROM "c_bars" AS t3 WHERE t3."_id" = CASE WHEN t0."about" >= 'bars/' AND t0."about" < 'bars0' THEN substr(t0."about", 6) END) IS NOT NULL) ORDER BY (SELECT t4."name" FROM "c_bars" AS t4 WHERE t4."_id" = CASE WHEN t0."about" >= 'bars/' AND t0."about" < 'bars0' THEN substr(t0."about", 6) END) ASC NULLS FIRST, t0."_n" ASC LIMIT ?3
  -- 1, 7, 1000

-- shops behind a cursor, sort -reviews_via_shop
SELECT t0."_id", t0."_rev", (SELECT count(*) FROM "c_reviews" AS t1 WHERE t1."shop" = t0."_id" AND t1."live" = ?1), t0."_n" FROM "c_shops" AS t0 WHERE ((SELECT count(*) FROM "c_reviews" AS t2 WHERE t2."shop" = t0."_id" AND t2."live" = ?2), t0."_n") < (?3, ?4) ORDER BY (SELECT count(*) FROM "c_reviews" AS t3 WHERE t3."shop" = t0."_id" AND t3."live" = ?5) DESC NULLS LAST, t0."_n" DESC LIMIT ?6
  -- 1, 1, 3, 7, 1, 1000

-- shops {reviews_via_shop: {fields: 'text', sort: '-stars', limit: 3, skip: 6, filter: {stars: {$gt: 2}}}}
SELECT t0."_id", t0."_rev", t0."_n" FROM "c_shops" AS t0 ORDER BY t0."_n" ASC LIMIT ?1
  -- 1000

SELECT t0."_id", t0."text", t0."stars" FROM "c_reviews" AS t0 WHERE t0."shop" = ?1 AND t0."live" = ?2 AND t0."stars" > ?3 ORDER BY t0."stars" DESC NULLS LAST, t0."_n" DESC LIMIT ?4 OFFSET ?5
  -- <parent>, 1, 2, 3, 6

-- shops {reviews_via_with: {fields: 'text'}, reviews_via_about: {fields: 'text'}, reviews_via_near: {fields: 'text'}}
SELECT t0."_id", t0."_rev", t0."_n" FROM "c_shops" AS t0 ORDER BY t0."_n" ASC LIMIT ?1
  -- 1000

SELECT t0."_id", t0."text" FROM "reviews.with" AS l0 JOIN "c_reviews" AS t0 ON t0."_id" = l0.source WHERE l0.target = ?1 AND t0."live" = ?2 ORDER BY t0."_n" ASC LIMIT ?3
  -- <parent>, 1, 1000

SELECT t0."_id", t0."text" FROM "c_reviews" AS t0 WHERE t0."about" = 'shops/' || ?1 AND t0."live" = ?2 ORDER BY t0."_n" ASC LIMIT ?3
  -- <parent>, 1, 1000

SELECT t0."_id", t0."text" FROM "reviews.near" AS l0 JOIN "c_reviews" AS t0 ON t0."_id" = l0.source WHERE l0.target = 'shops/' || ?1 AND t0."live" = ?2 ORDER BY t0."_n" ASC LIMIT ?3
  -- <parent>, 1, 1000

-- reviews {'about:shops': 'name', 'about:bars': 'name', 'near:bars': 'name'}
SELECT t0."_id", t0."about", t0."_rev", t0."_n" FROM "c_reviews" AS t0 WHERE t0."live" = ?1 ORDER BY t0."_n" ASC LIMIT ?2
  -- 1, 1000

SELECT t0."_id", t0."name" FROM "c_shops" AS t0 WHERE t0."_id" = ?1
  -- <parent>

SELECT t0."_id", t0."name" FROM "c_bars" AS t0 WHERE t0."_id" = ?1
  -- <parent>

SELECT l0.target FROM "reviews.near" AS l0 WHERE l0.source = ?1 ORDER BY l0.position ASC LIMIT ?2
  -- <parent>, 100000

SELECT t0."_id", t0."name" FROM "c_bars" AS t0 WHERE t0."_id" = ?1
  -- <parent>

