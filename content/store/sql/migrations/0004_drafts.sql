-- Pending versions: changes to published items that are not published yet. `cells` is an object of
-- column values by the field's stable id; what is not in it is as published.
CREATE TABLE vitrine_drafts (
    collection TEXT NOT NULL,
    item       TEXT NOT NULL,
    cells      TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    modified   INTEGER NOT NULL,
    author     TEXT,
    PRIMARY KEY (collection, item)
) STRICT;
