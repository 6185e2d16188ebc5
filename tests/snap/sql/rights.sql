-- asked {'maker.name': 'x'}, makers {}
SELECT count(*) FROM "c_goods" AS t0 WHERE EXISTS (SELECT 1 FROM "c_makers" AS t1 WHERE t1."_id" = t0."maker" AND t1."town" = ?1) AND t0."maker" IN (SELECT t2."_id" FROM "c_makers" AS t2 WHERE t2."name" = ?2)
  -- "Linz", "x"

-- asked {'maker.name': 'x'}, makers {town: 'Graz'}
SELECT count(*) FROM "c_goods" AS t0 WHERE EXISTS (SELECT 1 FROM "c_makers" AS t1 WHERE t1."_id" = t0."maker" AND t1."town" = ?1) AND t0."maker" IN (SELECT t2."_id" FROM "c_makers" AS t2 WHERE t2."town" = ?2 AND t2."name" = ?3)
  -- "Linz", "Graz", "x"

-- asked {'maker.town': {$ne: 'x'}}, makers {$or: [{town: 'Graz'}, {town: 'Wien'}]}
SELECT count(*) FROM "c_goods" AS t0 WHERE EXISTS (SELECT 1 FROM "c_makers" AS t1 WHERE t1."_id" = t0."maker" AND t1."town" = ?1) AND EXISTS (SELECT 1 FROM "c_makers" AS t2 WHERE t2."_id" = t0."maker" AND (t2."town" = ?2 OR t2."town" = ?3) AND (t2."town" = ?4) IS NOT TRUE)
  -- "Linz", "Graz", "Wien", "x"

-- asked {'maker.name': 'x'}, makers hidden
SELECT count(*) FROM "c_goods" AS t0 WHERE EXISTS (SELECT 1 FROM "c_makers" AS t1 WHERE t1."_id" = t0."maker" AND t1."town" = ?1) AND FALSE
  -- "Linz"

-- asked {'parts.maker.name': 'x'}, makers {town: 'Graz'}
SELECT count(*) FROM "c_goods" AS t0 WHERE EXISTS (SELECT 1 FROM "c_makers" AS t1 WHERE t1."_id" = t0."maker" AND t1."town" = ?1) AND t0."_id" IN (SELECT l2.source FROM "goods.parts" AS l2 JOIN "c_goods" AS t2 ON t2."_id" = l2.target WHERE t2."maker" IN (SELECT t3."_id" FROM "c_makers" AS t3 WHERE t3."town" = ?2 AND t3."name" = ?3))
  -- "Linz", "Graz", "x"

