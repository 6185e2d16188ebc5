"""Contents that go from one server to another, and items out of files."""
import hashlib
import io
import json
import os
import subprocess
import tarfile

import house

NOTES = [
    {"name": "tags_", "fields": [{"name": "name", "kind": "text", "required": True, "localized": True}]},
    {"name": "notes", "shape": "tree", "fields": [
        {"name": "title", "kind": "text", "required": True},
        {"name": "about", "kind": "ref", "to": "tags_", "required": True},
        {"name": "mates", "kind": "ref", "to": "notes", "many": True},
        {"name": "facts", "kind": "set", "many": True, "fields": [{"name": "n", "kind": "number"}]}]},
]


class Transfer(house.Case):
    def fill(self):
        self.make_model(NOTES)
        server = self.serve()
        admin = server.client(self.make_key())

        def make(collection, **data):
            answer = admin.post(f"/api/content/item/{collection}", {"data": data})
            self.assert_status(answer, 200)
            return answer.json["_id"]

        make("locales", code="en", name="English", standard=True)
        make("locales", code="de", name="Deutsch")
        tag = make("tags_", name="Sea")
        self.assert_status(admin.ask("PATCH", f"/api/content/item/tags_/{tag}?locale=de", {"name": "Meer"}), 200)
        root = make("notes", title="Root", about=tag, facts=[{"n": 1}, {"n": 2.5}])
        leaf = make("notes", title="Leaf ß→", about=tag, _pid=root, mates=[root], _state=0)
        self.assert_status(admin.ask("PATCH", f"/api/content/item/notes/{root}", {"mates": [leaf, root]}), 200)
        for text in (b"Some bytes\n", b"Some bytes\n", b"x" * 70_000):
            answer = admin.ask("POST", "/api/assets?name=note.txt", text, {"Content-Type": "text/plain"})
            self.assert_status(answer, 200)
        self.assert_stops(server)

    def export(self, name, data=None):
        self.command("export", "--all", "--output", self.path(name), data=data)
        with open(self.path(name), "rb") as f:
            return f.read()

    def test_what_was_exported_comes_back_and_is_exported_the_same(self):
        self.fill()
        other = self.path("other")
        first = self.export("first.tar")
        said = self.command("import", "--from", "archive", self.path("first.tar"), data=other)
        self.assertNotIn(" 1 refused", said)
        self.assertEqual(self.export("second.tar", data=other), first)
        # Once more into the same: everything is replaced by itself.
        self.command("import", "--from", "archive", self.path("first.tar"), data=other)
        self.assertEqual(self.export("third.tar", data=other), first)
        self.command("check", data=other)
        admin = self.serve(data=other).client(self.command("key", "create", "--role", "admin", data=other).strip())
        asset = admin.get("/api/assets?limit=1").json["assets"][0]
        self.assertEqual(admin.get(f"/api/assets/{asset['_id']}/file").body, b"Some bytes\n")

    def test_other_programs_read_the_archive(self):
        self.fill()
        with tarfile.open(fileobj=io.BytesIO(self.export("all.tar"))) as archive:
            names = archive.getnames()
            self.assertEqual(archive.extractfile("vitrine.json").read(), b'{"format":1}\n')
        self.assertEqual([n for n in names if n.startswith("models/")], ["models/notes.json", "models/tags_.json"])
        self.assertIn("items/notes.ndjson", names)
        self.assertEqual(len([n for n in names if n.startswith("files/")]), 2)

    def test_no_secret_is_in_it(self):
        self.fill()
        self.command("user", "add", "--email", "ada@example.com", "--role", "admin", "--password-file", "-",
                     stdin=house.PASSWORD.encode() + b"\n")
        key = self.make_key()
        everything = self.export("all.tar")
        self.assertIn(b"ada@example.com", everything)
        for secret in (house.PASSWORD, key, "argon2"):
            self.assertNotIn(secret.encode(), everything)

    def test_what_is_no_archive_changes_nothing(self):
        self.fill()
        before = self.export("before.tar")
        for content in ("", "no archive", before[:700].decode("latin-1"), before[:-1024].decode("latin-1")):
            with open(self.path("bad.tar"), "w", encoding="latin-1", newline="") as f:
                f.write(content)
            said = self.run_vitrine("import", "--from", "archive", "--data", self.path("empty"), self.path("bad.tar"))
            self.assertNotEqual(said.code, 0, said)
            self.assertIn("archive", said.errors)
        self.assertEqual(self.export("after.tar"), before)

    def test_a_dry_run_writes_nothing_whatever_is_in_it(self):
        content = b"Some bytes\n"
        entries = [("vitrine.json", b'{"format":1}\n'), ("files/" + hashlib.sha256(content).hexdigest(), content)]
        entries += [(f"items/none{n}.ndjson", b'{"_id":"%024x"}\n' % n) for n in range(1001)]

        def archive(name, entries):
            with tarfile.open(self.path(name), "w", format=tarfile.USTAR_FORMAT) as out:
                for entry, content in entries:
                    info = tarfile.TarInfo(entry)
                    info.size = len(content)
                    out.addfile(info, io.BytesIO(content))
            return self.path(name)

        self.make_model()
        said = self.command("import", "--from", "archive", "--dry-run", archive("some.tar", entries[:600]))
        self.assertRegex(said, r"none597 +1 taken +0 refused")
        self.assertEqual([names for _, _, names in os.walk(os.path.join(self.data, "blobs")) if names], [])
        said = self.run_vitrine("import", "--from", "archive", "--dry-run", "--data", self.data, archive("many.tar", entries))
        self.assertEqual(said.code, 1, said)
        self.assertIn("collections", said.errors)

    def test_what_cannot_be_printed_is_a_failure(self):
        self.make_model()
        self.import_rows("posts", [{"title": "One"}])
        for words in (["export", "--collection", "posts"], ["export", "--all"], ["model", "export"], ["openapi"]):
            with open("/dev/full", "wb") as full:
                code = subprocess.run([house.VITRINE, *words, "--data", self.data], stdout=full, stderr=subprocess.DEVNULL,
                                      timeout=house.PATIENCE, env=house.environment(None)).returncode
            self.assertEqual(code, 1, words)

    def test_an_export_that_fails_leaves_the_file_before_it(self):
        self.make_model()
        kept = self.write("kept.ndjson", "what was exported before\n")
        self.command("export", "--collection", "nothing", "--output", kept, code=1)
        self.command("export", "--all", "--output", kept, data=self.path("nowhere"), code=3)
        with open(kept) as f:
            self.assertEqual(f.read(), "what was exported before\n")

    def test_columns_of_a_file_are_mapped_and_tried_first(self):
        self.make_model()
        file = self.write("old.csv", "Heading,Clicks,junk\nOne,1,x\nTwo,many,y\n")
        words = ("import", "--collection", "posts", "--map", "title=Heading", "--map", "views=Clicks", "--map", "=junk", file)
        said = self.command(*words, "--dry-run", code=4)
        self.assertIn("1 imported, 1 refused", said)
        self.assertEqual(self.command("export", "--collection", "posts"), "")
        self.command(*words, code=4)
        self.assertIn('"title":"One"', self.command("export", "--collection", "posts"))

    def test_a_password_that_was_set_since_stays(self):
        self.command("user", "add", "--email", "ada@example.com", "--role", "admin", "--password-file", "-",
                     stdin=house.PASSWORD.encode() + b"\n")
        self.export("all.tar")
        self.command("import", "--from", "archive", self.path("all.tar"))
        answer = self.serve().client().post("/api/auth/login", {"user": "ada@example.com", "password": house.PASSWORD})
        self.assert_status(answer, 200)

    def test_an_item_has_all_its_links(self):
        self.make_model()
        ids = [house.item_id(n) for n in range(1, 1501)]
        self.import_rows("authors", [{"_id": i, "name": i} for i in ids])
        self.import_rows("posts", [{"title": "Read by many", "readers": ids}])
        line = json.loads(self.command("export", "--collection", "posts"))
        self.assertEqual([link["_id"] for link in line["readers"]], ids)

    def test_a_row_with_a_known_id_replaces_when_asked_to(self):
        self.make_model()
        row = {"_id": house.item_id(7), "title": "First"}
        self.import_rows("posts", [row])
        again = self.write_rows("again.ndjson", [row | {"title": "Second"}])
        self.command("import", "--collection", "posts", again, code=4)
        self.command("import", "--collection", "posts", "--replace", again)
        self.assertIn('"title":"Second"', self.command("export", "--collection", "posts"))


if __name__ == "__main__":
    house.main()
