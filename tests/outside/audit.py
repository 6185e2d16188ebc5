"""The journal for auditors, on the real program: what is altered in a database file is named by a running server,
exports are whole and hide what their reader may not know, reads that a model wants noted are noted by every door."""
import csv
import hashlib
import io
import json
import os
import sqlite3

import house
import journal

STAFF = {"name": "staff", "fields": [{"name": "name", "kind": "text"}, {"name": "salary", "kind": "number", "audit_reads": True}]}


class Audit(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.command("model", "apply", self.write("more.json", [STAFF]))
        self.import_rows("posts", [{"title": f"={i}+1" if i % 100 == 0 else f"Post {i}"} for i in range(2500)])
        self.key = self.command("key", "create", "--role", "admin", "--name", "root").strip()

    def alter(self, sql):
        db = sqlite3.connect(os.path.join(self.data, "vitrine.db"))
        db.execute(sql)
        db.commit()
        db.close()

    def verify(self, client):
        """All parts."""
        after, entries = 0, 0
        while True:
            said = client.ask("POST", "/api/journal/verify", {"after": after}).json
            entries += said["entries"]
            if not said["ok"] or said["next"] is None:
                return said, entries
            after = said["next"]

    def test_what_is_altered_is_named_while_the_server_runs(self):
        server = self.serve()
        client = server.client(self.key)
        said, entries = self.verify(client)
        self.assertTrue(said["ok"], said)
        self.assertEqual(entries, said["last"])
        self.alter("UPDATE vitrine_journal SET after = replace(after, 'Post', 'Pest') WHERE seq = 500")
        said, _ = self.verify(client)
        self.assertFalse(said["ok"])
        self.assertRegex(said["finding"], r"^Entry 500 \(.*\) was altered")
        self.assertTrue(client.ask("POST", "/api/journal/verify", {"after": 600}).json["ok"])
        self.alter("DELETE FROM vitrine_journal WHERE seq = 300")
        self.assertRegex(self.verify(client)[0]["finding"], "^Entry 300 is missing")
        self.assert_stops(server)

    def test_exports_are_whole(self):
        server = self.serve()
        client = server.client(self.key)
        answer = client.get("/api/content/export/journal?filter=%7B%22collection%22%3A%22posts%22%7D")
        lines = [json.loads(line) for line in answer.body.decode().splitlines()]
        self.assertEqual(len(lines), 2500)
        self.assertEqual([e["seq"] for e in lines], sorted(e["seq"] for e in lines))
        half = client.get(f"/api/content/export/journal?filter=%7B%22collection%22%3A%22posts%22%2C%22seq%22%3A%7B%22%24gt%22%3A{lines[1249]['seq']}%7D%7D")
        self.assertEqual(half.body, b"".join(line + b"\n" for line in answer.body.splitlines()[1250:]))
        table = client.get("/api/content/export/posts?fields=title&sort=_created", headers={"Accept": "text/csv"})
        rows = list(csv.reader(io.StringIO(table.body.decode(), newline="")))
        self.assertEqual(rows[0], ["_id", "title"])
        self.assertEqual(len(rows), 2501)
        self.assertEqual(sum(row[1].startswith("'=") for row in rows), 25)
        self.assertFalse([row for row in rows if row[1][:1] in "=+-@"])
        self.assert_stops(server)

    def test_reads_are_noted_by_every_door(self):
        server = self.serve()
        client = server.client(self.key)
        ada = client.ask("POST", "/api/content/item/staff", {"data": {"name": "Ada", "salary": 4711}}).json["_id"]
        doors = (
            ("POST", "/graphql", {"query": "{ staff { name salary } }"}),
            ("POST", "/graphql", {"query": "{ staff(where: {salary: {gt: 1}}) { name } }"}),
            ("GET", f"/api/content/item/staff/{ada}", None),
            ("GET", "/api/content/items/staff", None),
            ("GET", "/api/content/export/staff", None),
            ("POST", "/api/gql", {"query": "{ staffModel { name salary } }"}),
        )
        silent = (("POST", "/graphql", {"query": "{ staff { name } }"}), ("GET", "/api/content/items/staff?fields=name", None))
        for count, doors_now in ((1, doors), (0, silent)):
            for method, path, body in doors_now:
                with self.subTest(path=path, body=body):
                    before = self.notes(client)
                    answer = client.ask(method, path, body)
                    self.assertEqual(answer.status, 200, answer)
                    self.assertIn("Ada", answer.body.decode(), answer)
                    self.assertEqual(self.notes(client) - before, count)
        self.assert_stops(server)

    def notes(self, client):
        return client.get("/api/content/items/journal?filter%5Bverb%5D=items.read&count=exact&limit=1&skip=0").json["meta"]["total"]

    def test_refused_attempts_are_groups(self):
        server = self.serve()
        for _ in range(3):
            self.assertEqual(server.client("vtr_no_such_key").get("/api/content/items/posts").status, 401)
        client = server.client(self.key)
        groups = ("/api/content/groups/journal?groupBy=verb,address&aggregate%5Bsum%5D=times&aggregate%5Bmin%5D=at&aggregate%5Bmax%5D=last"
                  "&filter%5Bverb%5D=credential.refused")
        found = house.until("the notes are written", lambda: client.get(groups).json)
        self.assertEqual((found[0]["verb"], found[0]["address"]), ("credential.refused", "127.0.0.1"))
        self.assertGreaterEqual(found[0]["sum"]["times"], 1)
        self.assertLessEqual(found[0]["min"]["at"], found[0]["max"]["last"])
        self.assert_stops(server)

    def test_the_file_has_every_entry(self):
        path = self.path("audit.ndjson")
        env = {"VITRINE_AUDIT_FILE": path}
        server = self.serve(env=env)
        client = server.client(self.key)
        first = self.last(client) + 1
        add = lambda n: [self.assertEqual(client.ask("POST", "/api/content/item/posts", {"data": {"title": f"New {i}"}}).status, 200) for i in range(n)]
        add(20)
        house.until("the lines are there", lambda: self.lines(path)[-1:] and self.lines(path)[-1]["seq"] >= first + 19)
        os.rename(path, path + ".1")
        add(5)
        house.until("a new file is there", lambda: os.path.exists(path) and self.lines(path))
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        add(5)
        server.kill()
        with open(path, "a", encoding="utf-8") as f:
            f.write('{"seq":')
        server = self.serve(env=env)
        client = server.client(self.key)
        add(5)
        last = self.last(client)
        house.until("they are all there", lambda: self.lines(path)[-1:] and self.lines(path)[-1]["seq"] >= last)
        self.assert_stops(server)
        told = {}
        for line in self.lines(path + ".1") + self.lines(path):
            self.assertEqual(told.setdefault(line["seq"], line), line)
        self.assertEqual(list(told), list(range(first, max(told) + 1)))
        with open(os.path.join(self.data, "master.key"), encoding="utf-8") as f:
            master = bytes.fromhex(f.read().strip())
        key = journal.subkey(master, 5)
        for seq in range(first + 1, max(told) + 1):
            row = [told[seq][name] for name in journal.COLUMNS]
            mac = hashlib.blake2b(bytes.fromhex(told[seq - 1]["mac"]) + b"".join(map(journal.cell, row)), digest_size=32, key=key)
            self.assertEqual(mac.hexdigest(), told[seq]["mac"], told[seq])

    def test_a_file_that_cannot_be_written_stops_nothing(self):
        path = self.path("audit.ndjson")
        os.symlink(self.path("elsewhere"), path)
        server = self.serve(env={"VITRINE_AUDIT_FILE": path})
        client = server.client(self.key)
        self.assertEqual(client.ask("POST", "/api/content/item/posts", {"data": {"title": "x"}}).status, 200)
        house.until("it says so", lambda: "audit.failing" in server.said())
        self.assertFalse(os.path.exists(self.path("elsewhere")))
        os.unlink(path)
        house.until("it works again", lambda: "audit.working" in server.said())
        self.assertTrue(self.lines(path))
        self.assert_stops(server)

    def test_a_pipe_holds_nothing_up(self):
        path = self.path("audit.ndjson")
        os.mkfifo(path)
        server = self.serve(env={"VITRINE_AUDIT_FILE": path})
        client = server.client(self.key)
        self.assertEqual(client.ask("POST", "/api/content/item/posts", {"data": {"title": "x" * 200000}}).status, 200)
        house.until("it says so", lambda: "audit.failing" in server.said())
        self.assert_stops(server)

    def test_what_cannot_be_noted_is_not_shown(self):
        server = self.serve()
        client = server.client(self.key)
        ada = client.ask("POST", "/api/content/item/staff", {"data": {"name": "Ada", "salary": 4711}}).json["_id"]
        self.alter("CREATE TRIGGER no_notes BEFORE INSERT ON vitrine_journal WHEN new.verb = 'items.read' BEGIN SELECT RAISE(ABORT, 'no'); END")
        self.assert_status(client.get(f"/api/content/item/staff/{ada}"), 503)
        self.assertEqual(client.get("/api/content/items/staff?fields=name").status, 200)
        for method, path, body, name in (("PATCH", f"/api/content/item/staff/{ada}", {"name": "Eve"}, "Eve"),
                                         ("POST", "/api/content/item/staff", {"data": {"_id": ada, "name": "Eva"}}, "Eva")):
            with self.subTest(method=method, path=path):
                answer = self.assert_status(client.ask(method, path, body), 200)
                self.assertEqual(answer.json, {"_id": ada})  # it is done, and no more of it is shown
                self.assertEqual(self.assert_status(client.get(f"/api/content/item/staff/{ada}?fields=name"), 200).json["name"], name)
        self.assert_stops(server)

    def last(self, client):
        return client.get("/api/events").json["last"]

    def lines(self, path):
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as f:
            whole = [line for line in f if line.endswith("}\n")]
        return [json.loads(line) for line in whole]


if __name__ == "__main__":
    house.main()
