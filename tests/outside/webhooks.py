"""Webhooks over sockets: receivers that fail, hang, redirect, never end, and servers that are killed over a delivery."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import subprocess
import threading

import house

POSTS = [{"name": "posts", "fields": [{"name": "title", "kind": "text"}, {"name": "hidden", "kind": "text"}]}]
NEVER = "Bearer never-to-be-seen"
KILLS = int(os.environ.get("VITRINE_WEBHOOK_KILLS", "0")) or 2


class Receiver(http.server.ThreadingHTTPServer):
    """What it does is said by the path; what came is in `got`, in order."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.got = []
        self.news = threading.Condition()
        self.over = threading.Event()
        self.failures = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # whoever is killed hangs up

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"

    def wait_for(self, path, count):
        def of():
            return [one for one in self.got if one["path"] == path]
        with self.news:
            if not self.news.wait_for(lambda: len(of()) >= count, house.PATIENCE):
                raise AssertionError(f"{len(of())} of {count} at {path}: {self.got}")
            return of()

    def close(self):
        self.over.set()
        self.shutdown()
        self.server_close()


class Handler(house.Receiver):
    def do_POST(self):
        r = self.server
        body = self.taken()
        with r.news:
            r.got.append({"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body})
            r.news.notify_all()
        if self.path == "/hang":
            r.over.wait(house.PATIENCE)
        elif self.path == "/redirect":
            self.answer(302, Location=r.url("/inside"))
        elif self.path == "/endless":
            self.send_response(200)
            self.send_header("Content-Length", str(20 << 30))
            self.end_headers()
            while not r.over.is_set():
                self.wfile.write(b"x" * 65536)
        elif self.path == "/fails-once":
            r.failures[self.path] = r.failures.get(self.path, 0) + 1
            self.answer(503 if r.failures[self.path] == 1 else 204, **({"Retry_After": "1"} if r.failures[self.path] == 1 else {}))
        elif self.path == "/echo":
            self.answer(200, json.dumps(dict(self.headers)).encode())
        elif self.path == "/gone":
            self.answer(410)
        elif self.path == "/held":
            self.answer(200 if r.over.wait(1) else 204)
        else:
            self.answer(204)

    do_PUT = do_POST


class Webhooks(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model(POSTS)
        self.key = self.make_key()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def start(self, **more):
        return self.serve(env={"VITRINE_OUTBOUND_ALLOW": "127.0.0.1", "VITRINE_OUTBOUND_HTTP": "true",
                               "VITRINE_OUTBOUND_PORTS": str(self.receiver.server_port)} | more)

    def hook(self, client, path, url=None, **more):
        data = {"name": path, "url": url or self.receiver.url(path), "events": [{"collections": ["posts"]}]} | more
        made = client.post("/api/content/item/webhooks", {"data": data})
        self.assert_status(made, 200)
        return made.json

    def write_post(self, client, title="t"):
        made = client.post("/api/content/item/posts", {"data": {"title": title}})
        self.assert_status(made, 200)
        return made.json["_id"]

    def deliveries(self, client, hook):
        answer = client.get(f"/api/content/items/deliveries?filter[webhook]={hook['_id']}")
        self.assert_status(answer, 200)
        return answer.json

    def delivery_that(self, client, hook, ready):
        return house.until("a delivery", lambda: next((d for d in self.deliveries(client, hook) if ready(d)), None))

    def check_signature(self, got, secret):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        h = got["headers"]
        signed = f"{h['webhook-id']}.{h['webhook-timestamp']}.".encode() + got["body"]
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        self.assertIn(wanted, h["webhook-signature"].split(" "))

    def test_what_happens_is_told_and_signed(self):
        server = self.start()
        client = server.client(self.key)
        hook = self.hook(client, "/taken", secret_headers=f"Authorization: {NEVER}", fields=["title"])
        echo = self.hook(client, "/echo", secret_headers=f"Authorization: {NEVER}", method="PUT",
                         template={"text": "{{data.after.title}} at {{data.seq}}"})
        self.write_post(client, "first")
        got = self.receiver.wait_for("/taken", 1)[0]
        self.check_signature(got, hook["secret"])
        told = json.loads(got["body"])
        self.assertEqual((told["type"], told["data"]["after"]), ("posts.create", {"title": "first"}))
        self.assertEqual(got["headers"]["authorization"], NEVER)
        plain = self.receiver.wait_for("/echo", 1)[0]
        self.assertEqual(json.loads(plain["body"]), {"text": f"first at {told['data']['seq']}"})
        answer = self.delivery_that(client, echo, lambda d: d["state"] == "done")["answer"]
        self.assertIn("*" * len(NEVER), answer)
        # The secret of before is good beside the new one.
        new = client.post(f"/api/content/item/webhooks/{hook['_id']}/rotate", {"overlap_minutes": 5})
        self.assert_status(new, 200)
        self.assertNotEqual(new.json["secret"], hook["secret"])
        self.write_post(client, "second")
        got = self.receiver.wait_for("/taken", 2)[1]
        self.check_signature(got, hook["secret"])
        self.check_signature(got, new.json["secret"])
        # And through GraphQL like any action of a system collection.
        tested = client.post("/graphql", {"query": "mutation($id: ID!) { testWebhook(_id: $id) }", "variables": {"id": hook["_id"]}})
        self.assertIn("delivery", tested.json["data"]["testWebhook"])
        self.assertEqual(json.loads(self.receiver.wait_for("/taken", 3)[2]["body"])["type"], "webhooks.test")
        figures = client.get("/metrics").body.decode()
        self.assertIn('vitrine_webhook_deliveries_total{outcome="delivered"}', figures)
        self.assert_stops(server)
        for text in (server.said(), "\n".join(self.dump())):
            self.assertNotIn("never-to-be-seen", text)
            for secret in (hook["secret"], new.json["secret"]):
                self.assertNotIn(secret.removeprefix("whsec_"), text)

    def test_receivers_that_misbehave_harm_nobody(self):
        server = self.start(VITRINE_WEBHOOKS_WORKERS="3")
        client = server.client(self.key)
        hooks = {path: self.hook(client, path) for path in ("/hang", "/redirect", "/endless", "/fails-once", "/gone", "/good")}
        inside = self.hook(client, "/private", url=f"http://10.255.255.1:{self.receiver.server_port}/")
        self.write_post(client)
        good = self.receiver.wait_for("/good", 1)
        for i in range(5):  # while one hangs
            self.write_post(client, str(i))
        self.receiver.wait_for("/good", 6)
        self.assertEqual(len(self.receiver.wait_for("/hang", 1)), 1)
        self.assertEqual(json.loads(good[0]["body"])["data"]["verb"], "create")
        failed = self.delivery_that(client, hooks["/redirect"], lambda d: d.get("status") == 302)
        self.assertIn("not followed", failed["error"])
        self.assertEqual([one for one in self.receiver.got if one["path"] == "/inside"], [])
        endless = self.delivery_that(client, hooks["/endless"], lambda d: d["state"] == "done")
        self.assertEqual(endless["answer"], "x" * 1024)
        refused = self.delivery_that(client, inside, lambda d: d.get("error"))
        self.assertIn("not one this server connects to", refused["error"])
        self.assertEqual(refused["state"], "waiting")
        again = self.receiver.wait_for("/fails-once", 2)
        first_id = again[0]["headers"]["webhook-id"]
        repeated = house.until("the repetition", lambda: [one for one in self.receiver.got if one["headers"]["webhook-id"] == first_id][1:])
        self.assertEqual(repeated[0]["body"], again[0]["body"])
        self.assertFalse(house.until("it is off", lambda: next(
            (h for h in client.get("/api/content/items/webhooks").json if h["_id"] == hooks["/gone"]["_id"] and h.get("disabled_reason")), None))["enabled"])
        self.assert_stops(server)

    def write_until_killed(self, server, written):
        client = server.client(self.key)
        try:
            while True:
                made = client.post("/api/content/item/posts", {"data": {"title": "t"}})
                self.assert_status(made, 200)
                written.append(made.json["_id"])
        except (OSError, house.http.client.HTTPException):
            pass

    def test_what_was_not_said_to_be_done_is_done_again(self):
        written, server = [], self.start()
        self.hook(server.client(self.key), "/held")
        for kill in range(KILLS):
            finish = house.together(lambda _, at=server: self.write_until_killed(at, written), 2)
            self.receiver.wait_for("/held", len(self.receiver.got) + 1)  # taken, and not answered yet
            server.kill()
            finish()
            server = self.start()
        client = server.client(self.key)
        self.receiver.over.set()
        last = self.write_post(client, "last")
        house.until("all are done", lambda: last in self.told() and all(
            d["state"] == "done" for d in client.get("/api/content/items/deliveries?limit=1000").json))
        told = self.told()
        self.assertLessEqual(set(written), set(told))
        self.assertEqual({len(ids) for ids in told.values()}, {1})
        repeated = len(self.receiver.got) - len(told)
        self.assertGreater(repeated, 0)
        self.assert_stops(server)

    def told(self):
        told = {}
        for one in list(self.receiver.got):
            told.setdefault(json.loads(one["body"])["data"]["item"], set()).add(one["headers"]["webhook-id"])
        return told

    def test_who_develops_a_receiver_listens(self):
        server = self.start()
        client = server.client(self.key)
        self.write_post(client, "first")
        self.write("secret", "whsec_" + base64.b64encode(b"k" * 32).decode())
        self.write("key", self.key)
        words = ["hooks", "listen", "--url", server.url, "--key-file", self.path("key"), "--collection", "posts", "--since", "0", "--count", "2",
                 "--forward", self.receiver.url("/taken"), "--secret-file", self.path("secret"), "--json"]
        listener = subprocess.Popen([house.VITRINE, *words], stdout=subprocess.PIPE, env=house.environment(), cwd=self.folder)
        self.addCleanup(listener.wait)
        self.addCleanup(listener.kill)
        self.receiver.wait_for("/taken", 1)
        self.write_post(client, "second")
        out, _ = listener.communicate(timeout=house.PATIENCE)
        told = [json.loads(line) for line in out.decode().splitlines()]
        self.assertEqual([t["data"]["after"]["title"] for t in told], ["first", "second"])
        for got in self.receiver.wait_for("/taken", 2):
            self.check_signature(got, "whsec_" + base64.b64encode(b"k" * 32).decode())
        self.assertEqual(listener.returncode, 0)
        bad = self.run_vitrine("hooks", "listen", "--url", server.url, "--key-file", self.write("bad", "USR-" + "0" * 40))
        self.assertEqual(bad.code, 1, bad)
        self.assertIn("401", bad.errors)
        self.assert_stops(server)


if __name__ == "__main__":
    house.main()
