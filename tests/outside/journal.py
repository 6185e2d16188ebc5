"""The journal as somebody finds it who can write the database file but has not the master key: whatever they
change is found and named. What is said of the format in docs/journal.md is done here once more, in Python."""
import hashlib
import json
import os
import shutil
import sqlite3
import struct
import subprocess

import house

COLUMNS = ("seq", "tx", "at_ms", "who", "via", "request_id", "user", "collection", "item", "verb", "revision",
           "before", "after")


def cell(value):
    if value is None:
        return b"0" + struct.pack(">Q", 0)
    if isinstance(value, int):
        return b"i" + struct.pack(">q", value)
    raw = value.encode()
    return b"t" + struct.pack(">Q", len(raw)) + raw


def subkey(master, number):
    """libsodium's crypto_kdf: BLAKE2b with the number as salt and the context as person."""
    return hashlib.blake2b(b"", digest_size=32, key=master, salt=struct.pack("<Q", number) + bytes(8),
                           person=b"vitrine_" + bytes(8)).digest()


class Journal(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.import_rows("posts", [{"title": f"Post {i}"} for i in range(1100)])
        self.command("key", "create", "--role", "admin", "--name", "a key")
        self.assert_sound()

    def proof(self):
        return json.loads(self.command("check", "--json"))["journal"]

    def entries(self):
        db = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
        extent = db.execute("SELECT min(seq), max(seq) FROM vitrine_journal").fetchone()
        db.close()
        return extent

    def tampered(self, *sql, code=4):
        """What check says of a copy with these changes."""
        copy = self.path("copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.data, copy)
        db = sqlite3.connect(os.path.join(copy, "vitrine.db"))
        for one in sql:
            db.execute(*one) if isinstance(one, tuple) else db.execute(one)
        db.commit()
        db.close()
        said = json.loads(self.command("check", "--json", data=copy, code=code))
        self.assertEqual(said["ok"], code == 0)
        return " / ".join(finding["text"] for finding in said["findings"])

    def test_each_column_counts(self):
        last = self.proof()["last"]
        for column in COLUMNS[1:]:
            number = column in ("tx", "at_ms", "revision")
            for value in (6, None) if column == "revision" else (6,) if number else ("x", ""):
                with self.subTest(column=column, value=value):
                    text = self.tampered((f'UPDATE vitrine_journal SET "{column}" = ? WHERE seq = 500', (value,)))
                    self.assertRegex(text, r"^Entry 500 \(.*\) was altered$")
        self.assertIn("has another seal", self.tampered("UPDATE vitrine_journal SET mac = zeroblob(32) WHERE seq = 500"))
        self.assertIn("carries no seal", self.tampered("UPDATE vitrine_journal SET mac = NULL WHERE seq = 500"))
        self.assertRegex(self.tampered((f"UPDATE vitrine_journal SET who = 'x' WHERE seq = {last}")),
                         rf"^Entry {last} \(.*\) was altered, or inserted at the end$")

    def test_the_first_of_several_is_named(self):
        self.assertRegex(self.tampered("UPDATE vitrine_journal SET who = 'x' WHERE seq IN (40, 900, 30)"), "^Entry 30 ")

    def test_missing_entries_are_named(self):
        self.assertRegex(self.tampered("DELETE FROM vitrine_journal WHERE seq = 77"), r"^Entry 77 is missing: entry 78 \(")
        self.assertRegex(self.tampered("DELETE FROM vitrine_journal WHERE seq BETWEEN 1 AND 3"), "^Entries 1 to 3 are missing")
        shifted = self.tampered("DELETE FROM vitrine_journal WHERE seq = 77",
                                "UPDATE vitrine_journal SET seq = -seq WHERE seq > 77",
                                "UPDATE vitrine_journal SET seq = -seq - 1 WHERE seq < 0")
        self.assertRegex(shifted, r"^Entry 77 \(.*\) was altered, or entries before it were taken out")

    def test_inserted_entries_are_named(self):
        last = self.proof()["last"]
        insert = ("INSERT INTO vitrine_journal SELECT {0}, tx, at_ms, 'user eve', via, request_id, user, collection,"
                  " item, verb, revision, before, after, mac FROM vitrine_journal WHERE seq = 50")
        self.assertRegex(self.tampered(insert.format(last + 1)), rf"^Entry {last + 1} \(.*user eve.*inserted at the end")
        text = self.tampered("UPDATE vitrine_journal SET seq = -seq WHERE seq > 99",
                             "UPDATE vitrine_journal SET seq = 1 - seq WHERE seq < 0", insert.format(100))
        self.assertRegex(text, r"^There was no entry 100 \(.*user eve.*written as entry 100 is numbered 101 now$")

    def test_entries_that_changed_places_are_named(self):
        for a, b in ((200, 300), (200, 201)):
            with self.subTest(a=a, b=b):
                text = self.tampered(f"UPDATE vitrine_journal SET seq = -1 WHERE seq = {a}",
                                     f"UPDATE vitrine_journal SET seq = {a} WHERE seq = {b}",
                                     f"UPDATE vitrine_journal SET seq = {b} WHERE seq = -1")
                self.assertEqual(text, f"Entries {a} and {b} have changed places")

    def test_a_tail_cut_behind_a_checkpoint_is_missed(self):
        text = self.tampered("DELETE FROM vitrine_journal WHERE seq >= 990")
        self.assertRegex(text, "^Entries 990 to 1000 are missing: the journal ends before them")
        # The end behind the last checkpoint is what nobody here can miss (docs/journal.md).
        self.assertEqual(self.tampered("DELETE FROM vitrine_journal WHERE seq > 1050", code=0), "")

    def test_checkpoints_are_checked(self):
        for column, value in (("mac", "zeroblob(32)"), ("at_ms", "5"), ("key", "'00'"), ("signature", "zeroblob(64)"),
                              ("seq", "1001")):
            with self.subTest(column=column):
                text = self.tampered(f"UPDATE vitrine_checkpoints SET {column} = {value}")
                self.assertRegex(text, "^The checkpoint for entry 100[01] (was altered|is missing)")
        self.assertEqual(self.tampered("DELETE FROM vitrine_checkpoints"), "The checkpoint for entry 1000 is missing")

    def test_the_chain_cannot_be_said_to_begin_later(self):
        later = "UPDATE vitrine_notes SET value = '2000' WHERE name = 'journal.chained_from'"
        self.assertIn("there is a seal on entry 1 ", self.tampered(later))
        self.assertIn("but entry 1000 was signed for", self.tampered(later, "UPDATE vitrine_journal SET mac = NULL"))
        self.assertIn("not noted any more",
                      self.tampered("DELETE FROM vitrine_notes WHERE name = 'journal.chained_from'"))

    def test_what_is_too_old_is_taken_out_and_signed_for(self):
        last = self.proof()["last"]
        server = self.serve(env={"VITRINE_JOURNAL_KEEP": "1s"})
        house.until("the oldest thousand are gone", lambda: self.entries()[0] > 1000)
        self.assert_stops(server)
        first, newest = self.entries()
        proof = self.proof()
        self.assertEqual((proof["first"], proof["last"], proof["trimmed_to"]), (first, newest, first - 1))
        self.assertGreater(newest, last)
        for table, change in (("vitrine_checkpoints", "SET seq = seq - 1 WHERE kind = 'trim'"),
                              ("vitrine_checkpoints", "SET mac = zeroblob(32) WHERE kind = 'trim'")):
            self.assertRegex(self.tampered(f"UPDATE {table} {change}"), "^The word that entries up to [0-9]+ were taken out was altered$")
        self.assertRegex(self.tampered("DELETE FROM vitrine_checkpoints WHERE kind = 'trim'"), "^Entries 1 to [0-9]+ are missing")
        self.assertRegex(self.tampered(f"DELETE FROM vitrine_journal WHERE seq = {first}"), f"^Entry {first} is missing|^Entries {first} to")

    def test_what_was_altered_is_not_taken_out(self):
        db = sqlite3.connect(os.path.join(self.data, "vitrine.db"))
        db.execute("UPDATE vitrine_journal SET mac = zeroblob(32) WHERE seq = 1000")
        db.commit()
        db.close()
        server = self.serve(env={"VITRINE_JOURNAL_KEEP": "1s"})
        house.until("it says so", lambda: "jobs.failing" in server.said())
        self.assertIn("Old entries stay", server.said())
        self.assertEqual(server.stop(), 0)
        self.assertEqual(self.entries()[0], 1)

    def test_another_master_key_is_refused(self):
        self.write("other.key", "ab" * 32 + "\n", mode=0o400)
        said = self.run_vitrine("check", "--data", self.data, env={"VITRINE_MASTER_KEY_FILE": self.path("other.key")})
        self.assertNotEqual(said.code, 0)
        self.assertIn("master key", said.errors)

    def test_another_program_can_verify_it(self):
        with open(os.path.join(self.data, "master.key"), encoding="ascii") as f:
            master = bytes.fromhex(f.read().strip())
        key, before = subkey(master, 5), bytes(32)
        db = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        rows = list(db.execute(f"SELECT {columns}, mac FROM vitrine_journal ORDER BY seq"))
        checkpoints = dict(db.execute("SELECT seq, mac FROM vitrine_checkpoints"))
        self.verify(*db.execute("SELECT seq, mac, at_ms, signature FROM vitrine_checkpoints").fetchone())
        db.close()
        for row in rows:
            before = hashlib.blake2b(before + b"".join(map(cell, row[:-1])), digest_size=32, key=key).digest()
            self.assertEqual(row[-1], before, row)
            self.assertEqual(checkpoints.get(row[0], before), before)
        self.assertGreater(len(rows), 1100)
        self.assertEqual(list(checkpoints), [1000])

    def verify(self, seq, mac, at_ms, signature):
        """By OpenSSL, with what check prints."""
        files = {"text": f"vitrine journal checkpoint\nseq {seq}\nmac {mac.hex()}\nat_ms {at_ms}\n".encode(),
                 "signature": signature,
                 "key.der": bytes.fromhex("302a300506032b6570032100" + self.proof()["public_key"])}
        for name, content in files.items():
            with open(self.path(name), "wb") as f:
                f.write(content)
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", self.path("key.der"), "-rawin",
                        "-in", self.path("text"), "-sigfile", self.path("signature")], check=True, stdout=subprocess.DEVNULL)

    def test_two_processes_write_one_chain(self):
        server = self.serve()
        key = self.make_key()

        def work(number):
            if number < 2:
                client = server.client(key)
                for i in range(60):
                    self.assert_status(client.post("/api/content/item/posts", {"data": {"title": f"{i}"}}), 200)
            else:
                for _ in range(5):
                    self.make_key()

        house.together(work, 3)()
        self.assert_sound()
        self.assert_stops(server)
        self.assert_sound()

    def test_the_log_is_told_of_checkpoints(self):
        server = self.serve()
        client = server.client(self.make_key())
        client.post("/api/content/item/posts", {"data": {"title": "One"}})
        self.assert_stops(server)
        told = [line for line in server.said().splitlines() if "journal.checkpoint" in line]
        proof = self.proof()
        last = json.loads(told[-1])
        self.assertEqual(last["seq"], proof["last"])
        self.assertEqual(last["key"], proof["key"])
        db = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
        row = db.execute("SELECT hex(mac), hex(signature) FROM vitrine_checkpoints WHERE seq = ?", (last["seq"],)).fetchone()
        db.close()
        self.assertEqual((last["mac"], last["signature"]), (row[0].lower(), row[1].lower()))
        self.assertEqual(hashlib.sha256(bytes.fromhex(proof["public_key"])).hexdigest()[:16], proof["key"])


if __name__ == "__main__":
    house.main()
