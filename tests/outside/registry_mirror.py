"""Repositories of another registry: a second Vitrine with a private repository, and a registry of our own that does whatever
a bad one might (oci-registry.md 14 and 15, security SS-1, SS-2, T-4, R-3 to R-6: what comes in is judged like what is pushed)."""
import base64
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
import unittest
import urllib.parse

import house
from registry import BYTES, INDEX, MANIFEST, descriptor, digest, image

SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
LAYER = os.urandom(100_000)
IMAGE = image(b"{}", LAYER)


class Double(http.server.ThreadingHTTPServer):
    """One image, tag v1, in any repository. The repository's name says what is wrong with it."""

    daemon_threads = True

    def __init__(self, pair=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        self.url = f"{'https' if pair else 'http'}://127.0.0.1:{self.port}"
        if pair:  # files of a certificate and its key
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*pair)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.asked, self.authorizations = [], []  # "METHOD path", and what stood in Authorization
        self.go_on = threading.Event()            # lets slow answers end
        self.other = None                         # where "elsewhere" sends
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self.go_on.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        """Clients that do not like our certificate."""

    def count(self, start):
        return len([line for line in self.asked if line.startswith(start)])


class Handler(house.Receiver):
    def say(self, status, body=b"", length=None, **headers):
        self.close_connection = True
        try:
            self.answer(status, body, length, Connection="close", **headers)
            self.wfile.flush()
        except OSError:
            pass

    def do_HEAD(self):  # pylint: disable=invalid-name
        self.do_GET()

    def do_GET(self):  # pylint: disable=invalid-name
        me = self.server
        me.asked.append(f"{self.command} {self.path}")
        if "Authorization" in self.headers:
            me.authorizations.append(self.headers["Authorization"])
        path = urllib.parse.urlsplit(self.path).path
        if path == "/token":
            return self.say(200, json.dumps({"token": "tok", "expires_in": 300}).encode())
        if path == "/v2/_catalog":
            return self.say(200, json.dumps({"repositories": ["../x", "Upper", "run/good", "run/junk-list", 7, None, "a" * 300]}).encode())
        if path == "/elsewhere":
            return self.say(200, LAYER)
        name, what, reference = path.removeprefix("/v2/").rsplit("/", 2)
        return getattr(self, "on_" + name.rsplit("/", 1)[-1].replace("-", "_"), self.good)(what, reference)

    def good(self, what, reference):
        if what == "tags":
            return self.say(200, json.dumps({"tags": ["v1", "-no", "x/y", 7]}).encode())
        if what == "manifests" and reference in ("v1", digest(IMAGE)):
            return self.say(200, IMAGE, Content_Type=MANIFEST, Docker_Content_Digest=digest(IMAGE))
        if what == "blobs" and reference in (digest(b"{}"), digest(LAYER)):
            return self.say(200, b"{}" if reference == digest(b"{}") else LAYER)
        return self.say(404)

    # ---- manifests that are wrong

    def on_other_bytes(self, what, reference):
        return self.say(200, IMAGE.replace(b"schema", b" schema"), Content_Type=MANIFEST, Docker_Content_Digest=digest(IMAGE))

    def on_junk(self, what, reference):
        return self.say(200, b"<html>", Content_Type=MANIFEST)

    def on_old(self, what, reference):
        return self.say(200, b'{"schemaVersion":1}', Content_Type=SCHEMA1)

    def on_both(self, what, reference):
        body = json.dumps(json.loads(IMAGE) | {"manifests": []}).encode()
        return self.say(200, body, Content_Type=MANIFEST)

    def on_huge(self, what, reference):
        return self.say(200, IMAGE + b" " * (5 << 20), Content_Type=MANIFEST)

    def on_endless(self, what, reference):
        self.send_response(200)
        self.send_header("Content-Type", MANIFEST)
        self.end_headers()
        self.close_connection = True
        try:
            while not self.server.go_on.is_set():
                self.wfile.write(b" " * 65536)
        except OSError:
            pass

    def on_cut(self, what, reference):
        return self.say(200, IMAGE[:20], length=len(IMAGE), Content_Type=MANIFEST)

    def on_stall(self, what, reference):
        self.say(200, b"", length=100, Content_Type=MANIFEST)
        self.server.go_on.wait(house.PATIENCE)

    # ---- ways that lead elsewhere

    def on_inside(self, what, reference):
        return self.say(307, Location=f"http://127.0.0.2:{self.server.port}/elsewhere")

    def on_metadata(self, what, reference):
        return self.say(307, Location="http://169.254.169.254/latest/")

    def on_file(self, what, reference):
        return self.say(307, Location="file:///etc/passwd")

    def on_circle(self, what, reference):
        return self.say(307, Location=self.path)

    def on_deny(self, what, reference):
        return self.say(401, WWW_Authenticate=f'Bearer realm="{self.server.url}/token",service="s",scope="repository:other:push"')

    def on_realm_inside(self, what, reference):
        return self.say(401, WWW_Authenticate=f'Bearer realm="http://127.0.0.2:{self.server.port}/token"')

    def on_plain_realm(self, what, reference):
        return self.say(401, WWW_Authenticate=f'Bearer realm="http://127.0.0.1:{self.server.port}/token"')

    def on_teapot(self, what, reference):
        return self.say(418)

    # ---- lists that are wrong

    def on_junk_list(self, what, reference):
        return self.say(200, b"[") if what == "tags" else self.good(what, reference)

    def on_huge_list(self, what, reference):
        return self.say(200, b'{"tags":["v1"' + b" " * (4 << 20) + b"]}") if what == "tags" else self.good(what, reference)

    def on_endless_list(self, what, reference):
        tags = [f"t{self.server.count('GET')}.{i}" for i in range(1000)]
        return self.say(200, json.dumps({"tags": tags}).encode(), Link=f'<http://127.0.0.2:{self.server.port}/elsewhere?n=1000&last=x>; rel="next"')

    def on_heavy_list(self, what, reference):
        """A name a page, each longer than a page of others."""
        return self.say(200, json.dumps({"tags": ["t" * (1 << 20)]}).encode(), Link='</v2/x/tags/list?n=1000&last=x>; rel="next"')

    def on_deep(self, what, reference):
        """An index of an index of …"""
        if what == "tags":
            return self.good(what, reference)
        bodies = [IMAGE]
        for _ in range(5):
            bodies.append(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(bodies[-1], INDEX)]}).encode())
        body = bodies[-1] if reference == "v1" else next((b for b in bodies if digest(b) == reference), None)
        return self.say(200, body, Content_Type=INDEX) if body else self.good(what, reference)

    def on_talked_about(self, what, reference):
        """More refers to it than is fetched."""
        about = [image(b"{}", subject=descriptor(IMAGE, MANIFEST), annotations={"n": str(i)}) for i in range(33)]
        if what == "referrers" and reference == digest(IMAGE):
            return self.say(200, json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(b, MANIFEST) for b in about]}).encode())
        body = next((b for b in about if digest(b) == reference), None)
        return self.say(200, body, Content_Type=MANIFEST) if body else self.good(what, reference)

    # ---- layers that are wrong

    def layer(self, what, reference, *answer, **more):
        if what == "blobs" and reference == digest(LAYER):
            return self.say(*answer, **more)
        return self.good(what, reference)

    def on_wrong_layer(self, what, reference):
        return self.layer(what, reference, 200, LAYER[:-1] + b"?")

    def on_long_layer(self, what, reference):
        return self.layer(what, reference, 200, LAYER + b"?")

    def on_cut_layer(self, what, reference):
        return self.layer(what, reference, 200, LAYER[:50_000], length=len(LAYER))

    def on_inside_layer(self, what, reference):
        return self.layer(what, reference, 302, Location=f"http://127.0.0.2:{self.server.port}/elsewhere")

    def on_elsewhere(self, what, reference):
        if "Authorization" not in self.headers:
            return self.say(401, WWW_Authenticate='Basic realm="double"')
        return self.layer(what, reference, 307, Location=f"{self.server.other.url}/elsewhere")

    def on_slow(self, what, reference):
        if what != "blobs" or reference != digest(LAYER) or self.command == "HEAD":
            return self.good(what, reference)
        self.say(200, LAYER[:50_000], length=len(LAYER))
        self.server.go_on.wait(house.PATIENCE)
        try:
            self.wfile.write(LAYER[50_000:])
        except OSError:
            pass
        return None

    def on_foreign(self, what, reference):
        body = json.loads(IMAGE)
        body["layers"].append(descriptor(b"theirs", "application/vnd.oci.image.layer.nondistributable.v1.tar", urls=[f"{self.server.url}/elsewhere"]))
        if what == "manifests":
            return self.say(200, json.dumps(body).encode(), Content_Type=MANIFEST)
        return self.good(what, reference)


BAD_MANIFESTS = ("other-bytes", "junk", "old", "both", "huge", "endless", "cut", "inside", "metadata", "file", "circle", "realm-inside", "teapot")
BAD_LAYERS = ("wrong-layer", "long-layer", "cut-layer", "inside-layer")


class Mirror(house.Case):
    def setUp(self):
        super().setUp()
        self.double = Double()
        self.addCleanup(self.double.close)
        self.ports = [self.double.port]
        hub = {"name": {"$startsWith": "hub/"}}
        self.make_role(1, "puller", [{"collection": "repositories", "verbs": ["read"], "where": hub}])
        self.make_role(2, "other", [{"collection": "repositories", "verbs": ["read", "create", "update"], "where": {"name": {"$startsWith": "own/"}},
                                     "check": {"name": {"$startsWith": "own/"}}}])
        self.keys = {role: self.make_key("--role", role) for role in ("admin", "puller", "other")}

    def start(self, **more):
        env = {"VITRINE_OUTBOUND_ALLOW": "127.0.0.1", "VITRINE_OUTBOUND_HTTP": "true", "VITRINE_OUTBOUND_PORTS": ",".join(map(str, self.ports))}
        self.server = self.serve(env=env, **more)
        self.by = {role: self.server.client(key) for role, key in self.keys.items()}
        self.admin, self.puller = self.by["admin"], self.by["puller"]

    def add(self, url, **more):
        item = {"name": "up", "url": url, "prefix": "hub/"} | more
        return self.assert_status(self.admin.post("/api/content/item/upstreams", {"data": item}), 200).json["_id"]

    def items(self, collection, fields="*"):
        return self.assert_status(self.admin.get(f"/api/content/items/{collection}"), 200).json

    def upstream(self, item):
        return self.assert_status(self.admin.get(f"/api/content/item/upstreams/{item}"), 200).json

    def pull(self, name, reference="v1", by=None, **more):
        return (by or self.puller).get(f"/v2/hub/{name}/manifests/{reference}", **more)

    def pull_layer(self, name, content=LAYER, by=None):
        return (by or self.puller).get(f"/v2/hub/{name}/blobs/{digest(content)}")

    def nothing_came(self):
        self.assertEqual([self.items(c) for c in ("manifests", "tags")], [[], []])
        self.assertEqual(os.listdir(f"{self.data}/uploads"), [])


class Hostile(Mirror):
    def setUp(self):
        super().setUp()
        self.start()
        self.add(self.double.url)

    def test_what_is_wrong_is_not_kept(self):
        for name in BAD_MANIFESTS:
            for reference in ("v1", digest(IMAGE)):
                with self.subTest(name, reference=reference):
                    answer = self.assert_status(self.pull(name, reference), 503)
                    self.assertIn("retry-after", answer.headers)
                    self.nothing_came()
        for name in ("deny", "absent/v2"):
            self.assert_status(self.pull(name, "none" if name != "deny" else "v1"), 404)
        self.assertLessEqual(self.double.count("GET /v2/deny/"), 2)  # once with what it asked for, and that is all
        self.assertIn("scope=repository%3Adeny%3Apull", next(line for line in self.double.asked if "/token" in line))
        self.nothing_came()
        self.assertEqual(self.double.count("GET /elsewhere"), 0)
        self.assertEqual(self.double.authorizations, ["Bearer tok"])
        self.assertEqual(self.assert_status(self.pull("good"), 200).body, IMAGE)
        self.assert_stops(self.server)
        self.assert_sound()

    def test_layers_that_are_wrong_are_not_kept(self):
        for name in BAD_LAYERS:
            with self.subTest(name):
                self.assert_status(self.pull(name), 200)
                self.assert_status(self.pull_layer(name), 503)
                self.assertEqual(os.listdir(f"{self.data}/uploads"), [])
        self.assertEqual({item["digest"] for item in self.items("layers")}, {digest(b"{}")})
        self.assertEqual(self.double.count("GET /elsewhere"), 0)
        self.assert_stops(self.server)
        self.assert_sound()

    def test_others_are_served_while_one_stalls(self):
        ended = house.together(lambda _: self.assert_status(self.pull("stall", by=self.server.client(self.keys["puller"])), 503), 3)
        house.until("it stalls", lambda: self.double.count("GET /v2/stall/"))
        self.assert_status(self.pull("good"), 200)
        ended()
        self.assertEqual(self.double.count("GET /v2/stall/"), 1)

    def test_who_stops_does_not_wait_for_it(self):
        ended = house.together(lambda _: self.pull("stall", by=self.server.client(self.keys["puller"])), 1)
        house.until("it stalls", lambda: self.double.count("GET /v2/stall/"))
        began = time.monotonic()
        self.assert_stops(self.server)
        self.assertLess(time.monotonic() - began, 5)
        ended()

    def test_urls_of_layers_are_nobodys_business(self):
        self.assert_status(self.pull("foreign"), 200)
        self.assert_status(self.pull_layer("foreign", b"theirs"), 404)
        self.assertEqual(self.double.count("GET /elsewhere"), 0)

    def test_too_many_at_once_come_back_later(self):
        clients = [self.server.client(self.keys["puller"]) for _ in range(12)]
        statuses = []
        ended = house.together(lambda i: statuses.append(clients[i].get(f"/v2/hub/stall/manifests/t{i}").status), 12)
        house.until("eight are fetched, four are refused", lambda: self.double.count("GET /v2/stall/") == 8 and len(statuses) == 4)
        self.assertEqual(statuses, [503] * 4)
        self.double.go_on.set()
        ended()


class HostileRuns(Mirror):
    def setUp(self):
        super().setUp()
        self.start()

    def run_of(self, *names):
        item = self.add(self.double.url, name=names[0].replace("/", ".").replace("*", "x"), every=60, content=[{"repositories": name} for name in names])
        return house.until("it ran", lambda: (one := self.upstream(item)).get("last_count") is not None and one)

    def test_lists_are_not_believed(self):
        one = self.run_of("good", "junk-list")
        self.assertEqual((one["last_count"], one["last_error"]), (1, "junk-list: The upstream's list is malformed"))
        self.assertIn("larger than", self.run_of("huge-list")["last_error"])
        one = self.run_of("heavy-list")
        self.assertEqual((one["last_count"], one["last_error"]), (0, None))
        self.assertEqual(self.double.count("GET /v2/heavy-list/tags/list"), 1)
        one = self.run_of("endless-list")
        self.assertEqual(one["last_count"], 0)
        self.assertEqual(self.double.count("GET /v2/endless-list/tags/list"), 10)  # 10,000 names, and no more
        self.assertEqual(self.double.count("GET /elsewhere"), 0)
        self.assertEqual([t["name"] for t in self.items("tags")], ["v1"])

    def test_catalogs_are_not_believed(self):
        one = self.run_of("run/*")
        self.assertEqual((one["last_count"], one["last_error"]), (1, "run/junk-list: The upstream's list is malformed"))
        self.assertEqual([r["name"] for r in self.items("repositories")], ["hub/run/good"])

    def test_a_run_ends_with_the_server(self):
        self.add(self.double.url, every=60, content=[{"repositories": "slow"}])
        house.until("it is fetched", lambda: self.double.count("GET /v2/slow/blobs/" + digest(LAYER)))
        began = time.monotonic()
        self.assert_stops(self.server)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(os.listdir(f"{self.data}/uploads"), [])

    def test_indexes_of_indexes_end(self):
        self.assertIn("it lists too much", self.run_of("deep")["last_error"])
        self.nothing_came()

    def test_not_everything_that_refers_to_it_comes(self):
        self.assert_status(self.pull("good"), 404)
        self.add(self.double.url)
        self.assert_status(self.pull("talked-about"), 200)
        listed = self.puller.get(f"/v2/hub/talked-about/referrers/{digest(IMAGE)}").json["manifests"]
        self.assertEqual(len(listed), 32)


class OnDemand(Mirror):
    def test_rights_come_first(self):
        self.start()
        self.add(self.double.url)
        self.assert_status(self.pull("good", by=self.by["other"]), 404)
        self.assert_status(self.pull_layer("good", by=self.by["other"]), 404)
        self.assert_status(self.pull("good", by=self.server.client()), 401)
        self.assert_status(self.by["other"].get("/v2/own/x/manifests/v1"), 404)  # is not a name of the upstream's
        self.assertEqual(self.double.asked, [])
        self.assert_status(self.pull("good"), 200)
        self.assert_status(self.pull("good", by=self.by["other"]), 404)

    def test_credentials_are_the_upstreams_own(self):
        self.double.other = Double()
        self.addCleanup(self.double.other.close)
        self.ports.append(self.double.other.port)
        self.start()
        item = self.add(self.double.url, username="me", password="s3cret")
        self.assert_status(self.pull("elsewhere"), 200)
        self.assertEqual(self.assert_status(self.pull_layer("elsewhere"), 200).body, LAYER)
        self.assertEqual(set(self.double.authorizations), {"Basic " + base64.b64encode(b"me:s3cret").decode()})
        self.assertEqual((self.double.other.asked, self.double.other.authorizations), (["GET /elsewhere"], []))
        self.assertNotIn("password", self.upstream(item))
        self.assert_stops(self.server)
        self.assertFalse([line for line in self.dump() if "s3cret" in line])
        self.assertNotIn("s3cret", self.server.said())

    def test_certificates_are_looked_at(self):
        pairs = []
        for name in ("its", "another"):
            pair = self.path(f"{name}.pem"), self.path(f"{name}.key")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=double",
                            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", pair[1], "-out", pair[0]], check=True, capture_output=True)
            pairs.append(pair)
        double = Double(pairs[0])
        self.addCleanup(double.close)
        self.ports.append(double.port)
        self.start()
        pems = []
        for pair in pairs:
            with open(pair[0], encoding="ascii") as f:
                pems.append(f.read())
        item = self.add(double.url)
        change = lambda **values: self.assert_status(self.admin.ask("PATCH", f"/api/content/item/upstreams/{item}", {"data": values}), 200)
        self.assert_status(self.pull("good"), 503)  # nobody knows who that is
        change(ca_pem=pems[1])
        self.assert_status(self.pull("good"), 503)
        self.assertEqual(double.asked, [])
        change(ca_pem=pems[0])
        self.assert_status(self.pull("good"), 200)
        double.asked.clear()
        self.assert_status(self.pull("plain-realm"), 503)  # its tokens come without TLS
        self.assertEqual(double.asked, ["GET /v2/plain-realm/manifests/v1"])

    def test_what_was_lost_is_fetched_again(self):
        self.start()
        self.add(self.double.url)
        self.assert_status(self.pull("good"), 200)
        self.assert_status(self.pull_layer("good"), 200)
        self.assert_stops(self.server)
        for lost in (LAYER, IMAGE):
            os.unlink(f"{self.data}/blobs/sha256/{digest(lost)[7:9]}/{digest(lost)[9:]}")
        self.start()
        for reference in ("v1", digest(IMAGE)):
            self.assertEqual(self.assert_status(self.pull("good", reference), 200).body, IMAGE)
        self.assertEqual(self.assert_status(self.pull_layer("good"), 200).body, LAYER)
        self.assert_stops(self.server)
        self.assert_sound()

    def test_two_clients_are_one_fetch(self):
        self.start()
        self.add(self.double.url)
        self.assert_status(self.pull("slow"), 200)
        clients = [self.server.client(self.keys["puller"]) for _ in range(6)]
        bodies = []
        ended = house.together(lambda i: bodies.append(self.pull_layer("slow", by=clients[i]).body), 6)
        house.until("it is fetched", lambda: self.double.count("GET /v2/slow/blobs/" + digest(LAYER)))
        self.double.go_on.set()
        ended()
        self.assertEqual(bodies, [LAYER] * 6)
        self.assertEqual(self.double.count("GET /v2/slow/blobs/" + digest(LAYER)), 1)

    def test_who_hangs_up_has_it_fetched_all_the_same(self):
        self.start()
        self.add(self.double.url)
        self.assert_status(self.pull("slow"), 200)
        leaver = self.server.client(self.keys["puller"])
        leaver.wire.request("GET", f"/v2/hub/slow/blobs/{digest(LAYER)}", headers=leaver.headers)
        house.until("it is fetched", lambda: self.double.count("GET /v2/slow/blobs/" + digest(LAYER)))
        leaver.close()
        self.double.go_on.set()
        house.until("it is here", lambda: [one for one in self.items("layers") if one["digest"] == digest(LAYER)])

    def test_a_killed_server_fetches_again(self):
        self.start()
        self.add(self.double.url)
        self.assert_status(self.pull("slow"), 200)
        leaver = self.server.client(self.keys["puller"])
        leaver.wire.request("GET", f"/v2/hub/slow/blobs/{digest(LAYER)}", headers=leaver.headers)
        house.until("some of it is here", lambda: [f for f in os.listdir(f"{self.data}/uploads") if os.path.getsize(f"{self.data}/uploads/{f}")])
        self.server.kill()
        self.double.go_on.set()
        self.assert_sound()
        self.start()
        self.assertEqual(self.assert_status(self.pull_layer("slow"), 200).body, LAYER)
        self.assertEqual(self.assert_status(self.pull("slow"), 200).body, IMAGE)
        self.assertFalse(self.items("manifests")[0].get("lacks"))
        self.assert_stops(self.server)
        self.assert_sound()

    def test_what_is_made_here_stays_what_it_is(self):
        self.start()
        self.add(self.double.url, prefix="")
        for body in (b"{}", b"mine"):
            self.assert_status(self.by["other"].post(f"/v2/own/app/blobs/uploads/?digest={digest(body)}", body, headers=BYTES), 201)
        mine = image(b"{}", b"mine")
        put = self.by["other"].ask("PUT", "/v2/own/app/manifests/v1", mine, headers={"Content-Type": MANIFEST})
        self.assert_status(put, 201)
        self.assertEqual(self.by["other"].get("/v2/own/app/manifests/v1").body, mine)
        self.assert_status(self.by["other"].get("/v2/own/app/manifests/latest"), 404)
        self.assertEqual(self.double.asked, [])
        # and the other way round
        self.assert_status(self.by["other"].get("/v2/own/theirs/manifests/v1"), 200)
        refused = self.by["other"].ask("PUT", "/v2/own/theirs/manifests/v2", mine, headers={"Content-Type": MANIFEST})
        self.assertEqual(self.assert_status(refused, 403).json["errors"][0]["code"], "DENIED")
        self.assert_status(self.by["other"].post("/v2/own/theirs/blobs/uploads/", b""), 403)


class TwoVitrines(Mirror):
    """The upstream is a server like this one, with a private repository and a key."""

    def setUp(self):
        super().setUp()
        self.there = self.path("upstream")
        self.upstream_server = self.serve(data=self.there)
        key = self.command("key", "create", "--role", "admin", data=self.there).strip()
        self.origin = self.upstream_server.client(key)
        self.ports.append(urllib.parse.urlsplit(self.upstream_server.url).port)
        self.start()
        self.account = {"username": "mirror", "password": key}

    def push(self, name, content):
        self.assert_status(self.origin.post(f"/v2/{name}/blobs/uploads/?digest={digest(content)}", content, headers=BYTES), 201)

    def put(self, name, reference, body, kind=MANIFEST):
        self.assert_status(self.origin.ask("PUT", f"/v2/{name}/manifests/{reference}", body, headers={"Content-Type": kind}), 201)
        return body

    def push_image(self, name, tag, layer, config=b"{}", **more):
        self.push(name, config)
        self.push(name, layer)
        return self.put(name, tag, image(config, layer, **more))

    def push_index(self, name, tag):
        children = []
        for machine in ("amd64", "arm64"):
            config = json.dumps({"os": "linux", "architecture": machine}).encode()
            self.push(name, config)
            self.push(name, machine.encode())
            body = image(config, machine.encode())
            self.put(name, digest(body), body)
            children.append(body)
        listed = [descriptor(body, MANIFEST) for body in children]
        return self.put(name, tag, json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}).encode(), INDEX), children

    def test_tokens_are_fetched_for_what_is_private(self):
        body = self.push_image("team/app", "v1", b"one")
        self.add(self.upstream_server.url)
        self.assert_status(self.pull("team/app"), 404)  # without a credential there is nothing
        self.admin.ask("DELETE", "/api/content/item/upstreams/" + self.items("upstreams")[0]["_id"])
        self.add(self.upstream_server.url, **self.account)
        head = self.assert_status(self.puller.ask("HEAD", "/v2/hub/team/app/manifests/v1"), 200)
        self.assertEqual((head.headers["docker-content-digest"], head.headers["content-length"]), (digest(body), str(len(body))))
        answer = self.assert_status(self.pull("team/app"), 200)
        self.assertEqual((answer.body, answer.headers["content-type"]), (body, MANIFEST))
        self.assertEqual(self.assert_status(self.pull_layer("team/app", b"one"), 200).body, b"one")
        self.assert_status(self.pull_layer("team/app", b"two"), 404)
        self.assert_status(self.pull("team/none"), 404)
        self.assertEqual([r["name"] for r in self.items("repositories")], ["hub/team/app"])
        self.upstream_server.kill()
        self.assertEqual(self.assert_status(self.pull("team/app"), 200).body, body)
        self.assert_status(self.pull("team/app", "v2"), 503)
        self.assert_stops(self.server)
        self.assert_sound()
        self.assertFalse([line for line in self.dump() if self.account["password"] in line])

    def test_tags_are_asked_for_again(self):
        old = self.push_image("team/app", "v1", b"one")
        self.add(self.upstream_server.url, keep_fresh_s=0, **self.account)
        self.assertEqual(self.pull("team/app").body, old)
        new = self.push_image("team/app", "v1", b"two")
        self.assertEqual(self.pull("team/app").body, new)
        self.assertEqual(self.pull("team/app", digest(old)).body, old)
        self.assert_status(self.origin.ask("DELETE", "/v2/team/app/manifests/v1"), 202)
        self.assertEqual(self.pull("team/app").body, new)  # what is here stays
        self.upstream_server.kill()
        self.assertEqual(self.pull("team/app").body, new)

    def test_believed_tags_are_not_asked_for(self):
        old = self.push_image("team/app", "v1", b"one")
        self.add(self.upstream_server.url, **self.account)
        self.assertEqual(self.pull("team/app").body, old)
        self.push_image("team/app", "v1", b"two")
        self.assertEqual(self.pull("team/app").body, old)

    def test_an_index_comes_in_pieces(self):
        index, children = self.push_index("team/multi", "v1")
        self.add(self.upstream_server.url, **self.account)
        self.assertEqual(self.assert_status(self.pull("team/multi"), 200).body, index)
        self.assertEqual([len(m["lacks"]) for m in self.items("manifests")], [2])
        self.assertEqual(self.pull("team/multi", digest(children[0])).body, children[0])
        lacks = {m["digest"]: m.get("lacks") for m in self.items("manifests")}
        self.assertEqual(lacks, {digest(index): [digest(children[1])], digest(children[0]): [digest(b"amd64")]})
        self.assertEqual(self.pull_layer("team/multi", b"amd64").body, b"amd64")
        there = {m["digest"]: m for m in self.items("manifests")}
        self.assertFalse(there[digest(children[0])].get("lacks"))
        self.assertEqual((len(there[digest(children[0])]["layers"]), len(there[digest(index)]["manifests"])), (1, 1))
        self.assertEqual(there[digest(children[0])]["platform"], "linux/amd64")

    def test_what_refers_to_it_comes_along(self):
        body = self.push_image("team/app", "v1", b"one")
        subject = {"subject": descriptor(body, MANIFEST), "artifactType": "application/vnd.example.sbom"}
        signature = self.push_image("team/app", "sbom", b"sbom", **subject)
        self.add(self.upstream_server.url, **self.account)
        self.assert_status(self.pull("team/app"), 200)
        listed = self.assert_status(self.puller.get(f"/v2/hub/team/app/referrers/{digest(body)}"), 200).json["manifests"]
        self.assertEqual([one["digest"] for one in listed], [digest(signature)])
        self.assertEqual({one["digest"] for one in self.items("layers")}, {digest(b"{}"), digest(b"sbom")})  # what it says, not the image's

    def test_clients_may_say_whose_name_it_is(self):
        body = self.push_image("team/app", "v1", b"one")
        self.add(self.upstream_server.url, name="registry.example", **self.account)
        for host in ("registry.example", self.upstream_server.url.removeprefix("http://")):
            answer = self.assert_status(self.puller.get(f"/v2/team/app/manifests/v1?ns={host}"), 200)
            self.assertEqual((answer.body, answer.headers["oci-namespace"]), (body, host))
        self.assertEqual(self.assert_status(self.puller.get(f"/v2/team/app/blobs/{digest(b'one')}?ns=registry.example"), 200).body, b"one")
        answer = self.assert_status(self.puller.get("/v2/team/app/manifests/v1?ns=elsewhere.example"), 404)
        self.assertNotIn("oci-namespace", answer.headers)

    def test_quotas_and_fixed_tags_hold(self):
        self.push_image("team/app", "v1", b"one")
        self.add(self.upstream_server.url, keep_fresh_s=0, **self.account)
        old = self.assert_status(self.pull("team/app"), 200).body
        repository = self.items("repositories")[0]["_id"]
        self.assert_status(self.admin.ask("PATCH", f"/api/content/item/repositories/{repository}", {"data": {"immutable_tags": True}}), 200)
        new = self.push_image("team/app", "v1", b"two")
        self.assertEqual(self.pull("team/app").body, old)
        fixed = {"immutable_tags": False, "quota": 10}
        self.assert_status(self.admin.ask("PATCH", f"/api/content/item/repositories/{repository}", {"data": fixed}), 200)
        self.assert_status(self.pull_layer("team/app", b"two"), 404)
        self.assertNotIn(digest(new), [m["digest"] for m in self.items("manifests")])

    def run_again(self, item):
        """Its next run, and what is said of it."""
        before = self.upstream(item)["last_run_at"]
        self.assert_status(self.admin.post(f"/api/content/item/upstreams/{item}/run", {}), 200)
        return self.ran(item, before)

    def ran(self, item, before=None):
        def look():
            one = self.upstream(item)
            return one if one.get("last_run_at") not in (None, before) and one.get("last_count") is not None else None
        return house.until("it ran", look)

    def test_runs_fetch_what_is_new(self):
        names = [("team/app", "v1"), ("team/app", "v2"), ("team/app", "nightly"), ("team/deep/er", "v1"), ("own/not", "v1")]
        for name, tag in names:
            self.push_image(name, tag, f"{name}:{tag}".encode())
        index, _ = self.push_index("team/multi", "v1")
        item = self.add(self.upstream_server.url, every=60, on_demand=False, content=[{"repositories": "team/*", "tags": "v[0-9]+"}], **self.account)
        one = self.ran(item)
        self.assertEqual((one["last_count"], one.get("last_error")), (5, None))
        tags = sorted((t["repository"]["_id"], t["name"]) for t in self.items("tags"))
        self.assertEqual(len(tags), 3)
        self.assertEqual(sorted(r["name"] for r in self.items("repositories")), ["hub/team/app", "hub/team/multi"])
        self.assertFalse([m for m in self.items("manifests") if m.get("lacks")])
        self.assertEqual(self.pull("team/multi").body, index)
        self.assert_status(self.pull("team/app", "nightly"), 404)
        moved = self.push_image("team/app", "v1", b"moved")
        self.assertEqual(self.run_again(item)["last_count"], 1)
        self.assertEqual(self.pull("team/app").body, moved)
        self.assertEqual(self.run_again(item)["last_count"], 0)
        self.upstream_server.kill()
        self.assertIn("team/*", self.run_again(item)["last_error"])
        self.assert_stops(self.server)
        self.assert_sound()

    def test_upstreams_are_administrators_business(self):
        self.make_role(7, "keeper", [{"collection": "upstreams", "verbs": ["*"]}])
        keeper = self.server.client(self.make_key("--role", "keeper"))
        item = {"data": {"name": "x", "url": "https://registry.example"}}
        self.assert_status(keeper.post("/api/content/item/upstreams", item), 403)
        for bad in ({"url": "ftp://registry.example"}, {"url": "https://u:p@registry.example"}, {"url": "https://registry.example/v2"}, {"prefix": "Hub/"},
                    {"prefix": "hub"}, {"content": [{"repositories": "A*"}]}, {"content": [{"repositories": "a", "tags": "("}]}, {"every": 0}):
            self.assert_status(self.admin.post("/api/content/item/upstreams", {"data": item["data"] | bad}), 422)
        for i in range(32):
            self.assert_status(self.admin.post("/api/content/item/upstreams", {"data": item["data"] | {"name": f"x{i}"}}), 200)
        self.assert_status(self.admin.post("/api/content/item/upstreams", item), 422)

    @unittest.skipUnless(shutil.which("skopeo"), "skopeo is not installed: container tools are not heard")
    def test_skopeo_copies_out_of_it(self):
        index, children = self.push_index("team/multi", "v1")
        self.add(self.upstream_server.url, **self.account)
        env = house.environment({"HOME": self.folder, "TMPDIR": self.folder})
        where = "docker://" + self.server.url.removeprefix("http://") + "/hub/team/multi:v1"
        words = ["skopeo", "copy", "--quiet", "--all", "--preserve-digests", "--src-tls-verify=false", f"--src-creds=x:{self.keys['puller']}", where, "oci:out:it"]
        done = subprocess.run(words, capture_output=True, timeout=house.PATIENCE, env=env, cwd=self.folder, check=False)
        self.assertEqual(done.returncode, 0, done)
        have = {"sha256:" + name for name in os.listdir(self.path("out/blobs/sha256"))}
        self.assertEqual(have, {digest(b) for b in (index, *children, b"amd64", b"arm64")} |
                         {json.loads(b)["config"]["digest"] for b in children})
        self.assertFalse([m for m in self.items("manifests") if m.get("lacks")])


@unittest.skipUnless(shutil.which("docker-registry"), "docker-registry is not installed: no stranger is mirrored")
class Stranger(Mirror):
    """A registry that is none of ours."""

    def test_it_is_mirrored(self):
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        config = self.write("registry.yml", f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {self.path('theirs')}\nhttp:\n  addr: 127.0.0.1:{port}\n")
        process = subprocess.Popen(["docker-registry", "serve", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.ports.append(port)
        self.start()
        url = f"http://127.0.0.1:{port}"

        def answers():
            with socket.socket() as one:
                return one.connect_ex(("127.0.0.1", port)) == 0
        house.until("it listens", answers)
        theirs = house.Client(url)
        self.addCleanup(theirs.close)
        for content in (b"{}", LAYER):
            where = urllib.parse.urlsplit(theirs.post("/v2/team/app/blobs/uploads/", b"").headers["location"])
            self.assert_status(theirs.ask("PUT", f"{where.path}?{where.query}&digest={digest(content)}", content, headers=BYTES), 201)
        self.assert_status(theirs.ask("PUT", "/v2/team/app/manifests/v1", IMAGE, headers={"Content-Type": MANIFEST}), 201)
        self.add(url)
        item = self.add(url, name="run", prefix="hub/run/", on_demand=False, every=60, content=[{"repositories": "team/*"}])
        self.assertEqual(self.assert_status(self.pull("team/app"), 200).body, IMAGE)
        self.assertEqual(self.assert_status(self.pull_layer("team/app"), 200).body, LAYER)
        self.assert_status(self.pull("team/none"), 404)
        house.until("it ran", lambda: self.upstream(item).get("last_count") == 1)
        self.assertEqual(self.assert_status(self.pull("run/team/app"), 200).body, IMAGE)
        self.assertEqual(self.assert_status(self.pull_layer("run/team/app"), 200).body, LAYER)
        self.assert_stops(self.server)
        self.assert_sound()


if __name__ == "__main__":
    house.main()
