"""Backups and the log that is shipped in object storage: a double that computes each signature anew, fails now and then, and gives names
in short pages (s3_double.py)."""
import os

import house
import s3_double
import shipping


class ObjectStorage(shipping.House):
    def test_object_storage_is_a_place_like_any(self):
        storage = s3_double.Server()
        self.addCleanup(storage.gone)
        self.env |= storage.env | {"VITRINE_BACKUP_PASSPHRASE": "a long passphrase"}
        self.to = self.env["VITRINE_BACKUP_TO"]
        refused = set()

        def fail(method, key):
            """The first eight things are refused when they are asked for the first time, whoever else asks beside them."""
            if (method, key) in refused or len(refused) == 8:
                return None
            refused.add((method, key))
            return 503

        storage.fail = fail
        server = self.start()
        answer = server.own.post("/api/assets", os.urandom(17 << 20), headers={"X-Filename": "large.bin", "Content-Type": "application/octet-stream"})
        self.assertIn(answer.status, (200, 201), answer)
        self.write_some(server, 10)
        self.until_shipped(server)
        self.write_some(server, 10)
        self.assert_stops(server)
        self.assertEqual(len(refused), 8)
        self.assertFalse([r for r in storage.refused if r[1] not in ("SlowDown", "NoSuchKey")], storage.refused)
        self.assertEqual((storage.uploads, storage.largest <= 16 << 20), ({}, True))
        self.assertTrue(all(k.startswith("a/site/") for k in storage.objects), storage.objects.keys())
        self.assertFalse([k for k, v in storage.objects.items() if b"Post 1" in v or b"file 5 " in v])
        rows = self.journal()
        other, _ = self.restore()
        self.assert_is_moment(other, rows[-1][0])
        wish = next(r[0] for r in rows if r[5] == "Post 13")
        other, _ = self.restore("--seq", str(wish))
        self.assert_is_moment(other, wish)
        _, said = self.restore("--at", "2020-01-01T00:00:00Z", code=1)
        self.assertIn("as old as that", said.errors)

    def test_names_without_end_are_not_waited_for(self):
        storage = s3_double.Server()
        self.addCleanup(storage.gone)
        self.env |= storage.env
        self.to = self.env["VITRINE_BACKUP_TO"]
        server = self.start()
        self.until_shipped(server)
        self.assert_stops(server)
        storage.endless = True
        _, said = self.restore(code=1)
        self.assertIn("the same page of names", said.errors)

    def test_what_is_in_an_object_is_no_word_of_the_storage(self):
        """In clear, with what errors look like in a backup and in a file that was shipped."""
        storage = s3_double.Server()
        self.addCleanup(storage.gone)
        self.env |= storage.env
        self.to = self.env["VITRINE_BACKUP_TO"]
        server = self.start()
        self.until_shipped(server)
        error = "<Error><Code>AccessDenied</Code></Error>"
        self.assert_status(server.own.post("/api/content/item/posts", {"data": {"title": error}}), 200)
        answer = server.own.post("/api/assets", error.encode(), headers={"X-Filename": "a.txt", "Content-Type": "application/octet-stream"})
        self.assertIn(answer.status, (200, 201), answer)
        self.until_shipped(server)
        self.assert_stops(server)
        self.assertTrue([k for k, v in storage.objects.items() if "/file-" in k and error.encode() in v])
        other, _ = self.restore()
        self.assert_is_moment(other, self.journal()[-1][0])


if __name__ == "__main__":
    house.main()
