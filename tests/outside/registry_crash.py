"""Killed while several clients push images that share layers, and swept meanwhile: what was acknowledged is there and whole, no
tag dangles, and uploads go on from where they were acknowledged (security R-6, R-10)."""
import hashlib
import http.client
import json
import os
import random
import sqlite3
import threading

import house

LOOPS = 12
PUSHERS = 6
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
BYTES = {"Content-Type": "application/octet-stream"}


class Cut(Exception):
    """The server was killed under a request."""


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def image(layers, number):
    config = b"{}"
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "annotations": {"number": str(number)},
                       "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(config), "size": 2},
                       "layers": [{"mediaType": LAYER, "digest": digest(one), "size": len(one)} for one in layers]}).encode()


class Ledger:
    """What was promised, and what may be: of a push that was cut off nobody knows."""

    def __init__(self):
        self.lock = threading.Condition()
        self.blobs, self.manifests = {}, {}  # (repository, digest) -> bytes
        self.tags, self.tried = {}, {}  # (repository, tag) -> digest promised last; -> digests tried since
        self.uploads = {}  # location -> (key, repository, bytes, offset acknowledged, offset sent)
        self.promises = 0

    def promised(self, into, key, value):
        with self.lock:
            into[key] = value
            self.promises += 1
            self.lock.notify_all()

    def tries(self, key, value):
        with self.lock:
            self.tried.setdefault(key, set()).add(value)

    def tagged(self, key, value):
        with self.lock:
            self.tags[key], self.tried[key] = value, set()
            self.promises += 1
            self.lock.notify_all()

    def await_promises(self, count):
        with self.lock:
            assert self.lock.wait_for(lambda: self.promises >= count, house.PATIENCE), "The pushers hang"


class Pusher:
    def __init__(self, server, key, ledger, seed, name, shared):
        self.client, self.key = server.client(key), key
        self.ledger, self.dice, self.name, self.shared = ledger, random.Random(seed), name, shared

    def ask(self, method, path, body=b"", **headers):
        try:
            return self.client.ask(method, path, body, headers={"Content-Type": headers.pop("kind", BYTES["Content-Type"])} | headers)
        except (OSError, http.client.HTTPException) as broken:
            raise Cut from broken

    def expect(self, answer, *wanted):
        assert answer.status in wanted, answer
        return answer

    def send(self, repository, content):
        """Like a container client: asked for first, in pieces, closed without a body."""
        if self.ask("HEAD", f"/v2/{repository}/blobs/{digest(content)}").status == 200:
            return
        if self.dice.random() < 0.3:
            self.expect(self.ask("POST", f"/v2/{repository}/blobs/uploads/?digest={digest(content)}", content), 201)
        else:
            where = self.expect(self.ask("POST", f"/v2/{repository}/blobs/uploads/"), 202).headers["location"]
            for begin in range(0, len(content), 40000):
                piece = content[begin:begin + 40000]
                with self.ledger.lock:
                    self.ledger.uploads[where] = (self.key, repository, content, begin, begin + len(piece))
                self.expect(self.ask("PATCH", where, piece), 202)
            with self.ledger.lock:
                self.ledger.uploads[where] = (self.key, repository, content, len(content), len(content))
            self.expect(self.ask("PUT", f"{where}?digest={digest(content)}"), 201)
            with self.ledger.lock:
                del self.ledger.uploads[where]
        self.ledger.promised(self.ledger.blobs, (repository, digest(content)), content)

    def push(self, number):
        repository = f"acme/{self.dice.choice('abc')}"
        layers = self.dice.sample(self.shared, 2) + [f"{self.name} {number} ".encode() * self.dice.randrange(1, 9000)]
        for layer in [b"{}", *layers]:
            self.send(repository, layer)
        body, tag = image(layers, number), self.dice.choice(["latest", "edge", f"{self.name}-{number}"])
        self.ledger.tries((repository, tag), digest(body))
        with self.ledger.lock:  # before the answer: it may be there though the answer is lost
            self.ledger.manifests.setdefault(("may", repository, digest(body)), body)
        self.expect(self.ask("PUT", f"/v2/{repository}/manifests/{tag}", body, kind=MANIFEST), 201)
        self.ledger.promised(self.ledger.manifests, (repository, digest(body)), body)
        if tag.startswith(self.name):  # nobody else moves it
            self.ledger.tagged((repository, tag), digest(body))

    def push_until_killed(self):
        try:
            for number in range(1 << 20):
                self.push(number)
        except Cut:
            pass


class Crash(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.random = random.Random(house.SEED)
        print(f"seed {house.SEED}")
        self.ledger = Ledger()
        self.shared = [self.random.randbytes(self.random.randrange(1, 200000)) for _ in range(6)]
        self.keys = [self.make_key("--role", "admin") for _ in range(PUSHERS)]

    def go_on(self, server):
        """Uploads that were cut off: at what was acknowledged at least, never more than was sent, and what comes is whole."""
        for where, (key, repository, content, least, most) in list(self.ledger.uploads.items()):
            del self.ledger.uploads[where]
            client = server.client(key)
            answer = client.get(where)
            if answer.status == 404:  # it was closed, though the answer was lost, or was about to be; then it is cleanly gone
                self.assertTrue(least == len(content), f"an upload of {least} bytes is gone")
                self.assert_status(client.ask("PUT", f"{where}?digest={digest(content)}", b"", headers=BYTES), 404)
                continue
            last = int(self.assert_status(answer, 204).headers["range"].split("-")[1])
            at = last + 1 if last else 0
            self.assertTrue(least <= at <= most, (least, at, most))
            self.assert_status(client.ask("PUT", f"{where}?digest={digest(content)}", content[at:], headers=BYTES), 201)
            self.assertEqual(client.get(f"/v2/{repository}/blobs/{digest(content)}").body, content)

    def verify(self, server):
        client = server.client(self.keys[0])
        self.go_on(server)
        for (repository, name), content in self.ledger.blobs.items():
            got = self.assert_status(client.get(f"/v2/{repository}/blobs/{name}"), 200)
            self.assertEqual(digest(got.body), name)
            self.assertEqual(len(got.body), len(content))
        for key, body in self.ledger.manifests.items():
            if key[0] == "may":
                continue
            got = self.assert_status(client.get(f"/v2/{key[0]}/manifests/{key[1]}"), 200)
            self.assertEqual(got.body, body)
        for repository in "abc":
            tags = client.get(f"/v2/acme/{repository}/tags/list?n=10000")
            for tag in tags.json["tags"] if tags.status == 200 else []:
                got = self.assert_status(client.get(f"/v2/acme/{repository}/manifests/{tag}"), 200)
                self.assertEqual(digest(got.body), got.headers["docker-content-digest"])
                self.check_image(client, f"acme/{repository}", got.json)
        for (repository, tag), promised in self.ledger.tags.items():
            got = self.assert_status(client.get(f"/v2/{repository}/manifests/{tag}"), 200)
            self.assertIn(got.headers["docker-content-digest"], {promised} | self.ledger.tried.get((repository, tag), set()))

    def check_image(self, client, repository, manifest):
        for part in [manifest["config"], *manifest["layers"]]:
            head = self.assert_status(client.ask("HEAD", f"/v2/{repository}/blobs/{part['digest']}"), 200)
            self.assertEqual(int(head.headers["content-length"]), part["size"])

    def sweep_until_over(self, over):
        """Another process that takes away what nobody refers to, with a grace time as for a house at work."""
        while not over.is_set():
            said = self.run_vitrine("gc", "--grace", "1h", "--data", self.data)
            assert said.code == 0, said

    def load_and_kill(self, server, loop):
        kill_after = self.ledger.promises + self.random.randrange(1, 60)
        seeds = [self.random.random() for _ in range(PUSHERS)]
        over = threading.Event()

        def work(i):
            if i == PUSHERS:
                return self.sweep_until_over(over)
            return Pusher(server, self.keys[i], self.ledger, seeds[i], f"p{loop}-{i}", self.shared).push_until_killed()

        finish = house.together(work, PUSHERS + 1)
        try:
            self.ledger.await_promises(kill_after)
        finally:
            server.kill()
            over.set()
            finish()

    def test_kills_under_pushes_lose_nothing(self):
        for loop in range(LOOPS):
            server = self.serve()
            self.verify(server)
            self.load_and_kill(server, loop)
            print(f"kill {loop + 1}: {self.ledger.promises} promises so far, {len(self.ledger.manifests)} images, "
                  f"{len(self.ledger.uploads)} uploads cut off", flush=True)
            self.assert_sound()
        server = self.serve()
        self.verify(server)
        told = {row["file"] for row in server.client(self.keys[0]).get("/api/content/items/uploads?limit=1000").json}
        self.assert_stops(server)
        self.command("gc", "--grace", "0s")
        self.assert_sound()
        self.assertLessEqual(set(os.listdir(f"{self.data}/uploads")), told, "an upload that no row tells of")


class Damage(house.Case):
    """Bytes that the disk spoils."""

    def setUp(self):
        super().setUp()
        self.make_model()
        self.key = self.make_key("--role", "admin")

    def path_of(self, name):
        return f"{self.data}/blobs/sha256/{name[7:9]}/{name[9:]}"

    def push(self, client, layer):
        for content in (b"{}", layer):
            self.assert_status(client.post(f"/v2/acme/app/blobs/uploads/?digest={digest(content)}", content, headers=BYTES), 201)
        self.assert_status(client.ask("PUT", "/v2/acme/app/manifests/v1", image([layer], 1), headers={"Content-Type": MANIFEST}), 201)

    def test_damage_is_told_found_and_healed(self):
        """A bit flips in a file. It is not known of until it is looked at; then everybody who asks is told, and a push mends it."""
        layer = os.urandom(300000)
        server = self.serve()
        client = server.client(self.key)
        self.push(client, layer)
        with open(self.path_of(digest(layer)), "r+b") as f:
            f.seek(1000)
            byte = f.read(1)
            f.seek(1000)
            f.write(bytes([byte[0] ^ 1]))
        self.assert_stops(server)
        said = self.run_vitrine("check", "--data", self.data)
        self.assertNotEqual(said.code, 0)
        self.assertIn(digest(layer), str(said))
        self.assertIn("acme/app:v1", str(said))
        db = sqlite3.connect(f"{self.data}/vitrine.db")
        db.execute("UPDATE c_blobs SET checked_at = NULL")  # as if it had been long ago
        db.commit()
        db.close()
        server = self.serve()
        client = server.client(self.key)
        house.until("It is found", lambda: client.ask("HEAD", f"/v2/acme/app/blobs/{digest(layer)}").status == 404)
        self.assertEqual(len(os.listdir(f"{self.data}/quarantine")), 1)
        self.assert_stops(server)
        self.assertTrue("blob.damaged" in server.said(), "the log says nothing of it")
        server = self.serve()  # known across a restart
        client = server.client(self.key)
        self.assert_status(client.get(f"/v2/acme/app/blobs/{digest(layer)}"), 404)
        found = client.get('/api/content/items/tags?filter={"manifest.layers.blob.damaged":true}')
        self.assertEqual([tag["name"] for tag in self.assert_status(found, 200).json], ["v1"])
        self.push(client, layer)
        self.assertEqual(client.get(f"/v2/acme/app/blobs/{digest(layer)}").body, layer)
        self.assertEqual(client.get('/api/content/items/blobs?filter={"damaged":true}').json, [])
        self.assert_stops(server)
        self.assert_sound()


if __name__ == "__main__":
    house.main()
