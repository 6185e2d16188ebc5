-- name: check_database
-- One row, "ok", or what is wrong. Run on the writer's connection or a TXN_CHECK: pragmas are not for readers.
SELECT integrity_check FROM pragma_integrity_check(20);

-- name: check_references
-- References that lead nowhere: table, rowid, table referred to.
SELECT "table", rowid, parent FROM pragma_foreign_key_check LIMIT 20;
