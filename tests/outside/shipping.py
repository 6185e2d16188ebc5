"""The log shipped between backups: any entry of the journal comes back, with all of its files, however often the server was killed
meanwhile; what is missing or touched is refused. VITRINE_MOMENTS says how many are restored in the loop (3); a night's worth is 100."""
import glob
import hashlib
import os
import random
import re
import shutil
import sqlite3
import tempfile

import house

MOMENTS = int(os.environ.get("VITRINE_MOMENTS", "3"))
KILLS = int(os.environ.get("VITRINE_KILLS", "2"))


class House(house.Case):
    """A server that ships, and what is restored from there."""

    def setUp(self):
        super().setUp()
        self.make_model()
        self.key = self.make_key()
        self.to = self.path("backups")
        self.env = {"VITRINE_BACKUP_TO": self.to, "VITRINE_BACKUP_SHIP": "true", "VITRINE_BACKUP_KEEP": "0"}
        self.sent, self.files = 0, []

    def start(self):
        server = self.serve(env=self.env)
        server.own = server.client(self.key)
        return server

    def write_some(self, server, count):
        """Posts, and a file with each fifth; the one before the last two goes again."""
        for _ in range(count):
            self.sent += 1
            self.assert_status(server.own.post("/api/content/item/posts", {"data": {"title": f"Post {self.sent}"}}), 200)
            if self.sent % 5 == 0:
                answer = server.own.post("/api/assets", b"file %d " % self.sent * 500,
                                         headers={"X-Filename": f"{self.sent}.txt", "Content-Type": "application/octet-stream"})
                self.assertIn(answer.status, (200, 201), answer)
                self.files.append(re.search(r'"_id": ?"([0-9a-f]+)"', answer.body.decode()).group(1))
                if len(self.files) > 2:
                    self.assertIn(server.own.ask("DELETE", f"/api/assets/{self.files.pop(0)}?permanent=1").status, (200, 204))

    def until_shipped(self, server):
        """Everything that was committed by now is there, and it stands on a backup."""
        house.until("a backup", lambda: house.figures(server.own)["vitrine_backups_total"] >= 1)
        began = house.time.monotonic()
        house.until("it is shipped", lambda: house.figures(server.own)["vitrine_ship_lag_seconds"] < house.time.monotonic() - began)

    def journal(self):
        db = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
        rows = db.execute("SELECT seq, tx, at_ms, collection, verb, json_extract(after, '$.title') FROM vitrine_journal ORDER BY seq").fetchall()
        db.close()
        return rows

    def restore(self, *words, code=0):
        other = tempfile.mkdtemp(dir=self.folder)
        shutil.copy(self.data + "/master.key", other)
        env = {name: value for name, value in self.env.items() if "SHIP" not in name}
        said = self.run_vitrine("restore", self.to, *words, "--json", "--data", other, env=env)
        self.assertEqual(said.code, code, said)
        return other, said

    def assert_is_moment(self, other, last):
        """Exactly what the journal says up to this entry."""
        rows = [r for r in self.journal() if r[0] <= last]
        db = sqlite3.connect(f"file:{other}/vitrine.db?mode=ro", uri=True)
        self.assertEqual(db.execute("SELECT seq, at_ms FROM vitrine_journal WHERE seq <= ? ORDER BY seq", (last,)).fetchall(), [(r[0], r[2]) for r in rows])
        self.assertEqual([t for (t,) in db.execute("SELECT title FROM c_posts ORDER BY rowid")],
                         [r[5] for r in rows if r[3] == "posts" and r[4] == "create"])
        files = [(r[3], r[4]) for r in rows if r[3] == "assets"]
        self.assertEqual(db.execute("SELECT count(*) FROM c_assets").fetchone()[0], files.count(("assets", "create")) - files.count(("assets", "delete")))
        self.assertEqual(db.execute("PRAGMA integrity_check").fetchone()[0], "ok")
        for (digest,) in db.execute("SELECT digest FROM c_blobs"):
            kind, digits = digest.split(":")
            with open(f"{other}/blobs/{kind}/{digits[:2]}/{digits[2:]}", "rb") as f:
                self.assertEqual(hashlib.new(kind, f.read()).hexdigest(), digits)
        db.close()

    def strand(self):
        """Its folder, where there is one."""
        return glob.glob(self.to + "/log-*")


class Shipping(House):
    def test_any_entry_comes_back_however_often_it_is_killed(self):
        dice = random.Random(house.SEED)
        server = self.start()
        self.write_some(server, 10)
        self.until_shipped(server)
        for _ in range(KILLS):
            self.write_some(server, dice.randrange(5, 30))
            server.kill()
            server = self.start()
        self.write_some(server, 20)
        self.assert_stops(server)
        rows = self.journal()
        self.command("gc", "--grace", "0s")  # what was deleted is gone here
        base = min(int(re.search(r"-(\d+)$", name).group(1)) for name in os.listdir(self.to) if name.startswith("vitrine-"))
        before = max(r[0] for r in rows if r[3] == "assets" and r[4] == "delete") - 1  # when there was one more
        for wish in [before] + [dice.randrange(base, rows[-1][0] + 1) for _ in range(MOMENTS)]:
            other, said = self.restore("--seq", str(wish))
            seq = house.json.loads(said.out)["seq"]
            self.assertLessEqual(seq, wish)
            self.assertEqual(seq, max(r[0] for r in rows if r[0] <= wish and not any(s[1] == r[1] and s[0] > wish for s in rows)), (wish, house.SEED))
            self.assert_is_moment(other, seq)
            shutil.rmtree(other)
        other, said = self.restore()
        self.assertEqual(house.json.loads(said.out)["seq"], rows[-1][0])
        self.assert_is_moment(other, rows[-1][0])
        self.assertEqual(self.run_vitrine("check", "--data", other).code, 0)
        _, said = self.restore("--seq", str(rows[-1][0] + 1), code=4)
        self.assertIn("ends at entry", said.errors)

    def test_sealed_pieces_open_with_the_key_alone_and_none_may_be_missing(self):
        public = self.command("backup", "key", self.path("secret.key")).strip()
        self.env["VITRINE_BACKUP_RECIPIENT"] = public
        server = self.start()
        for _ in range(3):
            self.write_some(server, 5)
            self.until_shipped(server)
        self.assert_stops(server)
        last = self.journal()[-1][0]
        other, _ = self.restore("--key-file", self.path("secret.key"))
        self.assert_is_moment(other, last)
        self.restore(code=1)
        with open(self.data + "/master.key", "rb") as f:
            secrets = [f.read().strip(), b"Post 1", b"file 5 "]
        for name in glob.glob(self.to + "/**", recursive=True):
            if os.path.isfile(name):
                with open(name, "rb") as f:
                    content = f.read()
                self.assertFalse([s for s in secrets if s in content], name)
        pieces = sorted(glob.glob(self.strand()[0] + "/*.seg.sealed"))
        self.assertGreater(len(pieces), 2)
        os.rename(pieces[-2], pieces[-2] + ".away")
        _, said = self.restore("--key-file", self.path("secret.key"), code=4)
        self.assertIn("missing", said.errors)
        shutil.copy(pieces[-1], pieces[-2])
        _, said = self.restore("--key-file", self.path("secret.key"), code=4)
        self.assertIn("piece", said.errors)
        os.rename(pieces[-2] + ".away", pieces[-2])

    def test_a_place_that_is_away_for_a_while_misses_nothing(self):
        server = self.start()
        self.write_some(server, 5)
        self.until_shipped(server)
        os.rename(self.strand()[0], self.path("away"))
        blocked = os.path.join(self.to, os.path.basename(glob.glob(self.data + "/shipping/log-*")[0]))
        with open(blocked, "w", encoding="utf-8"):
            pass
        self.write_some(server, 10)
        house.until("it fails", lambda: house.figures(server.own)["vitrine_ship_failures_total"] >= 1)
        self.assertGreater(house.figures(server.own)["vitrine_ship_lag_bytes"], 1000)
        os.remove(blocked)
        os.rename(self.path("away"), blocked)
        self.write_some(server, 5)
        self.until_shipped(server)
        self.assertEqual(house.figures(server.own)["vitrine_ship_strands_total"], 1)
        self.assert_stops(server)
        other, _ = self.restore()
        self.assert_is_moment(other, self.journal()[-1][0])

    def test_a_moment_comes_back_and_one_that_nothing_tells_of_does_not(self):
        server = self.start()
        self.write_some(server, 5)
        self.until_shipped(server)
        for _ in range(10):
            self.write_some(server, 1)
            began = house.time.time()
            house.until("another millisecond", lambda: house.time.time() > began + 0.002)
        self.until_shipped(server)
        self.assert_stops(server)
        rows = self.journal()
        post = next(r for r in rows if r[5] == "Post 12")
        base = min(int(re.search(r"-(\d+)$", name).group(1)) for name in os.listdir(self.to) if name.startswith("vitrine-"))
        for name in os.listdir(self.strand()[0]):
            piece = re.match(r"\d+-(\d+)-(\d+)\.seg$", name)
            if piece:  # what it says of itself is true of all that it has
                self.assertGreaterEqual(int(piece.group(2)), max((r[2] for r in rows if base < r[0] <= int(piece.group(1))), default=0), name)
        for ms in (post[2], post[2] - 1):
            other, said = self.restore("--at", self.spell(ms))
            seq = house.json.loads(said.out)["seq"]
            over = next(r[1] for r in rows if r[0] > base and r[2] > ms)  # times do not always go as entries do: all up to there
            self.assertEqual(seq, max(r[0] for r in rows if r[1] < over), (ms, rows))
            self.assert_is_moment(other, seq)
        other, said = self.restore("--at", self.spell(rows[-1][2] + 3600_000))
        self.assertEqual(house.json.loads(said.out)["seq"], rows[-1][0])
        for wrong in ("yesterday", "1960-01-01T00:00:00Z"):
            self.restore("--at", wrong, code=2)
        _, said = self.restore("--at", "2020-01-01T00:00:00Z", code=1)
        self.assertIn("as old as that", said.errors)
        self.write_while_nothing_ships()

    def write_while_nothing_ships(self):
        """A new strand: of moments between it and the old one nothing tells, and what is older than they are is not taken for them."""
        shipped = self.journal()[-1][0]
        plain = self.serve(env={})
        plain.own = plain.client(self.key)
        self.write_some(plain, 1)
        self.assert_stops(plain)
        between = self.journal()[-1]
        house.until("another second", lambda: house.time.time() * 1000 > between[2] + 1100)
        server = self.start()
        self.until_shipped(server)
        self.assert_stops(server)
        _, said = self.restore("--at", self.spell(between[2] + 1), code=4)
        self.assertIn(f"ends at entry {shipped} ", said.errors)
        other, said = self.restore("--seq", str(shipped))
        self.assert_is_moment(other, shipped)

    @staticmethod
    def spell(ms):
        return house.time.strftime("%Y-%m-%dT%H:%M:%S", house.time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"


if __name__ == "__main__":
    house.main()
