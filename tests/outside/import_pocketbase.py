"""A database of PocketBase comes in, of the present form and of the one before 0.23."""
import json
import os
import sqlite3

import house

TEXT = {"system": False, "required": False}
WRITERS = [{"name": "id", "type": "text", "primaryKey": True, "system": True, "required": True}, {"name": "password", "type": "password", "system": True, "hidden": True},
           {"name": "tokenKey", "type": "text", "system": True, "hidden": True}, {"name": "email", "type": "email", "system": True},
           {"name": "verified", "type": "bool", "system": True}, {"name": "name", "type": "text", "max": 255}]
POSTS = [{"name": "id", "type": "text", "primaryKey": True, "system": True}, {"name": "title", "type": "text", "required": True, "max": 100, "min": 0},
         {"name": "slug", "type": "text"}, {"name": "body", "type": "editor"}, {"name": "stars", "type": "number", "onlyInt": True, "min": 0, "max": None},
         {"name": "price", "type": "number", "required": True}, {"name": "hot", "type": "bool"}, {"name": "when", "type": "date"}, {"name": "link", "type": "url"},
         {"name": "size", "type": "select", "maxSelect": 1, "values": ["s", "l"]}, {"name": "sizes", "type": "select", "maxSelect": 2, "values": ["s", "l"]},
         {"name": "extra", "type": "json"}, {"name": "place", "type": "geoPoint"}, {"name": "files", "type": "file", "maxSelect": 5},
         {"name": "author", "type": "relation", "collectionId": "c_users", "maxSelect": 1}, {"name": "near", "type": "relation", "collectionId": "c_posts", "maxSelect": 9},
         {"name": "seen", "type": "autodate"}, {"name": "created", "type": "autodate"}, {"name": "updated", "type": "autodate"}]
RULES = {"listRule": "", "viewRule": "author = @request.auth.id", "createRule": None, "updateRule": None, "deleteRule": None}
ADA, ONE, TWO = "adaadaadaadaada", "postpostpost001", "postpostpost002"


class ImportPocketbase(house.Case):
    def rows(self, db, table, rows):
        db.execute(f"CREATE TABLE `{table}` ({', '.join(f'`{c}`' for c in rows[0])})")
        db.executemany(f"INSERT INTO `{table}` VALUES ({', '.join('?' * len(rows[0]))})", [tuple(r.values()) for r in rows])

    def now(self):
        os.makedirs(self.path("pb_data"), exist_ok=True)
        with sqlite3.connect(self.path("pb_data/data.db")) as db:
            def kept(id, name, type, fields, indexes=(), rules=RULES):
                return {"id": id, "system": name.startswith("_"), "type": type, "name": name, "fields": json.dumps(fields), "indexes": json.dumps(list(indexes))} | rules
            self.rows(db, "_collections", [
                kept("c_super", "_superusers", "auth", WRITERS), kept("c_users", "users", "auth", WRITERS),
                kept("c_posts", "posts", "base", POSTS, ["CREATE UNIQUE INDEX `i` ON `posts` (`slug`) WHERE `slug` != ''", "CREATE INDEX `j` ON `posts` (`stars`)"]),
                kept("c_view", "top", "view", [])])
            self.rows(db, "users", [{"id": ADA, "password": "$2a$10$secret", "tokenKey": "very-secret", "email": "ada@example.com", "verified": 1, "name": "Ada"}])
            post = {"id": ONE, "title": "One", "slug": "one", "body": "<p>ä</p>", "stars": 4.0, "price": 1.5, "hot": 1, "when": "2026-11-21 10:00:00.000Z",
                    "link": "https://example.com/a", "size": "s", "sizes": '["l","s"]', "extra": '{"a":[1,2]}', "place": '{"lon":1.5,"lat":2}', "files": '["a.png","b.png"]',
                    "author": ADA, "near": json.dumps([TWO, "gonegonegonegon"]), "seen": "2026-01-02 03:04:05.678Z",
                    "created": "2024-01-01 00:00:00.000Z", "updated": "2024-01-01 00:00:10.500Z"}
            empty = {k: "" for k in post} | {"id": TWO, "title": "Two", "stars": 0, "price": None, "hot": 0, "sizes": "[]", "extra": "null", "files": "[]", "near": json.dumps([ONE]),
                                             "place": '{"lon":0,"lat":0}'}
            self.rows(db, "posts", [post, empty])
        db.close()
        return self.path("pb_data")

    def bring(self, path, *more, code=0):
        said = self.run_vitrine("import", "--from", "pocketbase", path, "--data", self.data, *more)
        self.assertEqual(said.code, code, said)
        return said

    def test_everything_comes_in_and_twice_is_once(self):
        self.now()
        said = self.bring(self.path("pb_data"))
        self.assertIn("posts 2 taken 0 refused", " ".join(said.out.split()))
        self.assertIn("users_ 1 taken 0 refused", " ".join(said.out.split()))
        for sentence in ("The view top is left out", "Accounts of users_ are items here, without passwords", "posts.files keeps the names of files",
                         "Rules of posts are not rights here until somebody makes grants of them: list: everybody; view: author = @request.auth.id",
                         "posts.price is required no more", "Administrators of PocketBase stay there", "1 relations lead to records that are no more"):
            self.assertIn(sentence, said.errors)
        first = self.items()
        self.assertEqual(self.bring(self.path("pb_data/data.db")).out, said.out)
        self.assertEqual(self.items(), first)
        server = self.serve()
        admin = server.client(self.make_key())
        posts = {p["title"]: p for p in admin.get("/api/content/items/posts?populate=1").json}
        expected = {"slug": "one", "body": "<p>ä</p>", "stars": 4, "price": 1.5, "hot": True, "when": "2026-11-21T10:00:00Z", "link": "https://example.com/a", "size": "s",
                    "sizes": ["l", "s"], "extra": {"a": [1, 2]}, "place": {"lon": 1.5, "lat": 2}, "files": ["a.png", "b.png"], "seen": "2026-01-02T03:04:05.678Z",
                    "_created": 1704067200, "_modified": 1704067210, "_state": 1}
        self.assertEqual({k: posts["One"][k] for k in expected}, expected)
        self.assertEqual((posts["One"]["author"]["email"], posts["One"]["author"]["verified"]), ("ada@example.com", True))
        self.assertEqual([n["title"] for n in posts["One"]["near"]], ["Two"])
        self.assertEqual((posts["Two"]["slug"], posts["Two"]["price"], posts["Two"]["hot"]), (None, None, False))
        refused = admin.post("/api/content/item/posts", {"data": {"title": "Again", "slug": "one"}})
        self.assertGreaterEqual(refused.status, 400)
        self.assert_stops(server)
        self.assertNotIn("secret", "\n".join(line for line in self.dump() if "users_" in line))
        self.assert_sound()

    def items(self):
        return [{k: v for k, v in json.loads(line).items() if k not in ("_rev", "_modified")} for name in ("posts", "users_")
                for line in self.command("export", "--collection", name).splitlines()]

    def test_files_that_lie_beside_come_in_as_assets(self):
        self.now()
        os.makedirs(self.path(f"pb_data/storage/c_posts/{ONE}"))
        self.write(f"pb_data/storage/c_posts/{ONE}/a.png", "This is no picture")
        self.write(f"pb_data/storage/c_posts/{ONE}/b.txt", "Hello")
        os.symlink(self.write("private.txt", "Ours"), self.path(f"pb_data/storage/c_posts/{ONE}/link.txt"))
        with sqlite3.connect(self.path("pb_data/data.db")) as db:
            db.execute("UPDATE posts SET files = ? WHERE id = ?", (json.dumps(["a.png", "b.txt", "../../../data.db", "link.txt", "gone.txt"]), ONE))
        db.close()
        self.assertIn("assets 2 taken 0 refused", " ".join(self.bring(self.path("pb_data"), "--dry-run").out.split()))
        said = self.bring(self.path("pb_data"), code=4)
        self.assertIn("assets 1 taken 1 refused", " ".join(said.out.split()))
        self.assertIn("The file a.png is refused", said.errors)
        self.assertIn("3 files are not in the folder storage", said.errors)
        self.bring(self.path("pb_data"), code=4)
        server = self.serve()
        admin = server.client(self.make_key())
        post = next(p for p in admin.get("/api/content/items/posts?populate=1").json if p["title"] == "One")
        self.assertEqual([f["name"] for f in post["files"]], ["b.txt"])
        self.assertEqual(self.assert_status(admin.get(f"/api/assets/{post['files'][0]['_id']}/file"), 200).body, b"Hello")
        self.assertEqual(len(admin.get("/api/assets").json), 1)
        self.assert_stops(server)
        self.assert_sound()

    def test_the_form_before_0_23(self):
        with sqlite3.connect(self.path("data.db")) as db:
            def kept(id, name, type, schema):
                return {"id": id, "system": 0, "type": type, "name": name, "schema": json.dumps(schema), "indexes": "[]", "options": "{}"} | RULES
            self.rows(db, "_collections", [
                kept("u", "members", "auth", [{"name": "nick", "type": "text", "options": {"min": None, "max": 20, "pattern": ""}}]),
                kept("n", "notes", "base", [{"name": "text", "type": "text", "required": True, "options": {}}, {"name": "by", "type": "relation", "options": {"collectionId": "u", "maxSelect": 1}},
                                            {"name": "all", "type": "relation", "options": {"collectionId": "u", "maxSelect": None}}, {"name": "file", "type": "file", "options": {"maxSelect": 1}}])])
            self.rows(db, "_admins", [{"id": "x", "email": "root@example.com"}])
            self.rows(db, "members", [{"id": ADA, "username": "ada", "email": "", "emailVisibility": 0, "verified": 0, "passwordHash": "h", "tokenKey": "t", "nick": "A"}])
            self.rows(db, "notes", [{"id": ONE, "created": "2024-01-01 00:00:00.000Z", "updated": "2024-01-01 00:00:00.000Z", "text": "Hi", "by": ADA, "all": json.dumps([ADA]), "file": "a.png"}])
        db.close()
        said = self.bring(self.path("data.db"))
        self.assertIn("Administrators of PocketBase stay there", said.errors)
        note = json.loads(self.command("export", "--collection", "notes"))
        member = json.loads(self.command("export", "--collection", "members"))
        self.assertEqual((note["text"], note["file"], note["by"]["_id"], [a["_id"] for a in note["all"]]), ("Hi", "a.png", member["_id"], [member["_id"]]))
        self.assertEqual((member["username"], member["email"], member["verified"], member["nick"]), ("ada", None, False, "A"))
        self.assertNotIn("tokenKey", member)

    def test_a_dry_run_and_broken_files_write_nothing(self):
        self.now()
        self.make_model([{"name": "mine", "fields": []}])
        before = self.dump()
        said = self.bring(self.path("pb_data"), "--dry-run")
        self.assertIn("posts 2 taken 0 refused", " ".join(said.out.split()))
        self.assertTrue(self.dump() == before, said)
        file = self.path("pb_data/data.db")
        with open(file, "rb") as f:
            whole = f.read()
        for content in (whole[:50], whole[:5000], whole[:len(whole) - 4096], b"no database at all" * 100, b""):
            with open(file, "wb") as f:
                f.write(content)
            said = self.bring(file, code=1)
            self.assertEqual(len(said.errors.strip().splitlines()), 1 if len(content) < 5000 else len(said.errors.strip().splitlines()), said)
            self.assertTrue(self.dump() == before, said)
        self.assertIn("There is no file", self.bring(self.path("nowhere.db"), code=1).errors)
        with sqlite3.connect(self.path("other.db")) as db:
            db.execute("CREATE TABLE t (x)")
        db.close()
        self.assertIn("is no database of PocketBase", self.bring(self.path("other.db"), code=1).errors)
        self.assertTrue(self.dump() == before)


if __name__ == "__main__":
    house.main()
