-- What was done under an Idempotency-Key: by whom under which key, and digests of both; what it was asked;
-- what came of it (content/once.c). Written with the change itself.

CREATE TABLE vitrine_once (
    key     BLOB NOT NULL PRIMARY KEY,
    request BLOB NOT NULL,
    at_ms   INTEGER NOT NULL,
    result  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX vitrine_once_at ON vitrine_once (at_ms);
