-- posts {}
SELECT count(*) FROM "c_posts" AS t0

-- posts {title: 'a'}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."title" = ?1
  -- "a"

-- posts {title: null}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."title" IS NULL

-- posts {title: {$ne: 'a'}}
SELECT count(*) FROM "c_posts" AS t0 WHERE (t0."title" = ?1) IS NOT TRUE
  -- "a"

-- posts {title: {$ne: null}}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."title" IS NOT NULL

-- posts {title: {$exists: false}}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."title" IS NULL

-- posts {views: {$gt: 10, $lte: 20.5}}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."views" > ?1 AND t0."views" <= ?2
  -- 10, 20.5

-- posts {views: {$between: [1, 2]}}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."views" >= ?1 AND t0."views" <= ?2
  -- 1, 2

-- posts {views: {$mod: [2, 1]}}
SELECT count(*) FROM "c_posts" AS t0 WHERE vitrine_match(t0."views", ?1)
  -- <match>

-- posts {_rev: {$mod: [2, 1]}}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."_rev" % ?1 = ?2
  -- 2, 1

-- posts {title: {$in: ['a', 'b']}}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."title" IN (?1, ?2)
  -- "a", "b"

-- posts {title: {$in: ['a', 'b', 'c', 'd', 'e']}}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."title" IN (SELECT value FROM json_each(?1))
  -- "[\"a\",\"b\",\"c\",\"d\",\"e\"]"

-- posts {title: {$nin: ['a', 'b', 'c', 'd', 'e']}}
SELECT count(*) FROM "c_posts" AS t0 WHERE (t0."title" IN (SELECT value FROM json_each(?1))) IS NOT TRUE
  -- "[\"a\",\"b\",\"c\",\"d\",\"e\"]"

-- posts {views: {$in: [1, 2, 3, 4, 5.5]}}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."views" IN (?1, ?2, ?3, ?4, ?5)
  -- 1, 2, 3, 4, 5.5

-- posts {live: true}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."live" = ?1
  -- 1

-- posts {published: {$gte: '2026-01-01T00:00:00Z'}}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."published" >= ?1
  -- 1767225600000

-- posts {published: {$lte: '$now'}}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."published" <= ?1
  -- 1795255200000

-- posts {title: {$startsWith: 'ab'}}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."title" >= ?1 AND t0."title" < ?2
  -- "ab", "ac"

-- posts {title: {$endsWith: 'ab'}}
SELECT count(*) FROM "c_posts" AS t0 WHERE vitrine_ends(t0."title", ?1)
  -- "ab"

-- posts {title: {$contains: 'ab'}}
SELECT count(*) FROM "c_posts" AS t0 WHERE instr(t0."title", ?1) > 0
  -- "ab"

-- posts {title: {$regex: '^a'}}
SELECT count(*) FROM "c_posts" AS t0 WHERE vitrine_regex(t0."title", ?1)
  -- <match>

-- posts {title: {$text: 'Über uns'}}
SELECT count(*) FROM "c_posts" AS t0 WHERE vitrine_text(t0."title", ?1)
  -- <match>

-- posts {tags: 'a'}
SELECT count(*) FROM "c_posts" AS t0 WHERE vitrine_has(t0."tags", ?1)
  -- "a"

-- posts {tags: {$ne: 'a'}}
SELECT count(*) FROM "c_posts" AS t0 WHERE (vitrine_has(t0."tags", ?1)) IS NOT TRUE
  -- "a"

-- posts {tags: {$all: ['a', 'b']}}
SELECT count(*) FROM "c_posts" AS t0 WHERE vitrine_match(t0."tags", ?1)
  -- <match>

-- posts {scores: {$gt: 1}}
SELECT count(*) FROM "c_posts" AS t0 WHERE vitrine_match(t0."scores", ?1)
  -- <match>

-- posts {'seo.title': 'a'}
SELECT count(*) FROM "c_posts" AS t0 WHERE vitrine_match(t0."seo", ?1)
  -- <match>

-- posts {rows: {$elemMatch: {name: 'a', price: {$gt: 1}}}}
SELECT count(*) FROM "c_posts" AS t0 WHERE vitrine_match(t0."rows", ?1)
  -- <match>

-- posts {author: 'aaaaaaaaaaaaaaaaaaaaaaa1'}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."author" = ?1
  -- "aaaaaaaaaaaaaaaaaaaaaaa1"

-- posts {'author.name': 'Ada'}
SELECT count(*) FROM "c_posts" AS t0 WHERE EXISTS (SELECT 1 FROM "c_authors" AS t1 WHERE t1."_id" = t0."author" AND t1."name" = ?1)
  -- "Ada"

-- posts {'author._id': 'aaaaaaaaaaaaaaaaaaaaaaa1'}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."author" = ?1
  -- "aaaaaaaaaaaaaaaaaaaaaaa1"

-- posts {'author.publisher.country': {$ne: 'UK'}}
SELECT count(*) FROM "c_posts" AS t0 WHERE EXISTS (SELECT 1 FROM "c_authors" AS t1 WHERE t1."_id" = t0."author" AND EXISTS (SELECT 1 FROM "c_publishers" AS t2 WHERE t2."_id" = t1."publisher" AND (t2."country" = ?1) IS NOT TRUE))
  -- "UK"

-- posts {$nor: [{'author.name': 'Ada'}]}
SELECT count(*) FROM "c_posts" AS t0 WHERE (EXISTS (SELECT 1 FROM "c_authors" AS t1 WHERE t1."_id" = t0."author" AND t1."name" = ?1)) IS NOT TRUE
  -- "Ada"

-- posts {coauthors: 'aaaaaaaaaaaaaaaaaaaaaaa1'}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."_id" IN (SELECT l1.source FROM "posts.coauthors" AS l1 WHERE l1.target = ?1)
  -- "aaaaaaaaaaaaaaaaaaaaaaa1"

-- posts {coauthors: {$ne: 'aaaaaaaaaaaaaaaaaaaaaaa1'}}
SELECT count(*) FROM "c_posts" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "posts.coauthors" AS l1 WHERE l1.source = t0."_id" AND l1.target = ?1)
  -- "aaaaaaaaaaaaaaaaaaaaaaa1"

-- posts {coauthors: null}
SELECT count(*) FROM "c_posts" AS t0 WHERE NOT EXISTS (SELECT 1 FROM "posts.coauthors" AS l1 WHERE l1.source = t0."_id")

-- posts {coauthors: {$size: 2}}
SELECT count(*) FROM "c_posts" AS t0 WHERE (SELECT count(*) FROM "posts.coauthors" AS l1 WHERE l1.source = t0."_id") = ?1
  -- 2

-- posts {coauthors: {$all: ['aaaaaaaaaaaaaaaaaaaaaaa1', 'aaaaaaaaaaaaaaaaaaaaaaa2']}}
SELECT count(*) FROM "c_posts" AS t0 WHERE EXISTS (SELECT 1 FROM "posts.coauthors" AS l1 WHERE l1.source = t0."_id" AND l1.target = ?1) AND EXISTS (SELECT 1 FROM "posts.coauthors" AS l2 WHERE l2.source = t0."_id" AND l2.target = ?2)
  -- "aaaaaaaaaaaaaaaaaaaaaaa1", "aaaaaaaaaaaaaaaaaaaaaaa2"

-- posts {'coauthors.salary': {$gt: 100}}
SELECT count(*) FROM "c_posts" AS t0 WHERE EXISTS (SELECT 1 FROM "posts.coauthors" AS l1 JOIN "c_authors" AS t1 ON t1."_id" = l1.target WHERE l1.source = t0."_id" AND t1."salary" > ?1)
  -- 100

-- posts {_cby: '$user'}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."_cby" = ?1
  -- "aaaaaaaaaaaaaaaaaaaaaaa1"

-- posts {_cby: {$ne: '$user'}}
SELECT count(*) FROM "c_posts" AS t0 WHERE (t0."_cby" = ?1) IS NOT TRUE
  -- "aaaaaaaaaaaaaaaaaaaaaaa1"

-- posts {title: '$role'}
SELECT count(*) FROM "c_posts" AS t0 WHERE t0."title" IN (SELECT value FROM json_each(?1))
  -- "[]"

-- posts {$or: [{title: 'a'}, {views: 1, live: true}]}
SELECT count(*) FROM "c_posts" AS t0 WHERE (t0."title" = ?1 OR (t0."views" = ?2 AND t0."live" = ?3))
  -- "a", 1, 1

-- posts {$and: [{$or: [{title: 'a'}, {title: 'b'}]}, {$or: [{views: 1}, {views: 2}]}]}
SELECT count(*) FROM "c_posts" AS t0 WHERE (t0."title" = ?1 OR t0."title" = ?2) AND (t0."views" = ?3 OR t0."views" = ?4)
  -- "a", "b", 1, 2

-- posts {$nor: [{title: 'a'}, {title: 'b'}]}
SELECT count(*) FROM "c_posts" AS t0 WHERE (t0."title" = ?1 OR t0."title" = ?2) IS NOT TRUE
  -- "a", "b"

-- posts {views: {$not: {$gt: 1}}}
SELECT count(*) FROM "c_posts" AS t0 WHERE (t0."views" > ?1) IS NOT TRUE
  -- 1

-- posts {$or: [{views: 1}, {views: 2}, {views: 3}, {views: 4}, {views: 5}, {views: 6}, {views: 7}, {views: 8}, {views: 9}]}
SELECT count(*) FROM "c_posts" AS t0 WHERE ((t0."views" = ?1 OR t0."views" = ?2 OR t0."views" = ?3 OR t0."views" = ?4) OR (t0."views" = ?5 OR t0."views" = ?6 OR t0."views" = ?7 OR t0."views" = ?8 OR t0."views" = ?9))
  -- 1, 2, 3, 4, 5, 6, 7, 8, 9

-- categories {_pid: 'aaaaaaaaaaaaaaaaaaaaaaa1'}
SELECT count(*) FROM "c_categories" AS t0 WHERE t0."_pid" = ?1
  -- "aaaaaaaaaaaaaaaaaaaaaaa1"

-- categories {'_pid.title': 'a'}
SELECT count(*) FROM "c_categories" AS t0 WHERE EXISTS (SELECT 1 FROM "c_categories" AS t1 WHERE t1."_id" = t0."_pid" AND t1."title" = ?1)
  -- "a"

