-- from nothing
CREATE TABLE "c_books" (
    "_n" INTEGER PRIMARY KEY,
    "_id" TEXT NOT NULL UNIQUE,
    "_state" INTEGER NOT NULL,
    "_created" INTEGER NOT NULL,
    "_modified" INTEGER NOT NULL,
    "_cby" TEXT,
    "_mby" TEXT,
    "_rev" INTEGER NOT NULL,
    "title" TEXT CONSTRAINT "required.title" CHECK ("title" IS NOT NULL OR "_state" <> 1),
    "pages" ANY,
    "out" INTEGER CHECK ("out" IN (0, 1)),
    "isbn" TEXT,
    "author" TEXT REFERENCES "c_people" ("_id") DEFERRABLE INITIALLY DEFERRED,
    "topics" TEXT
) STRICT;
CREATE TABLE "books.readers" (
    source TEXT NOT NULL REFERENCES "c_books" ("_id") ON DELETE CASCADE,
    position INTEGER NOT NULL,
    target TEXT NOT NULL REFERENCES "c_people" ("_id") DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (source, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX "books.readers/target" ON "books.readers" (target, source);
CREATE UNIQUE INDEX "c_books/isbn!" ON "c_books" ("isbn");
CREATE INDEX "c_books/author" ON "c_books" ("author");
CREATE UNIQUE INDEX "c_books/title,isbn!" ON "c_books" ("title", "isbn");
CREATE INDEX "c_books/out,-pages" ON "c_books" ("out" DESC, "pages");
CREATE TABLE "c_people" (
    "_n" INTEGER PRIMARY KEY,
    "_id" TEXT NOT NULL UNIQUE,
    "_state" INTEGER NOT NULL,
    "_created" INTEGER NOT NULL,
    "_modified" INTEGER NOT NULL,
    "_cby" TEXT,
    "_mby" TEXT,
    "_rev" INTEGER NOT NULL,
    "name" TEXT,
    "boss" TEXT REFERENCES "c_people" ("_id") DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX "c_people/name" ON "c_people" ("name");
CREATE INDEX "c_people/boss" ON "c_people" ("boss");
CREATE TABLE "c_places" (
    "_n" INTEGER PRIMARY KEY,
    "_id" TEXT NOT NULL UNIQUE,
    "_state" INTEGER NOT NULL,
    "_created" INTEGER NOT NULL,
    "_modified" INTEGER NOT NULL,
    "_cby" TEXT,
    "_mby" TEXT,
    "_rev" INTEGER NOT NULL,
    "_pid" TEXT REFERENCES "c_places" ("_id") DEFERRABLE INITIALLY DEFERRED,
    "_o" INTEGER,
    "name" TEXT
) STRICT;
CREATE INDEX "c_places/_pid,_o" ON "c_places" ("_pid", "_o");

-- a field more, one less, an index less
DROP INDEX "c_books/title,isbn!";
DROP INDEX "c_books/out,-pages";
DELETE FROM vitrine_vault WHERE collection = 'books' AND field = 'token';
ALTER TABLE "c_books" DROP COLUMN "pages";
ALTER TABLE "c_books" ADD COLUMN "shelf" TEXT REFERENCES "c_places" ("_id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "c_books" ADD COLUMN "seen" INTEGER;
CREATE INDEX "c_books/shelf" ON "c_books" ("shelf");
CREATE INDEX "c_books/seen" ON "c_books" ("seen");

-- names change
ALTER TABLE "c_books" RENAME TO "c_volumes";
DROP INDEX "books.readers/target";
ALTER TABLE "books.readers" RENAME TO "volumes.readers";
CREATE INDEX "volumes.readers/target" ON "volumes.readers" (target, source);
UPDATE vitrine_vault SET collection = 'volumes' WHERE collection = 'books';
DROP INDEX "c_books/isbn!";
DROP INDEX "c_books/author";
DROP INDEX "c_books/title,isbn!";
DROP INDEX "c_books/out,-pages";
DROP INDEX "volumes.readers/target";
ALTER TABLE "volumes.readers" RENAME TO "volumes.lenders";
CREATE INDEX "volumes.lenders/target" ON "volumes.lenders" (target, source);
DELETE FROM vitrine_vault WHERE collection = 'volumes' AND field = 'token';
ALTER TABLE "c_volumes" RENAME COLUMN "title" TO "heading";
CREATE UNIQUE INDEX "c_volumes/isbn!" ON "c_volumes" ("isbn");
CREATE INDEX "c_volumes/author" ON "c_volumes" ("author");
CREATE UNIQUE INDEX "c_volumes/heading,isbn!" ON "c_volumes" ("heading", "isbn");

-- kinds change
DROP INDEX "c_books/isbn!";
DROP INDEX "c_books/author";
DROP INDEX "c_books/title,isbn!";
DROP INDEX "c_books/out,-pages";
CREATE TABLE "books.author" (
    source TEXT NOT NULL REFERENCES "c_books" ("_id") ON DELETE CASCADE,
    position INTEGER NOT NULL,
    target TEXT NOT NULL REFERENCES "c_people" ("_id") DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (source, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX "books.author/target" ON "books.author" (target, source);
INSERT INTO "books.author" (source, position, target)
SELECT old."_id", 0, old."author"
FROM "c_books" AS old
JOIN "c_people" AS target ON target."_id" = old."author";
CREATE TABLE "c_books/new" (
    "_n" INTEGER PRIMARY KEY,
    "_id" TEXT NOT NULL UNIQUE,
    "_state" INTEGER NOT NULL,
    "_created" INTEGER NOT NULL,
    "_modified" INTEGER NOT NULL,
    "_cby" TEXT,
    "_mby" TEXT,
    "_rev" INTEGER NOT NULL,
    "title" TEXT CONSTRAINT "required.title" CHECK ("title" IS NOT NULL OR "_state" <> 1),
    "pages" TEXT,
    "out" INTEGER CHECK ("out" IN (0, 1)),
    "isbn" TEXT,
    "readers" TEXT REFERENCES "c_people" ("_id") DEFERRABLE INITIALLY DEFERRED,
    "topics" TEXT
) STRICT;
INSERT INTO "c_books/new" ("_n", "_id", "_state", "_created", "_modified", "_cby", "_mby", "_rev", "title", "pages", "out", "isbn", "readers", "topics")
SELECT "_n", old."_id", old."_state", old."_created", old."_modified", old."_cby", old."_mby", old."_rev", old."title", CAST(old."pages" AS TEXT), old."out", old."isbn", (SELECT target FROM "books.readers" WHERE source = old."_id" AND position = 0), old."topics" ->> 0
FROM "c_books" AS old;
DROP TABLE "books.readers";
DELETE FROM vitrine_vault WHERE collection = 'books' AND field = 'token';
DROP TABLE "c_books";
ALTER TABLE "c_books/new" RENAME TO "c_books";
CREATE UNIQUE INDEX "c_books/isbn!" ON "c_books" ("isbn");
CREATE INDEX "c_books/readers" ON "c_books" ("readers");
CREATE UNIQUE INDEX "c_books/title,isbn!" ON "c_books" ("title", "isbn");
CREATE INDEX "c_books/out,-pages" ON "c_books" ("out" DESC, "pages");
-- look over "books.author"
-- look over "c_books"

-- a required field with a default
DROP INDEX "c_books/isbn!";
DROP INDEX "c_books/author";
DROP INDEX "c_books/title,isbn!";
DROP INDEX "c_books/out,-pages";
CREATE TABLE "c_books/new" (
    "_n" INTEGER PRIMARY KEY,
    "_id" TEXT NOT NULL UNIQUE,
    "_state" INTEGER NOT NULL,
    "_created" INTEGER NOT NULL,
    "_modified" INTEGER NOT NULL,
    "_cby" TEXT,
    "_mby" TEXT,
    "_rev" INTEGER NOT NULL,
    "title" TEXT CONSTRAINT "required.title" CHECK ("title" IS NOT NULL OR "_state" <> 1),
    "pages" ANY,
    "out" INTEGER CONSTRAINT "required.out" CHECK ("out" IS NOT NULL OR "_state" <> 1) CHECK ("out" IN (0, 1)),
    "isbn" TEXT,
    "author" TEXT REFERENCES "c_people" ("_id") DEFERRABLE INITIALLY DEFERRED,
    "topics" TEXT,
    "lang" TEXT CONSTRAINT "required.lang" CHECK ("lang" IS NOT NULL OR "_state" <> 1)
) STRICT;
INSERT INTO "c_books/new" ("_n", "_id", "_state", "_created", "_modified", "_cby", "_mby", "_rev", "title", "pages", "out", "isbn", "author", "topics", "lang")
SELECT "_n", old."_id", old."_state", old."_created", old."_modified", old."_cby", old."_mby", old."_rev", old."title", old."pages", coalesce(old."out", 1), old."isbn", old."author", old."topics", coalesce(NULL, 'it''s')
FROM "c_books" AS old;
DELETE FROM vitrine_vault WHERE collection = 'books' AND field = 'token';
DROP TABLE "c_books";
ALTER TABLE "c_books/new" RENAME TO "c_books";
CREATE UNIQUE INDEX "c_books/isbn!" ON "c_books" ("isbn");
CREATE INDEX "c_books/author" ON "c_books" ("author");
CREATE UNIQUE INDEX "c_books/title,isbn!" ON "c_books" ("title", "isbn");
CREATE INDEX "c_books/out,-pages" ON "c_books" ("out" DESC, "pages");
-- look over "c_books"

-- two fields swap names
DROP INDEX "c_books/isbn!";
DROP INDEX "c_books/author";
DROP INDEX "c_books/title,isbn!";
DROP INDEX "c_books/out,-pages";
CREATE TABLE "c_books/new" (
    "_n" INTEGER PRIMARY KEY,
    "_id" TEXT NOT NULL UNIQUE,
    "_state" INTEGER NOT NULL,
    "_created" INTEGER NOT NULL,
    "_modified" INTEGER NOT NULL,
    "_cby" TEXT,
    "_mby" TEXT,
    "_rev" INTEGER NOT NULL,
    "isbn" TEXT CONSTRAINT "required.isbn" CHECK ("isbn" IS NOT NULL OR "_state" <> 1),
    "pages" ANY,
    "out" INTEGER CHECK ("out" IN (0, 1)),
    "title" TEXT,
    "author" TEXT REFERENCES "c_people" ("_id") DEFERRABLE INITIALLY DEFERRED,
    "topics" TEXT
) STRICT;
INSERT INTO "c_books/new" ("_n", "_id", "_state", "_created", "_modified", "_cby", "_mby", "_rev", "isbn", "pages", "out", "title", "author", "topics")
SELECT "_n", old."_id", old."_state", old."_created", old."_modified", old."_cby", old."_mby", old."_rev", old."title", old."pages", old."out", old."isbn", old."author", old."topics"
FROM "c_books" AS old;
DELETE FROM vitrine_vault WHERE collection = 'books' AND field = 'token';
DROP TABLE "c_books";
ALTER TABLE "c_books/new" RENAME TO "c_books";
CREATE UNIQUE INDEX "c_books/title!" ON "c_books" ("title");
CREATE INDEX "c_books/author" ON "c_books" ("author");
CREATE UNIQUE INDEX "c_books/title,isbn!" ON "c_books" ("title", "isbn");
CREATE INDEX "c_books/out,-pages" ON "c_books" ("out" DESC, "pages");
-- look over "c_books"

-- a collection goes, a list becomes a tree
DROP INDEX "c_books/isbn!";
DROP INDEX "c_books/author";
DROP INDEX "c_books/title,isbn!";
DROP INDEX "c_books/out,-pages";
DROP TABLE "books.readers";
DELETE FROM vitrine_vault WHERE collection = 'books' AND field = 'token';
ALTER TABLE "c_books" DROP COLUMN "pages";
ALTER TABLE "c_books" DROP COLUMN "out";
ALTER TABLE "c_books" DROP COLUMN "isbn";
ALTER TABLE "c_books" DROP COLUMN "author";
ALTER TABLE "c_books" DROP COLUMN "topics";
ALTER TABLE "c_books" ADD COLUMN "_pid" TEXT REFERENCES "c_books" ("_id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "c_books" ADD COLUMN "_o" INTEGER;
CREATE INDEX "c_books/_pid,_o" ON "c_books" ("_pid", "_o");
DROP TABLE "c_places";
DELETE FROM vitrine_vault WHERE collection = 'places';

