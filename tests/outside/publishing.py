"""Killed while releases and plans are carried out: a release is live as a whole or not at all, what was acknowledged
stays, and a plan is carried out once, by whichever process comes first."""
import http.client
import json
import random
import sqlite3
import threading

import house

KILLS = 6
PAIRS = 4
PAST = "2020-01-01T00:00:00Z"
MODEL = [{"name": name, "fields": [{"name": "title", "kind": "text", "required": True},
                                   {"name": "number", "kind": "number", "integer": True}]} for name in ("left", "right")]


class Publishing(house.Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(house.SEED)
        print(f"seed {house.SEED}")
        self.make_model(MODEL)
        self.ids = [house.item_id(i + 1) for i in range(PAIRS)]
        for name in ("left", "right"):
            self.import_rows(name, [{"_id": i, "title": "0", "number": 0} for i in self.ids])
        self.key = self.make_key()
        self.lock = threading.Condition()
        self.kept = [0] * PAIRS  # number of the release that was acknowledged last
        self.tried = [0] * PAIRS
        self.done = 0

    def make_releases(self, client):
        self.releases = []
        for number, item in enumerate(self.ids):
            entries = [{"collection": name, "item": item} for name in ("left", "right")]
            answer = client.post("/api/content/item/releases", {"data": {"name": f"pair {number}", "entries": entries}})
            self.releases.append(self.assert_status(answer, 200).json["_id"])

    def release_until_killed(self, server, pair):
        client, item = server.client(self.key), self.ids[pair]
        try:
            while True:
                number = self.tried[pair] + 1
                self.tried[pair] = number
                for name in ("left", "right"):
                    answer = client.ask("PATCH", f"/api/content/item/{name}/{item}?perspective=draft",
                                        {"title": str(number), "number": number})
                    assert answer.status == 200, answer
                answer = client.post(f"/api/content/item/releases/{self.releases[pair]}/publish", {})
                assert answer.status == 200, answer
                with self.lock:
                    self.kept[pair] = number
                    self.done += 1
                    self.lock.notify_all()
        except (OSError, http.client.HTTPException):
            pass

    def verify(self, server):
        client = server.client(self.key)
        for pair, item in enumerate(self.ids):
            left, right = (self.assert_status(client.get(f"/api/content/item/{name}/{item}"), 200).json
                           for name in ("left", "right"))
            self.assertEqual((left["title"], left["number"]), (right["title"], right["number"]), "half a release is live")
            self.assertEqual(left["title"], str(left["number"]), "a mixture of two versions")
            self.assertGreaterEqual(left["number"], self.kept[pair], "an acknowledged release is gone")
            self.assertLessEqual(left["number"], self.tried[pair])

    def test_a_release_is_whole_whatever_is_killed(self):
        server = self.serve()
        self.make_releases(server.client(self.key))
        for kill in range(KILLS):
            enough = self.done + self.random.randrange(1, 30)
            finish = house.together(lambda pair, server=server: self.release_until_killed(server, pair), PAIRS)
            try:
                with self.lock:
                    assert self.lock.wait_for(lambda: self.done >= enough, house.PATIENCE), "The writers hang"
            finally:
                server.kill()
                finish()
            self.assert_sound()
            server = self.serve()
            self.verify(server)
            print(f"kill {kill + 1}: {self.done} releases so far", flush=True)
        self.assert_stops(server)

    def entries(self, verb):
        db = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
        rows = db.execute("SELECT item FROM vitrine_journal WHERE collection = 'left' AND verb = ?", (verb,)).fetchall()
        db.close()
        return [row[0] for row in rows]

    def states(self, client):
        answer = self.assert_status(client.get("/api/content/items/schedules?fields=state,item,problem"), 200)
        return [row["state"] for row in answer.json]

    def test_a_plan_is_carried_out_once_by_two_processes_and_after_a_kill(self):
        first = self.serve()
        client = first.client(self.key)
        for item in self.ids:
            self.assert_status(client.post(f"/api/content/item/left/{item}/unpublish", {"at": PAST}), 200)
        first.kill()
        servers = [self.serve(), self.serve()]
        clients = [server.client(self.key) for server in servers]
        for client in clients:
            house.until("the plans are carried out", lambda client=client: self.states(client) == ["done"] * PAIRS)
        for item in self.ids:
            self.assert_status(clients[0].get(f"/api/content/item/left/{item}"), 404)
        later = [clients[i % 2].post(f"/api/content/item/left/{item}/publish", {"at": PAST}) for i, item in enumerate(self.ids)]
        for answer in later:
            self.assert_status(answer, 200)
        house.until("the later plans, too", lambda: self.states(clients[1]) == ["done"] * (2 * PAIRS))
        for server in servers:
            self.assert_stops(server)
        self.assertEqual(sorted(self.entries("unpublish")), self.ids, "once each")
        self.assertEqual(sorted(self.entries("publish")), self.ids, "once each")
        self.assert_sound()

    def test_plans_of_a_revoked_key_fail_and_say_so(self):
        key = self.make_key("--role", "admin", "--name", "leaving")
        server = self.serve()
        admin = server.client(self.key)
        answer = server.client(key).post(f"/api/content/item/left/{self.ids[0]}/unpublish", {"at": "2999-01-01T00:00:00Z"})
        self.assert_status(answer, 200)
        mine = next(row for row in json.loads(self.command("key", "list", "--json")) if row.get("name") == "leaving" or
                    row.get("label") == "leaving")
        self.command("key", "revoke", mine.get("id") or mine["_id"])
        row = self.assert_status(admin.get("/api/content/items/schedules"), 200).json[0]
        server.kill()
        db = sqlite3.connect(f"{self.data}/vitrine.db")
        db.execute('UPDATE c_schedules SET "at" = 0')
        db.commit()
        db.close()
        admin = self.serve().client(self.key)
        house.until("it fails", lambda: self.states(admin) == ["failed"])
        self.assert_status(admin.get(f"/api/content/item/left/{self.ids[0]}"), 200)
        problem = admin.get(f"/api/content/item/schedules/{row['_id']}").json["problem"]
        self.assertTrue(problem)

    def test_the_trash_forgets_after_thirty_days(self):
        server = self.serve()
        client = server.client(self.key)
        for item in self.ids[:2]:
            self.assert_status(client.ask("DELETE", f"/api/content/item/left/{item}"), 200)
        server.kill()
        db = sqlite3.connect(f"{self.data}/vitrine.db")
        for item, days in zip(self.ids, (29, 31)):
            db.execute("UPDATE c_trash SET _created = unixepoch() - 86400 * ? WHERE item = ?", (days, item))
        db.commit()
        db.close()
        client = self.serve().client(self.key)
        house.until("the older one goes", lambda: [row["_id"] for row in client.get("/api/content/trash/left").json] == self.ids[:1])


if __name__ == "__main__":
    house.main()
