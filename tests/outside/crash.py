"""Killed in the middle of the load, again and again: what was acknowledged is there, nothing is half there."""
import http.client
import json
import random
import sqlite3
import threading

import house

LOOPS = 20
WRITERS = 8
READERS = 2


class Ledger:
    """What the writers asked for and what they were promised. Items go by a name of the test's, their slug:
    of a creation that was cut off nobody knows the id."""

    def __init__(self):
        self.lock = threading.Condition()
        self.tried = {}  # name -> number of the write sent last
        self.kept = {}  # name -> (number, revision) acknowledged last
        self.acknowledged = 0

    def sent(self, name, number):
        with self.lock:
            self.tried[name] = number

    def promised(self, name, number, revision):
        with self.lock:
            self.kept[name] = (number, revision)
            self.acknowledged += 1
            self.lock.notify_all()

    def await_promises(self, count):
        with self.lock:
            assert self.lock.wait_for(lambda: self.acknowledged >= count, house.PATIENCE), "The writers hang"


def content_of(name, number, authors):
    """Everything in it follows from the write's number, so that a mixture of two writes shows."""
    return {"title": f"{name} {number}", "slug": name, "views": number, "tags": [f"t{number}"],
            "body": f"<p>{number}</p>" * 40, "author": authors[number % 3],
            "readers": [authors[number % 3], authors[(number + 1) % 3]]}


class Crash(house.Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(house.SEED)
        print(f"seed {house.SEED}")
        self.make_model()
        self.authors = [house.item_id(i + 1) for i in range(3)]
        self.import_rows("authors", [{"_id": a, "name": a} for a in self.authors])
        self.keys = [self.make_key() for _ in range(3)]
        self.ledger = Ledger()

    def write_until_killed(self, server, seed, writer):
        """Creates and changes items of its own over one connection, until that breaks."""
        dice = random.Random(seed)
        client = server.client(dice.choice(self.keys))
        own = {}
        for number in range(1, 1 << 20):
            create = not own or dice.random() < 0.5
            name = f"{writer}-{number}" if create else dice.choice(list(own))
            content = content_of(name, number, self.authors)
            self.ledger.sent(name, number)
            try:
                if create:
                    answer = client.post("/api/content/item/posts", {"data": content})
                else:
                    answer = client.ask("PATCH", f"/api/content/item/posts/{own[name]}", content)
            except (OSError, http.client.HTTPException):
                return
            assert answer.status == 200, answer
            self.ledger.promised(name, number, answer.json["_rev"])
            own[name] = answer.json["_id"]

    def read_until_killed(self, server):
        client = server.client(self.keys[0])
        while True:
            try:
                answer = client.get('/api/content/items/posts?limit=50&sort={"_id":-1}&populate=1')
            except (OSError, http.client.HTTPException):
                return
            assert answer.status == 200, answer
            for item in answer.json:
                self.assert_whole(item)

    def assert_whole(self, item):
        """All of one write."""
        want = content_of(item["slug"], item["views"], self.authors)
        for name in ("title", "tags", "body"):
            self.assertEqual(item[name], want[name], item)
        self.assertEqual(item["author"]["_id"], want["author"], item)
        self.assertEqual([reader["_id"] for reader in item["readers"]], want["readers"], item)

    def journal(self):
        """Straight from the file, past the program: (item, revision) -> the item as it was written."""
        db = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
        rows = db.execute("SELECT item, revision, after FROM vitrine_journal WHERE collection = 'posts'").fetchall()
        numbers = [row[0] for row in db.execute("SELECT seq FROM vitrine_journal ORDER BY seq")]
        db.close()
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)), "the journal has gaps")
        entries = {(item, revision): json.loads(after) for item, revision, after in rows}
        self.assertEqual(len(entries), len(rows), "two entries for one revision")
        return entries

    def verify(self, server):
        """Every promise is kept; what was not promised is there whole or not at all."""
        client = server.client(self.keys[0])
        found, query = {}, "limit=1000&count=exact"
        while query:
            page = self.assert_status(client.get(f"/api/content/items/posts?{query}"), 200).json
            found |= {item["slug"]: item for item in page["data"]}
            cursor = page["meta"].get("cursor")
            query = cursor and f"limit=1000&cursor={cursor}"
        entries = self.journal()
        for name, (number, revision) in self.ledger.kept.items():
            self.assertIn(name, found, "an acknowledged item is gone")
            self.assertGreaterEqual(found[name]["_rev"], revision, "an acknowledged change is gone")
            if found[name]["_rev"] == revision:
                self.assertEqual(found[name]["views"], number)
        for name, item in found.items():
            self.assertLessEqual(item["views"], self.ledger.tried[name], "an item that nobody wrote")
            self.assert_whole(item)
            for revision in range(1, item["_rev"] + 1):
                self.assertIn((item["_id"], revision), entries, "a change without its journal entry")
            self.assertEqual(entries[item["_id"], item["_rev"]]["title"], item["title"], "journal and table differ")
        self.assertEqual(len(entries), sum(item["_rev"] for item in found.values()), "an entry without its change")
        return len(found)

    def load_and_kill(self, server, loop):
        kill_after = self.ledger.acknowledged + self.random.randrange(1, 120)
        seeds = [self.random.random() for _ in range(WRITERS)]

        def work(i):
            if i < WRITERS:
                self.write_until_killed(server, seeds[i], f"w{loop}-{i}")
            else:
                self.read_until_killed(server)

        finish = house.together(work, WRITERS + READERS)
        try:
            self.ledger.await_promises(kill_after)
        finally:
            server.kill()
            finish()

    def test_twenty_kills_under_load_lose_nothing(self):
        times = []
        for loop in range(LOOPS):
            server = self.serve()
            times.append(server.ready_s)
            items = self.verify(server)
            self.load_and_kill(server, loop)
            self.assert_sound()
            print(f"kill {loop + 1}: {self.ledger.acknowledged} writes acknowledged so far, {items} items before it, "
                  f"ready in {times[-1] * 1000:.0f} ms", flush=True)
        server = self.serve()
        times.append(server.ready_s)
        self.verify(server)
        self.assert_stops(server)
        times.sort()
        print(f"restart to ready: median {times[len(times) // 2] * 1000:.0f} ms, slowest {times[-1] * 1000:.0f} ms")


if __name__ == "__main__":
    house.main()
