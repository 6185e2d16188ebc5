-- locale - fallback - filter {title: 'a'} sort title fields title,pages
SELECT t0."title", t0."pages", t0."_id", t0."_rev", t0."_n" FROM "c_guides" AS t0 WHERE t0."title" = ?1 ORDER BY t0."title" ASC NULLS FIRST, t0."_n" ASC LIMIT ?2
  -- "a", 1000

-- locale en fallback - filter {title: 'a'} sort title fields title,pages
SELECT t0."title", t0."pages", t0."_id", t0."_rev", t0."_n" FROM "c_guides" AS t0 WHERE t0."title" = ?1 ORDER BY t0."title" ASC NULLS FIRST, t0."_n" ASC LIMIT ?2
  -- "a", 1000

-- locale de fallback - filter {title: 'a', pages: 1} sort -title fields title,pages
SELECT coalesce(vitrine_translation(t0."_i18n", ?1, ?2), t0."title"), t0."pages", t0."_id", t0."_rev", t0."_n" FROM "c_guides" AS t0 WHERE coalesce(vitrine_translation(t0."_i18n", ?3, ?4), t0."title") = ?5 AND t0."pages" = ?6 ORDER BY coalesce(vitrine_translation(t0."_i18n", ?7, ?8), t0."title") DESC NULLS LAST, t0."_n" DESC LIMIT ?9
  -- "de", 2556802313, "de", 2556802313, "a", 1, "de", 2556802313, 1000

-- locale de fallback none filter {title: {$startsWith: 'a'}} sort title fields title
SELECT vitrine_translation(t0."_i18n", ?1, ?2), t0."_id", t0."_rev", t0."_n" FROM "c_guides" AS t0 WHERE vitrine_translation(t0."_i18n", ?3, ?4) >= ?5 AND vitrine_translation(t0."_i18n", ?6, ?7) < ?8 ORDER BY vitrine_translation(t0."_i18n", ?9, ?10) ASC NULLS FIRST, t0."_n" ASC LIMIT ?11
  -- "de", 2556802313, "de", 2556802313, "a", "de", 2556802313, "b", "de", 2556802313, 1000

-- locale de fallback fr,en filter {'next.title': 'a'} sort - fields title,next.title
SELECT coalesce(vitrine_translation(t0."_i18n", ?1, ?2), vitrine_translation(t0."_i18n", ?3, ?4), t0."title"), t0."next", t0."_id", t0."_rev", t0."_n" FROM "c_guides" AS t0 WHERE EXISTS (SELECT 1 FROM "c_guides" AS t1 WHERE t1."_id" = t0."next" AND coalesce(vitrine_translation(t1."_i18n", ?5, ?6), vitrine_translation(t1."_i18n", ?7, ?8), t1."title") = ?9) ORDER BY t0."_n" ASC LIMIT ?10
  -- "de", 2556802313, "fr", 2556802313, "de", 2556802313, "fr", 2556802313, "a", 1000

SELECT coalesce(vitrine_translation(t0."_i18n", ?1, ?2), vitrine_translation(t0."_i18n", ?3, ?4), t0."title") FROM "c_guides" AS t0 WHERE t0."_id" = ?5
  -- "de", 2556802313, "fr", 2556802313, <parent>

-- locale all fallback - filter {title: 'a'} sort title fields title,pages
SELECT t0."title", t0."pages", t0."_i18n", t0."_id", t0."_rev", t0."_n" FROM "c_guides" AS t0 WHERE t0."title" = ?1 ORDER BY t0."title" ASC NULLS FIRST, t0."_n" ASC LIMIT ?2
  -- "a", 1000

