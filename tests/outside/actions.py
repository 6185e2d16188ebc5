"""Actions that another server does (docs/actions.md): the real program calls a receiver that answers well, badly, too much, too
late or not at all, over both surfaces."""
import json
import threading
import time
import urllib.parse

import house
import receiver_double
from receiver_double import signature

ORDER = house.item_id(77)


class Receiver(receiver_double.Receiver):
    """Answers what `answer` says."""
    answer = 200, {"total": 12.5, "state": "booked"}

    def reply(self, to, call):
        answer = self.answer
        if answer == "hangs":
            self.go.wait(house.PATIENCE)
            answer = (200, {"total": 1, "state": "booked"})
        if answer == "hangs up":
            return to.hang_up()
        if answer == "too much":
            return to.pour("application/json")
        status, body, *headers = answer
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return to.answer(status, raw, **({"Content_Type": "application/json"} | (headers[0] if headers else {})))


class Actions(house.Case):
    def setUp(self):
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.env = {"VITRINE_OUTBOUND_ALLOW": "127.0.0.0/8", "VITRINE_OUTBOUND_HTTP": "true", "VITRINE_OUTBOUND_PORTS": str(self.receiver.port)}
        self.apply([
            {"name": "orders", "fields": [
                {"name": "title", "kind": "text", "required": True}, {"name": "total", "kind": "number"},
                {"name": "state", "kind": "text"}, {"name": "note", "kind": "text"}],
             "actions": {
                 "price": {"url": self.receiver.url + "/price?of=orders", "timeout_s": 2, "label": "Have it priced",
                           "input": [{"name": "currency", "kind": "select", "options": ["EUR", "CHF"], "required": True},
                                     {"name": "rebates", "kind": "number", "many": True}],
                           "output": [{"name": "total", "kind": "number", "required": True}, {"name": "state", "kind": "text"},
                                      {"name": "lines", "kind": "set", "many": True, "fields": [{"name": "text", "kind": "text"}]}],
                           "writes": {"total": "total", "state": "state"}},
                 "sweep": {"url": self.receiver.url + "/sweep", "on": "collection", "output": [{"name": "total", "kind": "number"}]},
                 "slow": {"url": self.receiver.url + "/slow", "timeout_s": 30, "on": "collection"},
                 "inside": {"url": "https://10.0.0.1/price"}}}])
        self.import_rows("orders", [{"_id": ORDER, "title": "Chairs", "note": "not for others", "_state": 1},
                                    {"_id": house.item_id(78), "title": "Hidden", "_state": 1}])
        self.make_role(1, "clerk", [
            {"collection": "orders", "verbs": ["read"], "fields": ["title", "total", "state"], "where": {"title": "Chairs"}},
            {"collection": "orders", "verbs": ["update"], "fields": ["total", "state"], "where": {"title": "Chairs"}},
            {"collection": "orders", "verbs": ["price"], "where": {"title": "Chairs"}}])
        self.make_role(2, "reader", [{"collection": "orders", "verbs": ["read", "update"]}])
        self.make_role(3, "asker", [{"collection": "orders", "verbs": ["price", "read"]}])
        self.server = self.serve(env=self.env)
        self.admin = self.server.client(self.make_key())
        self.clerk = self.server.client(self.make_key("--role", "clerk"))

    def tearDown(self):
        self.assert_stops(self.server)

    def apply(self, definitions):
        said = self.run_vitrine("model", "apply", self.write("model.json", definitions), "--data", self.data, env=self.env)
        self.assertEqual(said.code, 0, said)

    def rotate(self, action="price", **more):
        answer = self.admin.post("/api/content/action/action_secrets/rotate", {"collection": "orders", "action": action} | more)
        return self.assert_status(answer, 200).json["secret"]

    def price(self, client=None, order=ORDER, body=None, **more):
        return (client or self.clerk).post(f"/api/content/item/orders/{order}/price", body or {"currency": "EUR"}, **more)

    def order(self):
        return self.assert_status(self.admin.get(f"/api/content/item/orders/{ORDER}"), 200).json

    def entries(self, verb):
        found = self.admin.get("/api/content/items/journal?limit=100&filter=" + urllib.parse.quote(json.dumps({"verb": verb})))
        return self.assert_status(found, 200).json

    def test_a_call_is_signed_and_its_answer_written(self):
        self.assertIn("no secret", self.assert_status(self.price(), 409).json["detail"])
        secret = self.rotate()
        before = self.order()
        answer = self.assert_status(self.price(), 200)
        self.assertEqual(answer.json, {"total": 12.5, "state": "booked"})
        self.assertEqual(answer.headers["cache-control"], "no-store")
        call = self.receiver.calls[-1]
        self.assertEqual((call.path, len(self.receiver.calls)), ("/price?of=orders", 1))
        self.assertEqual(call.headers["webhook-signature"], signature(call, secret))
        self.assertEqual((call.json["type"], call.json["data"]["input"]), ("orders.price", {"currency": "EUR"}))
        self.assertEqual(call.json["data"]["by"]["kind"], "key")
        item = call.json["data"]["item"]
        self.assertEqual((item["title"], "note" in item, b"not for others" in call.body), ("Chairs", False, False))
        after = self.order()
        self.assertEqual((after["total"], after["state"], after["_rev"]), (12.5, "booked", before["_rev"] + 1))
        begun, done = self.entries("action.begun"), self.entries("action.done")
        self.assertEqual([(e["collection"], e["item"]) for e in begun + done], [("orders", ORDER)] * 2)
        self.assertEqual(done[0]["after"]["call"], call.headers["webhook-id"])
        self.assertEqual(done[0]["after"]["status"], 200)
        self.secret_is_nowhere(secret)
        # The old one goes along for a while, then it does not.
        newer = self.rotate(overlap_s=60)
        self.assert_status(self.price(), 200)
        call = self.receiver.calls[-1]
        self.assertEqual(call.headers["webhook-signature"].split(), [signature(call, s) for s in (newer, secret)])
        newest = self.rotate()
        self.assert_status(self.price(), 200)
        call = self.receiver.calls[-1]
        self.assertEqual(call.headers["webhook-signature"], signature(call, newest))

    def secret_is_nowhere(self, secret):
        rows = self.assert_status(self.admin.get("/api/content/items/action_secrets"), 200).json
        self.assertEqual([(r["collection"], r["action"]) for r in rows], [("orders", "price")])
        bare = secret.removeprefix("whsec_")
        journal = self.admin.get("/api/content/items/journal?limit=500").body.decode()
        for text in (json.dumps(rows), journal, self.command("model", "export"), self.server.said(), "\n".join(map(str, self.dump()))):
            self.assertNotIn(bare, text)
        with open(f"{self.data}/vitrine.db", "rb") as file:
            self.assertNotIn(bare.encode(), file.read())

    def test_what_the_other_side_does_wrong(self):
        self.rotate()
        self.rotate("inside")
        answers = [((500, {}), 502, "status is 500"), ((302, {}, {"Location": "http://10.0.0.1/"}), 502, "leads elsewhere"),
                   ((200, b"[1]"), 502, "no JSON object"), ((200, b"{"), 502, "no JSON object"),
                   ((200, b"hello", {"Content_Type": "text/html"}), 502, "not application/json"),
                   ((200, {"state": "booked"}), 502, "total is required"), ((200, {"total": "many"}), 502, "not what the action declares"),
                   ((200, {"total": 1, "secret": "x"}), 502, "not what the action declares"),
                   ((200, {"total": 1, "state": "x" * 300000}), 502, "larger than"),
                   ("too much", 502, "larger than"), ("hangs up", 502, "did not answer"), ("hangs", 504, "within 2 seconds")]
        before = self.order()
        for answer, status, sentence in answers:
            with self.subTest(answer=str(answer)[:60]):
                self.receiver.answer = answer
                said = self.assert_status(self.price(), status).json
                self.assertIn(sentence, said["detail"])
                self.assertEqual(said["type"], "/docs/errors#" + ("bad-gateway" if status == 502 else "gateway-timeout"))
                self.assertNotIn(str(self.receiver.port), json.dumps(said))
        self.assertEqual(self.order(), before)
        failed = self.entries("action.failed")
        self.assertEqual(len(failed), len(answers))
        self.assertEqual({e["after"]["error"] for e in failed}, {"bad-gateway", "gateway-timeout"})
        refused = self.admin.post(f"/api/content/item/orders/{ORDER}/inside", {})
        self.assertIn("not one that this server goes to", self.assert_status(refused, 502).json["detail"])
        self.receiver.answer = (200, {"total": 3})
        self.assert_status(self.price(), 200)

    def test_who_may(self):
        self.rotate()
        self.rotate("sweep")
        reader, asker, nobody = self.server.client(self.make_key("--role", "reader")), self.server.client(self.make_key("--role", "asker")), self.server.client()
        self.assert_status(self.price(reader), 403)
        self.assert_status(self.price(nobody), 401)
        self.assert_status(self.price(asker), 403)  # whose answer he could not write
        self.assert_status(self.price(order=house.item_id(78)), 404)
        self.assert_status(self.clerk.post("/api/content/action/orders/sweep", {}), 403)
        self.assert_status(self.clerk.post("/api/content/action/orders/price", {"currency": "EUR"}), 404)
        self.assert_status(self.admin.post(f"/api/content/item/orders/{ORDER}/sweep", {}), 404)
        self.assert_status(self.clerk.post("/api/content/action/action_secrets/rotate", {"collection": "orders", "action": "price"}), 404)
        query = {"query": "mutation { priceOrder(_id: \"%s\", input: {currency: EUR}) { total } }" % ORDER}
        self.assertIn("errors", reader.post("/graphql", query).json)
        self.assertEqual(self.receiver.calls, [])
        self.assertNotIn(b"priceOrder", reader.post("/graphql", {"query": "{__schema{mutationType{fields{name}}}}"}).body)
        for client, may in ((self.clerk, True), (reader, False)):
            explained = self.assert_status(client.get(f"/api/auth/explain?collection=orders&verb=price&id={ORDER}"), 200).json
            self.assertEqual(explained["decision"] == "allowed", may, explained)
        self.receiver.answer = (200, {"total": 12.5})
        self.assertEqual(self.assert_status(self.admin.post("/api/content/action/orders/sweep", {}), 200).json["total"], 12.5)
        self.assertIsNone(self.receiver.calls[-1].json["data"]["item"])

    def test_input_and_revision_are_judged_before_anybody_is_called(self):
        self.rotate()
        for body, path in (({}, "/currency"), ({"currency": "USD"}, "/currency"), ({"currency": "EUR", "more": 1}, "/more"),
                           ({"currency": "EUR", "rebates": ["x"]}, "/rebates/0")):
            said = self.assert_status(self.clerk.post(f"/api/content/item/orders/{ORDER}/price", body), 422).json
            self.assertEqual(said["errors"][0]["pointer"], path)
        self.assert_status(self.price(headers={"If-Match": '"999"'}), 412)
        self.assertEqual(self.receiver.calls, [])

    def test_the_item_changes_meanwhile(self):
        self.rotate()
        self.receiver.answer = "hangs"
        answers = []
        caller = threading.Thread(target=lambda: answers.append(self.price(self.server.client(self.clerk.headers["api-key"]))))
        caller.start()
        self.receiver.wait_for(1)
        # Writing goes on while the other side thinks.
        self.assert_status(self.admin.ask("PATCH", f"/api/content/item/orders/{ORDER}", {"data": {"total": 1}}), 200)
        self.receiver.go.set()
        caller.join()
        self.assert_status(answers[0], 412)
        self.assertEqual(self.order()["total"], 1)
        self.assertEqual(self.entries("action.failed")[0]["after"]["error"], "stale")

    def test_once(self):
        self.rotate()
        key = {"Idempotency-Key": "once-1"}
        first = self.assert_status(self.price(headers=key), 200)
        again = self.assert_status(self.price(headers=key), 200)
        self.assertEqual((again.json, again.headers["idempotency-replayed"], len(self.receiver.calls)), (first.json, "true", 1))
        self.assert_status(self.price(headers=key, body={"currency": "CHF"}), 422)
        self.receiver.answer = (503, {})
        key = {"Idempotency-Key": "once-2"}
        self.assert_status(self.price(headers=key), 502)
        self.receiver.answer = (200, {"total": 4})
        self.assert_status(self.price(headers=key), 200)
        ids = [c.headers["webhook-id"] for c in self.receiver.calls]
        self.assertEqual((ids[1] == ids[2], len(ids)), (True, 3))

    def test_no_more_than_so_many_at_once_nor_all_for_one(self):
        self.rotate("slow")
        self.receiver.answer = "hangs"
        self.make_role(4, "caller", [{"collection": "orders", "verbs": ["slow"]}])
        one, other, third = [self.make_key("--role", "caller") for _ in range(3)]
        answers, callers, lock = [], [], threading.Lock()

        def slow(key):
            return self.server.client(key).post("/api/content/action/orders/slow", {})

        def ask(key):
            answer = slow(key)
            with lock:
                answers.append(answer.status)

        for key in (one, other):
            for _ in range(4):
                callers.append(threading.Thread(target=ask, args=(key,)))
                callers[-1].start()
                self.receiver.wait_for(len(callers))
            self.assertEqual(self.assert_status(slow(key), 429).headers["retry-after"], "1")
        self.assertEqual(self.assert_status(slow(third), 503).headers["retry-after"], "1")
        self.receiver.go.set()
        for caller in callers:
            caller.join()
        self.assertEqual(answers, [200] * 8)
        self.receiver.answer = (200, {})
        self.assert_status(slow(third), 200)

    def test_nobody_waits_for_a_call_when_the_server_stops(self):
        self.rotate("slow")
        self.receiver.answer = "hangs"
        key, answers = self.admin.headers["api-key"], []
        caller = threading.Thread(target=lambda: answers.append(self.server.client(key).post("/api/content/action/orders/slow", {})))
        caller.start()
        self.receiver.wait_for(1)
        began = time.monotonic()
        self.assert_stops(self.server)
        self.assertLess(time.monotonic() - began, 20)
        caller.join()
        self.assert_status(answers[0], 502)
        self.server = self.serve(env=self.env)
        self.admin = self.server.client(key)
        self.assertEqual([e["after"]["error"] for e in self.entries("action.failed")], ["bad-gateway"])

    def test_graphql_and_the_description_say_what_goes_and_what_comes(self):
        self.rotate()
        self.receiver.answer = (200, {"total": 5, "lines": [{"text": "Chair"}]})
        query = "mutation ($i: PriceOrderInput!) { priceOrder(_id: \"%s\", input: $i) { total state lines { text } } }" % ORDER
        said = self.clerk.post("/graphql", {"query": query, "variables": {"i": {"currency": "CHF", "rebates": [1, 2]}}}).json
        self.assertEqual(said, {"data": {"priceOrder": {"total": 5, "state": None, "lines": [{"text": "Chair"}]}}})
        self.assertEqual(self.receiver.calls[-1].json["data"]["input"], {"currency": "CHF", "rebates": [1, 2]})
        self.receiver.answer = (500, {})
        said = self.clerk.post("/graphql", {"query": query, "variables": {"i": {"currency": "CHF"}}}).json
        self.assertEqual(said["errors"][0]["extensions"]["code"], "BAD_GATEWAY")
        paths = self.clerk.get("/api/openapi.json").json["paths"]
        ours = paths["/api/content/item/orders/{id}/price"]["post"]
        body = ours["requestBody"]["content"]["application/json"]["schema"]
        self.assertEqual((body["required"], body["additionalProperties"]), (["currency"], False))
        self.assertIn("total", ours["responses"]["200"]["content"]["application/json"]["schema"]["properties"])
        self.assertNotIn("/api/content/action/orders/price", paths)

    def test_a_model_is_refused_that_leads_where_this_server_does_not_go(self):
        for url in ("ftp://example.com/", "https://user@example.com/", "https://example.com:99/"):
            model = {"name": "things", "fields": [], "actions": [{"name": "go", "url": url}]}
            answer = self.admin.post("/api/content/item/collections", {"data": {"name": "things", "definition": model}})
            self.assertIn("/url", json.dumps(self.assert_status(answer, 422).json))


if __name__ == "__main__":
    house.main()
