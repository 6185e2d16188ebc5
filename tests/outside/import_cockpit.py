"""A folder of Cockpit 2 comes in whole: models, items, links, trees, languages, people, keys that go on working."""
import json
import os
import sqlite3

import house

AUTHOR, GONE, POST, DRAFT, HOME, ABOUT, TEAM, FILE, FAKE, LOST, FOLDER, ABOVE, LINKED, WITHIN = (f"65f0aa00686c821a0bbb6d{n:02x}" for n in range(14))
EDITOR, ADA, EVE = (f"65f0aa00686c821a0bbb6e{n:02x}" for n in range(3))
KEY, USER_KEY, OWN_KEY = "API-" + "1a" * 20, "USR-" + "2b" * 20, "my own key"
STAMP = 1700000000

MODELS = [
    {"name": "authors", "label": "Authors", "type": "collection", "fields": [{"name": "name", "type": "text", "required": True}]},
    {"name": "posts", "type": "collection", "group": None, "color": "#ff0000", "preview": [], "meta": {"unique": "slug", "limit": 25}, "fields": [
        {"name": "title", "type": "text", "i18n": True, "required": True, "opts": {"maxlength": 80, "showCount": True}},
        {"name": "slug", "type": "text"},
        {"name": "body", "type": "wysiwyg", "i18n": True},
        {"name": "hero-text", "type": "text", "required": True},
        {"name": "kind", "type": "select", "opts": {"options": [{"value": 1, "label": "One"}, "two", "two"], "default": "three"}},
        {"name": "views", "type": "number"},
        {"name": "tags", "type": "tags"},
        {"name": "author", "type": "contentItemLink", "i18n": True, "opts": {"link": "authors", "filter": None}},
        {"name": "mates", "type": "contentItemLink", "multiple": True, "opts": {"link": "posts"}},
        {"name": "cover", "type": "asset", "required": True}, {"name": "shots", "type": "asset", "multiple": True, "i18n": True},
        {"name": "facts", "type": "set", "multiple": True, "opts": {"fields": [
            {"name": "sub-name", "type": "text"}, {"name": "who", "type": "contentItemLink", "opts": {"link": "authors"}}]}},
        {"name": "odd", "type": "weather", "opts": {}}]},
    {"name": "pages", "type": "tree", "fields": [{"name": "title", "type": "text", "i18n": True}]},
    {"name": "settings", "type": "singleton", "fields": [{"name": "motto", "type": "text", "i18n": True}]},
]

ITEMS = {
    "authors": [{"_id": AUTHOR, "name": "Grace", "_state": 1, "_created": STAMP, "_modified": STAMP + 5, "_cby": ADA, "_mby": None}],
    "posts": [
        {"_id": POST, "title": "Sea", "title_de": "Meer", "body": "<p>ä</p>", "body_de": None, "slug": "sea", "hero-text": None,
         "kind": 1, "views": "12", "tags": ["a", "b", "a"], "author": {"_model": "authors", "_id": AUTHOR},
         "mates": [{"_model": "posts", "_id": DRAFT}, {"_model": "posts", "_id": GONE}], "cover": {"_id": FILE, "path": "/2026/11/a note.txt", "mime": "text/plain"}, "shots": [{"_id": FAKE}, {"_id": FILE, "_data": {}}, {"_id": LOST}],
         "facts": [{"sub-name": "x", "who": {"_model": "authors", "_id": AUTHOR}}], "odd": {"rain": True}, "left": "over",
         "_state": 1, "_created": STAMP, "_modified": STAMP + 9, "_cby": ADA, "_mby": ADA},
        {"_id": DRAFT, "title": "Draft", "slug": "", "mates": [], "author": None, "_state": 0, "_created": STAMP, "_modified": STAMP},
        {"_id": TEAM, "title": "Other", "slug": "", "mates": None, "_state": -1, "_created": STAMP, "_modified": STAMP}],
    # A child before its parent, and an order that is not the one of the rows.
    "pages": [
        {"_id": ABOUT, "title": "About", "title_de": "Über", "_pid": HOME, "_o": 1, "_state": 1, "_created": STAMP, "_modified": STAMP},
        {"_id": TEAM, "title": "Team", "_pid": HOME, "_o": 0, "_state": 1, "_created": STAMP, "_modified": STAMP},
        {"_id": HOME, "title": "Home", "_pid": None, "_o": 0, "_state": 1, "_created": STAMP, "_modified": STAMP}],
}
FILES = [
    {"_id": FILE, "path": "/2026/11/a_note_uid_1.txt", "title": "A note", "mime": "text/plain", "type": "document", "description": "", "tags": ["n"], "altText": "Words",
     "fp": {"x": 0.5, "y": 0.25}, "folder": FOLDER, "colors": [], "size": 5, "_created": STAMP},
    {"_id": FAKE, "path": "/2026/11/fake.png", "title": "Fake", "mime": "image/png", "folder": ""},
    {"_id": LOST, "path": "/2026/11/lost.txt", "title": "Lost"}, {"_id": GONE, "path": "/../data/content.sqlite", "title": "Out"},
    {"_id": LINKED, "path": "/2026/11/link.txt", "title": "Out, too"}, {"_id": WITHIN, "path": "/latest/link_uid_2.txt", "title": "Within"}]
FOLDERS = [{"_id": FOLDER, "name": "Notes", "_p": ABOVE}, {"_id": ABOVE, "name": "All", "_p": ""}]
SINGLES = [{"_id": GONE, "_model": "settings", "motto": "On", "motto_de": "An", "_state": 0, "_created": STAMP, "_modified": STAMP}]
SYSTEM = {
    "locales": [{"_id": EDITOR, "i18n": "de", "name": "Deutsch", "enabled": True}],
    "roles": [{"_id": EDITOR, "appid": "editor", "name": "Editor", "info": "", "permissions": {
        "content/posts/read": True, "content/pages/read": True, "content/settings/read": True, "content/posts/create": True, "content/posts/delete": False}},
              {"_id": GONE, "appid": "visitor", "name": "Visitor", "permissions": {"content/authors/read": True}}],
    "users": [{"_id": ADA, "user": "ada", "name": "Ada L.", "email": "ada@example.com", "password": "$2y$10$abcdefghijklmnopqrstuv", "role": "admin",
               "active": True, "apiKey": USER_KEY, "i18n": "en", "theme": "auto"},
              {"_id": EVE, "user": "eve", "name": "Eve", "email": "eve@example.com", "password": "x", "role": "editor", "active": False, "apiKey": None}],
    "api_keys": [{"_id": EDITOR, "key": KEY, "name": "Mobile", "role": "editor"}, {"_id": ADA, "key": "public", "name": "", "role": "visitor"},
                 {"_id": EVE, "key": OWN_KEY, "name": "Odd", "role": "editor"}, {"_id": GONE, "key": "API-" + "3c" * 20, "name": "Idle", "role": None}],
}


def php(value, depth=1):
    """As Cockpit writes it."""
    pad = "  " * depth
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return "[\n" + "".join(f"{pad}{php(k)} => {php(v, depth + 1)},\n" for k, v in pairs) + "  " * (depth - 1) + "]"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "NULL" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)


class ImportCockpit(house.Case):
    def table(self, db, name, documents):
        db.execute(f"CREATE TABLE `{name}` (id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT)")
        db.executemany(f"INSERT INTO `{name}` (document) VALUES (?)", [(json.dumps(d, ensure_ascii=False),) for d in documents])

    def cockpit(self, models_as_documents=False):
        for folder in ("storage/data", "storage/content", "storage/uploads/2026/11"):
            os.makedirs(self.path("cockpit/" + folder))
        with sqlite3.connect(self.path("cockpit/storage/data/content.sqlite")) as db:
            for name, documents in ITEMS.items():
                self.table(db, "collections_" + name, documents)
            self.table(db, "singletons", SINGLES)
            if models_as_documents:
                self.table(db, "models", MODELS)
        db.close()
        with sqlite3.connect(self.path("cockpit/storage/data/system.sqlite")) as db:
            for name, documents in SYSTEM.items():
                self.table(db, name, [d | {"_created": STAMP, "_modified": STAMP} for d in documents])
        db.close()
        with sqlite3.connect(self.path("cockpit/storage/data/app.sqlite")) as db:
            self.table(db, "assets", FILES)
        db.close()
        with sqlite3.connect(self.path("cockpit/storage/data/assets.sqlite")) as db:
            self.table(db, "folders", FOLDERS)
        db.close()
        self.write("cockpit/storage/uploads/2026/11/a_note_uid_1.txt", "Hello")
        self.write("cockpit/storage/uploads/2026/11/fake.png", "This is no picture")
        os.symlink(self.write("private.txt", "Ours"), self.path("cockpit/storage/uploads/2026/11/link.txt"))
        os.symlink("2026/11", self.path("cockpit/storage/uploads/latest"))
        os.symlink("a_note_uid_1.txt", self.path("cockpit/storage/uploads/2026/11/link_uid_2.txt"))
        for model in [] if models_as_documents else MODELS:
            self.write(f"cockpit/storage/content/{model['name']}.model.php", f"<?php\n return {php(model)};")
        return self.path("cockpit")

    def bring(self, *more, folder=None, code=4):
        """4: one of the keys is refused, since it has no form that keys have."""
        said = self.run_vitrine("import", "--from", "cockpit", folder or self.path("cockpit"), "--data", self.data, *more)
        self.assertEqual(said.code, code, said)
        return said

    def test_everything_comes_in(self):
        self.cockpit()
        said = self.bring()
        for line in ("authors 1 taken 0 refused", "posts 3 taken 0 refused", "pages 3 taken 0 refused", "settings_ 1 taken 0 refused",
                     "roles 2 taken 0 refused", "users 2 taken 0 refused", "locales 2 taken 0 refused", "api_keys 2 taken 1 refused", "asset_folders 2 taken 0 refused", "assets 2 taken 1 refused"):
            self.assertIn(line, " ".join(said.out.split()))
        for sentence in ("posts.author is the same in every language here", "posts.cover is required no more", "posts.hero_text is required no more",
                         "The model settings is the collection settings_ here", "Fields like odd (weather) are kept as objects",
                         "The key Odd is not of the form", "The key Idle has no role", "3 links lead to what is not there", "3 files are not in storage/uploads", "The file fake.png is refused"):
            self.assertIn(sentence, said.errors)
        server = self.serve()
        admin, editor, public = server.client(USER_KEY), server.client(KEY), server.client()
        post = self.assert_status(editor.get(f"/api/content/item/posts/{POST}?locale=all"), 200).json
        expected = {"title": {"und": "Sea", "de": "Meer"}, "slug": "sea", "kind": "1", "views": 12, "tags": ["a", "b"], "author": {"_model": "authors", "_id": AUTHOR},
                    "odd": {"rain": True}, "cover": {"_model": "assets", "_id": FILE}, "shots": [{"_model": "assets", "_id": FILE}], "_state": 1, "_created": STAMP, "_modified": STAMP + 9, "_cby": ADA, "_mby": ADA}
        self.assertEqual({k: post[k] for k in expected}, expected)
        self.assertEqual([m["_id"] for m in post["mates"]], [DRAFT])
        self.assertEqual(post["facts"][0]["sub_name"], "x")
        self.assertEqual(editor.get(f"/api/content/item/posts/{POST}?locale=de").json["title"], "Meer")
        self.assertEqual({p["_id"]: p["_state"] for p in admin.get("/api/content/items/posts?state=any").json}, {POST: 1, DRAFT: 0, TEAM: -1})
        asset = self.assert_status(admin.get(f"/api/assets/{FILE}"), 200).json
        self.assertEqual((asset["title"], asset["altText"], asset["tags"], asset["size"]), ("A note", "Words", ["n"], 5))
        self.assertEqual(self.assert_status(admin.get(f"/api/assets/{FILE}/file"), 200).body, b"Hello")
        self.assertIn(FOLDER, json.dumps(asset["folder"]))
        tree = self.assert_status(editor.get("/api/content/tree/pages"), 200).json
        self.assertEqual([t["title"] for t in tree], ["Home"])
        self.assertEqual([t["title"] for t in tree[0]["_children"]], ["Team", "About"])
        self.assertEqual(editor.get("/api/content/item/settings_?locale=de").json["motto"], "An")
        # The editor may what he could; the public has its role; others nothing.
        self.assert_status(editor.post("/api/content/item/posts", {"data": {"title": "New"}}), 200)
        self.assertNotEqual(editor.get("/api/content/items/authors").status, 200)
        self.assert_status(public.get("/api/content/items/authors"), 200)
        self.assertNotEqual(public.get("/api/content/items/posts").status, 200)
        self.assertNotEqual(server.client("API-" + "3c" * 20).get("/api/content/items/authors").status, 200)
        people = {u["name"]: u for u in admin.get("/api/content/items/users").json}
        self.assertEqual((people["ada"]["full_name"], people["ada"]["active"], people["eve"]["active"]), ("Ada L.", True, False))
        self.assert_stops(server)
        for secret in (KEY, USER_KEY, "$2y$10$"):
            self.assertNotIn(secret, "\n".join(self.dump()))
        self.assert_sound()

    def test_twice_is_once(self):
        self.cockpit()
        first = self.bring()
        self.command("user", "reset", "ada@example.com", "--password-file", "-", stdin=house.PASSWORD.encode() + b"\n")
        before = self.items()
        second = self.bring()
        self.assertEqual(self.items(), before)
        self.assertEqual([line for line in first.out.splitlines() if "locales" not in line], [line for line in second.out.splitlines() if "locales" not in line])
        server = self.serve()
        self.assert_status(server.client(KEY).get("/api/content/items/posts"), 200)
        answer = server.client().post("/api/auth/login", {"user": "ada@example.com", "password": house.PASSWORD})
        self.assertLess(answer.status, 300, answer)
        self.assert_stops(server)

    def items(self):
        out = {}
        for name in ("authors", "posts", "pages", "settings_", "users", "roles", "locales", "api_keys", "assets", "asset_folders"):
            rows = [json.loads(line) for line in self.command("export", "--collection", name).splitlines()]
            out[name] = sorted(({k: v for k, v in row.items() if k not in ("_rev", "password", "password_changed_at")} for row in rows), key=lambda r: r["_id"])
        return out

    def test_models_may_be_documents_and_the_storage_folder_may_be_named(self):
        self.cockpit(models_as_documents=True)
        said = self.bring(folder=self.path("cockpit/storage"))
        self.assertIn("posts 3 taken 0 refused", " ".join(said.out.split()))

    def test_only_the_list_that_a_set_is_made_of_is_read_as_fields(self):
        self.cockpit()
        inner = [{"name": f"n{n}", "type": "text"} for n in range(50)]
        odd = {"name": "odd", "type": "collection", "fields": [
            {"name": "a", "type": "set", "opts": {"fields": inner[:1], "columns": inner}},
            {"name": "b", "type": "table", "opts": {"columns": inner[:1], "fields": "all"}}]}
        self.write("cockpit/storage/content/odd.model.php", f"<?php\n return {php(odd)};")
        self.bring()
        fields = json.loads(self.command("model", "show", "odd"))["fields"]
        self.assertEqual([[f["name"] for f in field["fields"]] for field in fields], [["n0"], ["n0"]])

    def test_a_dry_run_writes_nothing(self):
        self.cockpit()
        self.make_model([{"name": "mine", "fields": []}])
        before = self.dump()
        said = self.bring("--dry-run")
        self.assertTrue(self.dump() == before, said)
        for line in ("authors 1 taken 0 refused", "posts 3 taken 0 refused", "settings_ 1 taken 0 refused", "api_keys 2 taken 1 refused"):
            self.assertIn(line, " ".join(said.out.split()))

    def test_what_is_broken_changes_nothing(self):
        self.cockpit()
        self.make_model([{"name": "mine", "fields": []}])
        before = self.dump()
        content = self.path("cockpit/storage/data/content.sqlite")
        model = self.path("cockpit/storage/content/posts.model.php")
        with open(content, "rb") as f:
            whole = f.read()
        with open(model, encoding="utf-8") as f:
            text = f.read()

        def refused(sentence, folder=None):
            said = self.bring(folder=folder, code=1)
            self.assertIn(sentence, said.errors)
            self.assertEqual(len(said.errors.strip().splitlines()), 1, said)
            self.assertTrue(self.dump() == before, said)

        refused("no folder of Cockpit 2", folder=self.path("nowhere"))
        for bad, sentence in ((text.replace("'slug'", "getenv('HOME')", 1), "no code"), (text[:200], "posts.model.php"), ("", "begins with <?php"),
                              (text + "system('id');", "follows the value"), (text.replace("'posts'", '"$x"', 1), "variable")):
            self.write("cockpit/storage/content/posts.model.php", bad)
            refused(sentence)
        self.write("cockpit/storage/content/posts.model.php", text)
        for cut in (50, 5000, len(whole) // 2, len(whole) - 4096):
            with open(content, "wb") as f:
                f.write(whole[:cut])
            said = self.bring(code=1)
            self.assertIn("The database cannot be read", said.errors)
            self.assertTrue(self.dump() == before, said)
        with open(content, "wb") as f:
            f.write(whole)
        with sqlite3.connect(content) as db:
            db.execute("UPDATE collections_pages SET document = '{\"title\":' WHERE id = 3")
        db.close()
        self.write("cockpit/storage/content/settings.model.php", f"<?php\n return {php(MODELS[0])};")  # nothing to tell but the fault
        said = self.bring(code=1)
        self.assertIn("collections_pages is broken", said.errors)
        self.assertTrue(self.dump() == before, said)


if __name__ == "__main__":
    house.main()
