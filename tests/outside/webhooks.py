"""Webhooks over sockets: receivers that fail, hang, redirect, never end, and servers that are killed over a delivery."""
import base64
import json
import os
import subprocess

import house
import receiver_double

POSTS = [{"name": "posts", "fields": [{"name": "title", "kind": "text"}, {"name": "hidden", "kind": "text"}]}]
NEVER = "Bearer never-to-be-seen"
KILLS = int(os.environ.get("VITRINE_WEBHOOK_KILLS", "0")) or 2


class Receiver(receiver_double.Receiver):
    """What it does is said by the path."""
    held = None  # number of the call to /held that is taken and not answered

    def reply(self, to, call):
        if call.path == "/hang" or call.path == "/held" and len(self.calls) == self.held:
            self.go.wait(house.PATIENCE)
        if call.path == "/hang":
            return to.hang_up()
        if call.path == "/redirect":
            return to.answer(302, Location=self.url + "/inside")
        if call.path == "/endless":
            return to.pour()
        if call.path == "/fails-once" and len(self.wait_for(1, call.path)) == 1:
            return to.answer(503, Retry_After="1")
        if call.path == "/echo":
            return to.answer(200, json.dumps(call.headers).encode())
        return to.answer(410 if call.path == "/gone" else 204)


class Webhooks(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model(POSTS)
        self.key = self.make_key()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def start(self, **more):
        return self.serve(env={"VITRINE_OUTBOUND_ALLOW": "127.0.0.1", "VITRINE_OUTBOUND_HTTP": "true",
                               "VITRINE_OUTBOUND_PORTS": str(self.receiver.port)} | more)

    def hook(self, client, path, url=None, **more):
        data = {"name": path, "url": url or self.receiver.url + path, "events": [{"collections": ["posts"]}]} | more
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
        self.assertIn(receiver_double.signature(got, secret), got.headers["webhook-signature"].split(" "))

    def test_what_happens_is_told_and_signed(self):
        server = self.start()
        client = server.client(self.key)
        hook = self.hook(client, "/taken", secret_headers=f"Authorization: {NEVER}", fields=["title"])
        echo = self.hook(client, "/echo", secret_headers=f"Authorization: {NEVER}", method="PUT",
                         template={"text": "{{data.after.title}} at {{data.seq}}"})
        self.write_post(client, "first")
        got = self.receiver.wait_for(1, "/taken")[0]
        self.check_signature(got, hook["secret"])
        told = got.json
        self.assertEqual((told["type"], told["data"]["after"]), ("posts.create", {"title": "first"}))
        self.assertEqual(got.headers["authorization"], NEVER)
        plain = self.receiver.wait_for(1, "/echo")[0]
        self.assertEqual(plain.json, {"text": f"first at {told['data']['seq']}"})
        answer = self.delivery_that(client, echo, lambda d: d["state"] == "done")["answer"]
        self.assertIn("*" * len(NEVER), answer)
        # The secret of before is good beside the new one.
        new = client.post(f"/api/content/item/webhooks/{hook['_id']}/rotate", {"overlap_minutes": 5})
        self.assert_status(new, 200)
        self.assertNotEqual(new.json["secret"], hook["secret"])
        self.write_post(client, "second")
        got = self.receiver.wait_for(2, "/taken")[1]
        self.check_signature(got, hook["secret"])
        self.check_signature(got, new.json["secret"])
        # And through GraphQL like any action of a system collection.
        tested = client.post("/graphql", {"query": "mutation($id: ID!) { testWebhook(_id: $id) }", "variables": {"id": hook["_id"]}})
        self.assertIn("delivery", tested.json["data"]["testWebhook"])
        self.assertEqual(self.receiver.wait_for(3, "/taken")[2].json["type"], "webhooks.test")
        house.until("they are counted", lambda: house.figures(client)['vitrine_webhook_deliveries_total{outcome="delivered"}'] >= 4)
        self.assert_stops(server)
        for text in (server.said(), "\n".join(self.dump())):
            self.assertNotIn("never-to-be-seen", text)
            for secret in (hook["secret"], new.json["secret"]):
                self.assertNotIn(secret.removeprefix("whsec_"), text)

    def test_receivers_that_misbehave_harm_nobody(self):
        server = self.start(VITRINE_WEBHOOKS_WORKERS="3")
        client = server.client(self.key)
        hooks = {path: self.hook(client, path) for path in ("/hang", "/redirect", "/endless", "/fails-once", "/gone", "/good")}
        inside = self.hook(client, "/private", url=f"http://10.255.255.1:{self.receiver.port}/")
        self.write_post(client)
        good = self.receiver.wait_for(1, "/good")
        for i in range(5):  # while one hangs
            self.write_post(client, str(i))
        self.receiver.wait_for(6, "/good")
        self.assertEqual(len(self.receiver.wait_for(1, "/hang")), 1)
        self.assertEqual(good[0].json["data"]["verb"], "create")
        failed = self.delivery_that(client, hooks["/redirect"], lambda d: d.get("status") == 302)
        self.assertIn("not followed", failed["error"])
        self.assertEqual([one for one in self.receiver.calls if one.path == "/inside"], [])
        endless = self.delivery_that(client, hooks["/endless"], lambda d: d["state"] == "done")
        self.assertEqual(endless["answer"], "x" * 1024)
        refused = self.delivery_that(client, inside, lambda d: d.get("error"))
        self.assertIn("not one this server connects to", refused["error"])
        self.assertEqual(refused["state"], "waiting")
        again = self.receiver.wait_for(2, "/fails-once")
        first_id = again[0].headers["webhook-id"]
        repeated = house.until("the repetition", lambda: [one for one in self.receiver.calls if one.headers["webhook-id"] == first_id][1:])
        self.assertEqual(repeated[0].body, again[0].body)
        self.assertFalse(house.until("it is off", lambda: next(
            (h for h in client.get("/api/content/items/webhooks").json if h["_id"] == hooks["/gone"]["_id"] and h.get("disabled_reason")), None))["enabled"])
        self.assert_stops(server)

    def test_deliveries_are_for_those_who_may_read_them(self):
        """One reads those of one webhook, the other none: by list, id, number, GraphQL, events and actions."""
        self.make_role(1, "narrow", [{"collection": "webhooks", "verbs": ["read"]}])
        self.make_role(2, "without", [{"collection": "webhooks", "verbs": ["read"]}])
        keys = [self.make_key("--role", role) for role in ("narrow", "without")]
        server = self.start()
        client = server.client(self.key)
        mine, other = self.hook(client, "/mine"), self.hook(client, "/other")
        grant = {"role": house.item_id(1), "collection": "deliveries", "verbs": ["read", "resend"], "where": {"webhook": mine["_id"]}}
        self.assert_status(client.post("/api/content/item/grants", {"data": grant}), 200)
        self.write_post(client)
        shown, hidden = (self.delivery_that(client, hook, lambda d: d["state"] == "done")["_id"] for hook in (mine, other))
        everything = {d["item"] for d in self.told_of_deliveries(client)}
        self.assertLessEqual({shown, hidden}, everything)
        for key, wanted in zip(keys, ([shown], [])):
            with self.subTest(wanted=wanted):
                self.look_at_deliveries(server.client(key), wanted, hidden)
        self.assert_stops(server)

    def told_of_deliveries(self, client):
        return [e for e in self.assert_status(client.get("/api/events?since=0&limit=1000"), 200).json["events"] if e["collection"] == "deliveries"]

    def look_at_deliveries(self, client, wanted, hidden):
        listed = client.get("/api/content/items/deliveries?count=exact&limit=10&skip=0")
        asked = client.post("/graphql", {"query": "{ deliveries { _id } }"}).json
        told = client.get("/api/events?since=0&collection=deliveries")
        if wanted:
            self.assertEqual(([d["_id"] for d in listed.json["data"]], listed.json["meta"]["total"]), (wanted, 1))
            self.assertEqual([d["_id"] for d in asked["data"]["deliveries"]], wanted)
            self.assertEqual({e["item"] for e in self.assert_status(told, 200).json["events"]}, set(wanted))
            self.assert_status(client.post(f"/api/content/item/deliveries/{wanted[0]}/resend", {}), 200)
        else:
            self.assertEqual([listed.status, told.status, asked["errors"][0]["extensions"]["code"]], [404, 404, "GRAPHQL_VALIDATION_FAILED"])
        self.assertEqual({e["item"] for e in self.told_of_deliveries(client)}, set(wanted))
        self.assert_status(client.get(f"/api/content/item/deliveries/{hidden}"), 404)
        self.assert_status(client.post(f"/api/content/item/deliveries/{hidden}/resend", {}), 404)
        for answer in (listed, told, client.get(f"/api/content/items/deliveries?filter[_id]={hidden}"), client.get("/api/content/items/deliveries?filter[state]=done")):
            self.assertNotIn(hidden, answer.body.decode())
        self.assertNotIn(hidden, json.dumps(asked))

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
        self.receiver.held = 3
        self.hook(server.client(self.key), "/held")
        for _ in range(KILLS):
            finish = house.together(lambda _, at=server: self.write_until_killed(at, written), 2)
            self.receiver.wait_for(self.receiver.held)  # taken, and not answered yet
            server.kill()
            finish()
            self.receiver.held += 3
            server = self.start()
        client = server.client(self.key)
        self.receiver.go.set()
        last = self.write_post(client, "last")
        house.until("all are done", lambda: last in self.told() and all(
            d["state"] == "done" for d in client.get("/api/content/items/deliveries?limit=1000").json))
        told = self.told()
        self.assertLessEqual(set(written), set(told))
        self.assertEqual({len(ids) for ids in told.values()}, {1})
        self.assertGreaterEqual(len(self.receiver.calls) - len(told), KILLS)
        self.assert_stops(server)

    def told(self):
        told = {}
        for one in list(self.receiver.calls):
            told.setdefault(one.json["data"]["item"], set()).add(one.headers["webhook-id"])
        return told

    def test_who_develops_a_receiver_listens(self):
        server = self.start()
        client = server.client(self.key)
        self.write_post(client, "first")
        self.write("secret", "whsec_" + base64.b64encode(b"k" * 32).decode())
        self.write("key", self.key)
        words = ["hooks", "listen", "--url", server.url, "--key-file", self.path("key"), "--collection", "posts", "--since", "0", "--count", "2",
                 "--forward", self.receiver.url + "/taken", "--secret-file", self.path("secret"), "--json"]
        listener = subprocess.Popen([house.VITRINE, *words], stdout=subprocess.PIPE, env=house.environment(), cwd=self.folder)
        self.addCleanup(listener.wait)
        self.addCleanup(listener.kill)
        self.receiver.wait_for(1, "/taken")
        self.write_post(client, "second")
        out, _ = listener.communicate(timeout=house.PATIENCE)
        told = [json.loads(line) for line in out.decode().splitlines()]
        self.assertEqual([t["data"]["after"]["title"] for t in told], ["first", "second"])
        for got in self.receiver.wait_for(2, "/taken"):
            self.check_signature(got, "whsec_" + base64.b64encode(b"k" * 32).decode())
        self.assertEqual(listener.returncode, 0)
        bad = self.run_vitrine("hooks", "listen", "--url", server.url, "--key-file", self.write("bad", "USR-" + "0" * 40))
        self.assertEqual(bad.code, 1, bad)
        self.assertIn("401", bad.errors)
        self.assert_stops(server)


if __name__ == "__main__":
    house.main()
