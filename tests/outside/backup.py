"""Backups of a server that is being written to: each is a beginning of what was acknowledged, with all of its files; and
restores that are killed. VITRINE_BACKUPS says how many there are in the loop (5); a night's worth is 100."""
import glob
import hashlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading

import house

ROUNDS = int(os.environ.get("VITRINE_BACKUPS", "5"))
class Writer(threading.Thread):
    """Asks again and again, one request after the other, until it is told to stop."""

    def __init__(self, ask):
        super().__init__(daemon=True)
        self.ask, self.over, self.acknowledged, self.failure = ask, threading.Event(), [], None

    def run(self):
        try:
            while not self.over.is_set():
                self.acknowledged.append(self.ask(len(self.acknowledged)))
        except BaseException as failure:  # pylint: disable=broad-except
            self.failure = failure

    def stop(self):
        self.over.set()
        self.join(house.PATIENCE)
        if self.failure:
            raise self.failure


class Database:
    """A backup's, read past the program."""

    def __init__(self, path):
        self.db = sqlite3.connect(f"file:{path}?immutable=1", uri=True)

    def column(self, sql, *values):
        return [row[0] for row in self.db.execute(sql, values)]


class Backup(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.key = self.make_key()
        self.to = self.path("backups")

    def made(self):
        """What lies there, but for whose it is."""
        names = sorted(os.listdir(self.to))
        self.assertIn("owner.json", names)
        return [n for n in names if n != "owner.json"]

    def backup(self, *more, code=0):
        return self.command("backup", "--to", self.to, *more, code=code)

    def post(self, client):
        def ask(number):
            self.assert_status(client.post("/api/content/item/posts", {"data": {"title": f"Post {number}"}}), 200)
            return f"Post {number}"
        return ask

    def come_and_go(self, client):
        """A file in, and the one before the last out: there is always something to be swept away."""
        ids = []

        def ask(number):
            answer = client.post("/api/assets", b"file %d " % number * 500,
                                 headers={"X-Filename": f"{number}.txt", "Content-Type": "application/octet-stream"})
            if answer.status == 503:  # swept while it came: said, and sent again
                return None
            self.assertIn(answer.status, (200, 201), answer)
            ids.append(re.search(r'"_id": ?"([0-9a-f]+)"', answer.body.decode()).group(1))
            if len(ids) > 2:
                self.assertIn(client.ask("DELETE", f"/api/assets/{ids.pop(0)}?permanent=1").status, (200, 204))
            return number
        return ask

    def assert_is_beginning(self, made, sure, sent):
        """What the journal says up to its last entry, and no less than was sure before it began."""
        copy = Database(made["path"] + "/vitrine.db")
        last = copy.column("SELECT max(seq) FROM vitrine_journal")[0]
        live = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
        wanted = [json.loads(after)["title"] for (after,) in live.execute(
            "SELECT after FROM vitrine_journal WHERE collection = 'posts' AND verb = 'create' AND seq <= ? ORDER BY seq", (last,))]
        live.close()
        titles = copy.column("SELECT title FROM c_posts ORDER BY rowid")
        self.assertEqual(last, made["seq"])
        self.assertEqual(sorted(titles), sorted(wanted))
        self.assertEqual(titles, [f"Post {i}" for i in range(len(titles))])
        self.assertTrue(sure <= len(titles) <= sent, (sure, len(titles), sent))
        for digest in copy.column("SELECT digest FROM c_blobs"):
            kind, digits = digest.split(":")
            name = f"{made['path']}/blobs/{kind}/{digits[:2]}/{digits[2:]}"
            if os.path.exists(name) or copy.column("SELECT 1 FROM c_assets a, c_blobs b WHERE a.blob = b._id AND b.digest = ?", digest):
                with open(name, "rb") as f:
                    self.assertEqual(hashlib.new(kind, f.read()).hexdigest(), digits)

    def sweep(self, _):
        """On a machine that is slow enough the database may be busy for longer than a command waits; it says so."""
        said = self.run_vitrine("gc", "--grace", "0s", "--data", self.data)
        if said.code != 0:
            self.assertIn("busy; try again", str(said))

    def test_each_is_a_beginning_of_what_was_acknowledged(self):
        server = self.serve()
        writer = Writer(self.post(server.client(self.key)))
        files = Writer(self.come_and_go(server.client(self.key)))
        for thread in (writer, files):
            thread.start()
        for number in range(ROUNDS):
            sweep = house.together(self.sweep, number % 2)
            sure = len(writer.acknowledged)
            made = json.loads(self.backup("--json", "--keep", "3"))
            self.assert_is_beginning(made, sure, len(writer.acknowledged) + 1)
            sweep()
            if ROUNDS > 5:  # at night: each is restored, too
                self.restore_elsewhere(made)
        for thread in (files, writer):
            thread.stop()
        self.assertGreater(len(writer.acknowledged), ROUNDS)
        self.assertLessEqual(len(self.made()), 3)
        self.restore_elsewhere(made)
        self.assert_no_secret(made["path"])
        self.assert_stops(server)

    def restore_elsewhere(self, made):
        other = tempfile.mkdtemp(dir=self.folder)
        self.addCleanup(shutil.rmtree, other, True)
        shutil.copy(self.data + "/master.key", other)
        said = json.loads(self.command("restore", made["path"], "--json", data=other))
        self.assertEqual((said["seq"], said["aside"]), (made["seq"], ""))
        said = self.run_vitrine("check", "--data", other)
        self.assertEqual(said.code, 0, said)
        self.assertIn("backup.restored", Database(other + "/vitrine.db").column("SELECT verb FROM vitrine_journal"))
        shutil.rmtree(other)

    def assert_no_secret(self, folder):
        with open(self.data + "/master.key", "rb") as f:
            secrets = [f.read().strip(), self.key.encode()]
        for name in glob.glob(folder + "/**", recursive=True):
            if os.path.isfile(name):
                with open(name, "rb") as f:
                    content = f.read()
                self.assertFalse([s for s in secrets if s in content or bytes.fromhex(secrets[0].decode()) in content], name)

    def test_the_server_makes_its_own(self):
        public = self.command("backup", "key", self.path("secret.key")).strip()
        env = {"VITRINE_BACKUP_TO": self.to, "VITRINE_BACKUP_EVERY": "1s", "VITRINE_BACKUP_KEEP": "1", "VITRINE_BACKUP_RECIPIENT": public}
        server = self.serve(env=env)
        client = server.client(self.key)
        house.until("two backups", lambda: house.figures(client)["vitrine_backups_total"] >= 2)
        now = house.figures(client)
        self.assertLess(now["vitrine_backup_age_seconds"], house.PATIENCE)
        self.assertGreater(now["vitrine_backup_bytes"], 0)
        self.assertEqual(now["vitrine_backup_failures_total"], 0)
        self.assert_stops(server)
        left = [n for n in self.made() if not n.startswith(".")]
        self.assertEqual([n.endswith(".tar.sealed") for n in left], [True], left)
        self.assertFalse([n for n in os.listdir(self.data) if n.startswith("backup")])
        archive = os.path.join(self.to, left[-1])
        self.command("restore", "--check", archive, "--key-file", self.path("secret.key"))
        again = self.backup("--recipient", public).strip()
        self.assertTrue(again.endswith(".tar.sealed"), again)
        self.command("restore", "--check", again, "--key-file", self.path("secret.key"))
        said = self.run_vitrine("restore", "--check", archive, "--data", self.data)
        self.assertEqual((said.code, "sealed for a key" in said.errors), (1, True), said)
        self.assert_sound()

    def posts(self):
        """Past the program, unless an exchange was cut off, which it ends."""
        if {"restored", "entering", "leaving"} & set(os.listdir(self.data)):
            return self.command("export", "--collection", "posts").count("\n")
        db = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
        count = db.execute("SELECT count(*) FROM c_posts").fetchone()[0]
        db.close()
        return count

    def kill_when(self, there, *words):
        process = subprocess.Popen([house.VITRINE, *words, "--data", self.data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=house.environment())
        house.until("it works or is over", lambda: process.poll() is not None or os.path.exists(self.data + "/" + there))
        process.send_signal(signal.SIGKILL)
        process.wait(house.PATIENCE)

    def test_a_restore_that_is_killed_or_refused_leaves_the_old_state(self):
        self.import_rows("posts", [{"title": f"Post {i}"} for i in range(50)])
        made = self.backup().strip()
        self.import_rows("posts", [{"title": "later"}])
        server = self.serve()
        self.assertIn("stop it first", self.run_vitrine("restore", "--replace", made, "--data", self.data).errors)
        self.assert_stops(server)
        for there in ("restoring/vitrine.db", "restoring/uploads"):
            self.kill_when(there, "restore", "--replace", made)
            self.assertIn(self.posts(), (50, 51))
        self.command("restore", "--replace", made)
        self.assertEqual(self.posts(), 50)
        self.assert_sound()
        self.assertFalse([n for n in os.listdir(self.data) if n in ("restoring", "restored", "entering", "leaving")])

    def test_what_is_bad_is_no_backup(self):
        self.import_rows("posts", [{"title": f"Post {i}"} for i in range(20)])
        db = sqlite3.connect(self.data + "/vitrine.db")
        db.execute("UPDATE vitrine_journal SET who = 'x' WHERE seq = 10")
        db.commit()
        db.close()
        said = self.run_vitrine("backup", "--to", self.to, "--data", self.data)
        self.assertEqual(said.code, 4, said)
        self.assertIn("Entry 10 ", said.errors)
        self.assertEqual([n.endswith(".failed") for n in self.made()], [True])
        left = os.path.join(self.to, self.made()[0])
        self.assertEqual(self.run_vitrine("restore", "--check", left, "--data", self.data).code, 4)
        self.assertEqual(self.run_vitrine("backup", "--data", self.data).code, 2)

    def test_a_place_is_one_sites(self):
        self.backup()
        other = self.path("other")
        self.command("model", "apply", self.write("model.json", house.POSTS), data=other)
        said = self.run_vitrine("backup", "--to", self.to, "--data", other)
        self.assertEqual((said.code, "another site" in said.errors), (1, True), said)
        self.assertEqual(len(self.made()), 1)
        self.backup()


if __name__ == "__main__":
    house.main()
