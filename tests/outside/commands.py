"""Commands on a data directory, whether or not a server runs on it: what they do counts with the next request."""
import json
import os
import subprocess
import threading

import house

ROWS = 5000


class Live(house.Case):
    """Commands beside a running server. Each test keeps one connection, so that nothing is learned anew
    only because a connection is."""

    def setUp(self):
        super().setUp()
        self.make_model()
        self.server = self.serve()
        self.admin = self.server.client(self.make_key())

    def tearDown(self):
        self.assert_stops(self.server)
        self.assert_sound()

    def key_ids(self):
        return [key["_id"] for key in json.loads(self.command("key", "list", "--json"))]

    def test_a_new_key_works_at_once_and_a_revoked_one_no_more(self):
        before = self.key_ids()
        client = self.server.client(self.make_key("--role", "admin", "--name", "second"))
        self.assert_status(client.get("/api/content/items/posts"), 200)
        new, = set(self.key_ids()) - set(before)
        self.command("key", "revoke", new)
        self.assert_status(client.get("/api/content/items/posts"), 401)
        self.assert_status(self.admin.get("/api/content/items/posts"), 200)
        keys = json.loads(self.command("key", "list", "--json"))
        self.assertEqual([key["_id"] for key in keys if not key["disabled"]], before)

    def test_a_rotated_key_has_a_new_secret_and_the_old_one_is_dead(self):
        before = self.key_ids()
        old = self.server.client(self.make_key("--role", "admin"))
        self.assert_status(old.get("/api/content/items/posts"), 200)
        key, = set(self.key_ids()) - set(before)
        new = self.server.client(self.command("key", "rotate", key).strip())
        self.assert_status(old.get("/api/content/items/posts"), 401)
        self.assert_status(new.get("/api/content/items/posts"), 200)

    def make_person(self):
        """Signed in by password, and a key of theirs. The first administrator is somebody else."""
        for name in ("first", "ada"):
            self.command("user", "add", "--email", f"{name}@example.com", "--role", "admin", "--name", name,
                         "--password-file", "-", stdin=house.PASSWORD.encode() + b"\n")
        browser = self.server.client()
        answer = browser.post("/api/auth/login", {"user": "ada@example.com", "password": house.PASSWORD})
        self.assert_status(answer, 200)
        browser.headers["Cookie"] = answer.headers["set-cookie"].split(";")[0]
        program = self.server.client(self.make_key("--user", "ada@example.com"))
        for client in (browser, program):
            self.assert_status(client.get("/api/content/items/posts"), 200)
        return browser, program

    def test_a_disabled_person_loses_sessions_and_keys_with_the_next_request(self):
        clients = self.make_person()
        self.command("user", "disable", "ada@example.com")
        for client in clients:
            self.assert_status(client.get("/api/content/items/posts"), 401)
        answer = self.server.client().post("/api/auth/login", {"user": "ada@example.com", "password": house.PASSWORD})
        self.assert_status(answer, 401)
        self.command("user", "disable", "first@example.com", code=1)  # or nobody could administer any more

    def test_a_new_password_ends_sessions(self):
        browser, program = self.make_person()
        self.command("user", "reset", "ada@example.com", "--password-file", "-", stdin=b"another horse altogether\n")
        self.assert_status(browser.get("/api/content/items/posts"), 401)
        self.assert_status(program.get("/api/content/items/posts"), 200)

    def test_a_new_field_can_be_used_by_the_next_request(self):
        client = self.admin
        self.assert_status(client.post("/api/content/item/posts", {"data": {"title": "One", "mood": "good"}}), 422)
        wider = json.loads(json.dumps(house.POSTS))
        wider[1]["fields"].append({"name": "mood", "kind": "text"})
        self.make_model(wider)
        made = self.assert_status(client.post("/api/content/item/posts", {"data": {"title": "One", "mood": "good"}}), 200)
        found = client.get('/api/content/items/posts?filter={"mood":"good"}&fields={"mood":1}')
        self.assertEqual([row["mood"] for row in self.assert_status(found, 200).json], ["good"])
        # Back again: values would be lost, so it has to be said twice.
        narrower = self.write("narrower.json", house.POSTS)
        self.command("model", "apply", narrower, code=1)
        self.assertEqual(client.get(f"/api/content/item/posts/{made.json['_id']}").json["mood"], "good")
        self.command("model", "apply", narrower, "--yes")
        self.assertNotIn("mood", client.get(f"/api/content/item/posts/{made.json['_id']}").json)
        self.assert_status(client.get('/api/content/items/posts?filter={"mood":"good"}'), 400)

    def test_a_grant_counts_from_the_next_request_on(self):
        self.make_role(1, "reader", [{"collection": "posts", "verbs": ["read"], "fields": ["title"]}])
        self.assert_status(self.admin.post("/api/content/item/posts", {"data": {"title": "One", "views": 7}}), 200)
        client = self.server.client(self.make_key("--role", "reader"))
        first = self.assert_status(client.get("/api/content/items/posts"), 200)
        self.assertNotIn("views", first.json[0])
        self.assert_status(client.post("/api/content/item/posts", {"data": {"title": "Two"}}), 403)
        self.import_rows("grants", [{"role": house.item_id(1), "collection": "posts", "verbs": ["read", "create"]}])
        second = self.assert_status(client.get("/api/content/items/posts", headers={"If-None-Match": first.headers["etag"]}), 200)
        self.assertEqual(second.json[0]["views"], 7)
        self.assert_status(client.post("/api/content/item/posts", {"data": {"title": "Two"}}), 200)
        # And taken away again.
        for grant in self.admin.get(f'/api/content/items/grants?filter={{"role":"{house.item_id(1)}"}}').json:
            self.assert_status(self.admin.ask("DELETE", f"/api/content/item/grants/{grant['_id']}"), 200)
        self.assertIn(client.get("/api/content/items/posts").status, (403, 404))

    def test_the_public_role_counts_from_the_next_request_on(self):
        anybody = self.server.client()
        self.assert_status(anybody.get("/api/content/items/posts"), 401)
        self.make_role(1, "public", [{"collection": "posts", "verbs": ["read"]}])
        self.import_rows("settings", [{"public_role": house.item_id(1)}])
        self.assert_status(anybody.get("/api/content/items/posts"), 200)

    def test_an_import_goes_on_beside_readers_and_writers(self):
        rows = [{"title": f"Row {n}", "slug": f"row-{n}", "views": n} for n in range(ROWS)]
        path = self.write_rows("many.ndjson", rows)
        done = threading.Event()
        made = []

        def read():
            client = self.server.client(self.admin.headers["api-key"])
            seen, last = set(), 0
            while not done.is_set():
                answer = client.get('/api/content/items/posts?limit=3&count=exact&filter={"slug":{"$exists":true}}')
                assert answer.status == 200, answer
                total = answer.json["meta"]["total"]
                assert total >= last and total % 1000 == 0, f"{total} rows after {last}"
                seen.add(total)
                last = total
            return seen

        def write():
            client = self.server.client(self.admin.headers["api-key"])
            while not done.is_set():
                answer = client.post("/api/content/item/posts", {"data": {"title": "Beside it"}})
                assert answer.status == 200, answer
                made.append(answer.json["_id"])

        finish = house.together(lambda i: (read, read, write)[i](), 3)
        try:
            said = self.command("import", "--collection", "posts", path)
        finally:
            done.set()
            finish()
        self.assertIn(f"{ROWS} imported, 0 refused", said)
        total = self.admin.get("/api/content/items/posts?limit=1&count=exact").json["meta"]["total"]
        self.assertEqual(total, ROWS + len(made))
        print(f"{len(made)} writes through the server while {ROWS} rows were imported")


class Files(house.Case):
    """Commands alone on a data directory."""

    def setUp(self):
        super().setUp()
        self.make_model()
        authors = [{"_id": house.item_id(n), "name": f"Author {n}"} for n in range(1, 4)]
        posts = [{"_id": house.item_id(100 + n), "title": f"Post {n}", "slug": f"post-{n}", "views": n, "tags": ["a", "ü"],
                  "body": "<p>\u00fcber \U0001f600</p>", "author": house.item_id(n % 3 + 1), "_state": n % 3 - 1,
                  "readers": [house.item_id(1), house.item_id(n % 3 + 1)][:1 + (n % 3 > 0)]} for n in range(50)]
        self.import_rows("authors", authors)
        self.import_rows("posts", posts)

    def items(self, name, data):
        """As exported, but for when they came into this directory."""
        rows = [json.loads(line) for line in self.command("export", "--collection", name, data=data).splitlines()]
        return [{k: v for k, v in row.items() if k not in ("_created", "_modified")} for row in rows]

    def test_what_is_exported_can_be_imported(self):
        other = self.path("other")
        self.command("model", "apply", self.write("out.json", self.command("model", "export")), data=other)
        for name in ("authors", "posts"):
            path = self.path(f"{name}.out.ndjson")
            self.command("export", "--collection", name, "--output", path)
            said = self.command("import", "--collection", name, path, data=other)
            self.assertIn(" 0 refused", said)
        for name in ("authors", "posts"):
            self.assertEqual(self.items(name, self.data), self.items(name, other))
        self.assertEqual(self.command("model", "export"), self.command("model", "export", data=other))

    def files(self, folder):
        found = {}
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as f:
                found[name] = f.read()
        return found

    def test_a_model_is_a_directory_of_files(self):
        folder, again, other = self.path("models"), self.path("again"), self.path("other")
        self.command("model", "export", folder)
        before = self.files(folder)
        self.assertEqual([name.removesuffix(".json") for name in before], sorted(d["name"] for d in house.POSTS))
        self.assertIn(" 0 files written", self.command("model", "export", folder))
        self.assertEqual(self.files(folder), before)
        # Elsewhere it is the same, byte for byte.
        self.command("model", "apply", folder, data=other)
        self.command("model", "export", again, data=other)
        self.assertEqual(self.files(again), before)
        self.assertIn("Nothing to do", self.command("model", "apply", folder, data=other))
        # A rename in a file is one: the numbers of fields are in it.
        posts = json.loads(before["posts.json"])
        next(f for f in posts["fields"] if f["name"] == "title")["name"] = "headline"
        path = self.write("models/posts.json", posts)
        self.assertIn("posts.title becomes headline", self.command("model", "diff", folder))
        self.command("model", "apply", folder)
        self.assertEqual(self.items("posts", self.data)[0]["headline"], "Post 0")
        # What no file has stays, until it is said twice.
        os.unlink(path)
        self.assertIn("posts is in no file; --delete drops it", self.command("model", "apply", folder, "--mode", "mirror"))
        self.command("model", "apply", folder, "--mode", "mirror", "--delete", code=1)
        self.assertEqual(len(self.items("posts", self.data)), 50)
        said = self.command("model", "diff", folder, "--mode", "mirror", "--delete")
        self.assertIn("posts is dropped with all its items (50 items, 50 values lost)", said)
        plan = json.loads(self.command("model", "apply", folder, "--mode", "mirror", "--delete", "--dry-run", "--json"))
        self.assertEqual((plan["loses"], plan["fails"]), (True, None))
        self.command("model", "apply", folder, "--mode", "mirror", "--delete", "--yes")
        self.assertNotIn("posts", self.command("model", "list"))
        for words in (("apply",), ("apply", folder, "--mode", "other"), ("apply", folder, "--delete"), ("export", folder, again)):
            self.command("model", *words, code=2)
        self.command("model", "apply", self.path("nowhere"), code=1)
        self.command("model", "apply", self.write("bad.json", {"name": "p", "fields": [{"name": "x", "kind": "txt"}]}), code=1)

    def test_dry_runs_change_nothing(self):
        wider = json.loads(json.dumps(house.POSTS))
        wider[1]["fields"] = [{"name": "title", "kind": "text"}, {"name": "mood", "kind": "text"}]
        before = self.dump()
        model, rows = self.write("wider.json", wider), self.write_rows("rows.ndjson", [{"title": "New"}, {"views": "x"}])
        for words, code in (
                (("model", "apply", model, "--dry-run"), 0),
                (("model", "apply", model, "--dry-run", "--yes"), 0),
                (("model", "diff", model), 0),
                (("model", "apply", model), 1),
                (("import", "--collection", "posts", rows, "--dry-run"), 4),
                (("check",), 0),
                (("role", "audit", "admin"), 0),
        ):
            with self.subTest(words=words):
                self.command(*words, code=code)
                self.assertEqual(self.dump(), before)

    def test_refused_rows_are_reported_and_the_others_are_kept(self):
        rows = [{"title": "Good"}, {"views": 3}, {"title": "Also good"}, {"title": "Bad", "views": "many"},
                {"title": "Twice", "slug": "post-1"}, {"title": "Nobody", "author": house.item_id(999)}, {"title": "Last"}]
        said = self.run_vitrine("import", "--collection", "posts", self.write_rows("some.ndjson", rows), "--data", self.data)
        self.assertEqual(said.code, 4, said)
        self.assertIn("3 imported, 4 refused", said.out)
        lines = [line.split(" refused: ")[0] for line in said.errors.splitlines() if " refused: " in line]
        self.assertEqual(sorted(lines), ["line 2", "line 4", "line 5", "line 6"])
        self.assertEqual(len(self.command("export", "--collection", "posts").splitlines()), 53)

    def test_a_closed_pipe_ends_an_export_quietly_or_with_a_sentence(self):
        process = subprocess.Popen([house.VITRINE, "export", "--collection", "posts", "--data", self.data],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=house.environment())
        process.stdout.close()
        errors = process.stderr.read().decode()
        process.stderr.close()
        self.assertNotIn("Sanitizer", errors)
        self.assertNotEqual(process.wait(house.PATIENCE), 0)


if __name__ == "__main__":
    house.main()
