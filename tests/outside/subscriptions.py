"""GraphQL subscriptions over sockets: event streams and graphql-transport-ws, who may have them, how they end, and what bad clients get."""
import json
import os

import house
from events import Stream

POST = "/api/content/item/posts"
QUERY = "subscription($since: Long) { postChanged(since: $since) { change seq item { title } } }"


class Told(Stream):
    """An event stream of results."""

    def __init__(self, url, key, query, last=None, headers="", **variables):
        super().__init__(url, key, "/graphql", last, method="POST", headers=headers, body=json.dumps({"query": query, "variables": variables}))

    def __iter__(self):
        event = {}
        for line in self.file:
            name, _, value = line.decode().rstrip("\n").partition(":")
            if name in ("event", "data", "id"):
                event[name] = value.removeprefix(" ")
            elif not name and not value and "event" in event:
                yield event["event"], int(event.get("id", 0)), json.loads(event["data"]) if event["data"] else None
                event = {}


class Subscriptions(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.make_role(1, "readers", [{"collection": "posts", "verbs": ["read"], "fields": ["title"]}])
        self.key, self.reader = self.make_key(), self.make_key("--role", "readers", "--name", "reader")

    def put(self, client, title):
        return self.assert_status(client.post(POST, {"data": {"title": title, "_state": 1}}), 200).json["_id"]

    def revoke(self, label):
        mine, = (row["_id"] for row in json.loads(self.command("key", "list", "--json")) if row["label"] == label)
        self.command("key", "revoke", mine)

    def titles(self, told, count):
        return [result["data"]["postChanged"]["item"]["title"] for _, _, result in (next(told) for _ in range(count))]

    def test_event_streams(self):
        server = self.serve(env={"VITRINE_HTTP_STREAMS": "20"})
        client = server.client(self.key)
        stream = Told(server.url, self.reader, QUERY)
        self.assertEqual((stream.status, stream.headers["content-type"]), (200, "text/event-stream; charset=utf-8"))
        told = iter(stream)
        for title in ("One", "Two", "Three"):
            self.put(client, title)
        name, first, result = next(told)
        self.assertEqual((name, result), ("next", {"data": {"postChanged": {"change": "ADDED", "seq": first, "item": {"title": "One"}}}}))
        self.assertEqual(self.titles(told, 2), ["Two", "Three"])
        # Where it goes on, by the browser's header and by the document.
        self.assertEqual(self.titles(iter(Told(server.url, self.reader, QUERY, last=first)), 2), ["Two", "Three"])
        self.assertEqual(self.titles(iter(Told(server.url, self.reader, QUERY, since=first)), 2), ["Two", "Three"])
        # What is wrong with the request, and what runs once.
        self.assertEqual([(n, r and [e["extensions"]["code"] for e in r["errors"]]) for n, _, r in Told(server.url, self.reader, "subscription { nobody }")],
                         [("next", ["GRAPHQL_VALIDATION_FAILED"]), ("complete", None)])
        self.assertEqual([(n, r) for n, _, r in Told(server.url, self.reader, "{ me { kind } }")], [("next", {"data": {"me": {"kind": "key"}}}), ("complete", None)])
        self.assertEqual(client.post("/graphql", {"query": QUERY}).status, 406)
        # Pages of other sites, and keys that are revoked.
        self.assertEqual(Told(server.url, self.reader, QUERY, headers="Origin: http://evil.example\r\n").status, 403)
        self.revoke("reader")
        last = list(told)
        self.assertEqual([(n, r and [e["extensions"]["code"] for e in r["errors"]]) for n, _, r in last], [("next", ["UNAUTHENTICATED"]), ("complete", None)])
        self.assertEqual(Told(server.url, self.reader, QUERY).status, 401)
        self.assert_stops(server)

    def test_sockets(self):
        server = self.serve(env={"VITRINE_HTTP_STREAMS": "4", "VITRINE_HTTP_THREADS": "8"})
        client = server.client(self.key)
        mine, theirs = house.Socket(server.url, init={"api-key": self.reader}), house.Socket(server.url, {"api-key": self.key}, init={})
        self.assertEqual([one.greeting for one in (mine, theirs)], [{"type": "connection_ack"}] * 2)
        self.assertEqual(mine.headers["sec-websocket-protocol"], "graphql-transport-ws")
        mine.ask("a", QUERY)
        mine.ask("b", "subscription { postChanged { item { views } } }")
        self.assertEqual((lambda m: (m["type"], m["id"]))(mine.hear()), ("error", "b"))
        theirs.ask("a", "subscription { postChanged { after } }")
        theirs.ask("b", "{ me { isAdmin } }")
        self.assertEqual([theirs.hear() for _ in range(2)], [{"type": "next", "id": "b", "payload": {"data": {"me": {"isAdmin": True}}}}, {"type": "complete", "id": "b"}])
        self.put(client, "One")
        self.assertEqual(mine.hear()["payload"]["data"]["postChanged"]["item"], {"title": "One"})
        self.assertEqual(theirs.hear()["payload"]["data"]["postChanged"]["after"]["title"], "One")
        # A share of the places: half of them for one caller, and the rest for others; requests as ever.
        again = house.Socket(server.url, {"api-key": self.reader}, init={})
        self.assertEqual(house.Socket(server.url, {"api-key": self.reader}).status, 429)
        last = house.Socket(server.url, {"api-key": self.key}, init={})
        refused = house.Socket(server.url, {"api-key": self.key})
        self.assertEqual((refused.status, refused.headers["retry-after"]), (503, "5"))
        self.assert_status(client.get("/api/content/items/posts"), 200)
        self.assertEqual(server.figure("vitrine_streams", self.key), 4)
        # A role that changes, and a key that is revoked: at once, whether anything is subscribed to or not.
        self.assert_status(client.ask("PATCH", f"/api/content/item/grants/{house.item_id(1000)}", {"fields": ["slug"]}), 200)
        self.assertEqual((lambda m: (m["type"], m["id"], m["payload"][0]["extensions"]["code"]))(mine.hear()), ("error", "a", "GRAPHQL_VALIDATION_FAILED"))
        self.revoke("reader")
        self.assertEqual([(one.hear(), one.code) for one in (mine, again)], [(None, 4401)] * 2)
        self.assert_stops(server)
        self.assertEqual([(one.hear(), one.code) for one in (theirs, last)], [(None, 1001)] * 2)

    def test_threads_begin_when_they_are_needed(self):
        server = self.serve(env={"VITRINE_HTTP_STREAMS": "200", "VITRINE_HTTP_THREADS": "6"})
        threads = lambda: len(os.listdir(f"/proc/{server.process.pid}/task"))
        for _ in range(2):  # the second time they are there already
            streams = [Told(server.url, self.reader, QUERY) for _ in range(10)]
            self.assertEqual([s.status for s in streams], [200] * 10)
            now = threads()
            self.assertLess(now, 60)
            answers = [server.client(self.key).get("/api/content/items/posts").status for _ in range(5)]  # each of them keeps a connection
            self.assertEqual(answers, [200] * 5)
            del streams
            client = server.clients[0]
            house.until("they are gone", lambda at=client: house.figures(at)["vitrine_streams"] == 0)
            for one in server.clients:
                one.close()
            server.clients.clear()
        self.assertEqual(threads(), now)
        self.assert_stops(server)

    def test_other_sites_get_no_socket(self):
        server = self.serve(env={"VITRINE_CORS_ORIGINS": "https://shop.example"})
        self.command("user", "add", "--email", "ada@example.com", "--role", "admin", "--password-file", self.write("password", house.PASSWORD))
        session = server.client().post("/api/auth/login", {"user": "ada@example.com", "password": house.PASSWORD})
        cookie = {"Cookie": self.assert_status(session, 200).headers["set-cookie"].split(";")[0]}
        own = {"Origin": server.url}
        for headers, status in (({}, 101), (own, 101), ({"Origin": "https://shop.example"}, 101), ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403),
                                (cookie, 403), (cookie | own, 101), (cookie | {"Origin": "http://evil.example"}, 403), (cookie | {"Origin": "https://shop.example"}, 403),
                                (cookie | own | {"Sec-Fetch-Site": "cross-site"}, 403)):
            with self.subTest(headers=headers):
                self.assertEqual(house.Socket(server.url, headers).status, status)
        # A change by cookie wants the token, as it does in a head.
        change = 'mutation { createPost(data: {title: "Mine"}) { title } }'
        for init, kind in (({}, "error"), ({"x-csrf-token": "wrong"}, "error"), ({"x-csrf-token": session.json["csrf"]}, "next")):
            one = house.Socket(server.url, cookie | own, init=init)
            one.ask("1", change)
            self.assertEqual(one.hear()["type"], kind)
        self.assert_stops(server)

    def test_bad_clients_are_shown_out(self):
        server = self.serve(env={"VITRINE_HTTP_STREAMS_PER_CALLER": "100"})
        frame = house.Socket.frame
        ping = json.dumps({"type": "ping"}).encode()
        for bytes_of, code in ((lambda s: frame(s, 1, ping, masked=False), 1002), (lambda s: frame(s, 2, b"x"), 1003), (lambda s: frame(s, 1, b"\xff"), 1007),
                               (lambda s: frame(s, 1, b"x" * 65537), 1009), (lambda s: frame(s, 3, b""), 1002), (lambda s: frame(s, 0, b"x"), 1002),
                               (lambda s: frame(s, 9, b"", final=False), 1002), (lambda s: frame(s, 1, b"{}"), 4400), (lambda s: b"GET / HTTP/1.1\r\n\r\n", 1002),
                               (lambda s: frame(s, 1, b"x" * 60000, final=False) + 4 * frame(s, 0, b"x" * 60000, final=False), 1009),
                               (lambda s: frame(s, 8, (1000).to_bytes(2, "big")), 1000)):
            one = house.Socket(server.url, {"api-key": self.key}, init={})
            one.wire.sendall(bytes_of(one))
            self.assertEqual((one.hear(), one.code), (None, code))
        one = house.Socket(server.url, {"api-key": self.key}, init={})
        one.wire.sendall(frame(one, 1, ping[:5], final=False))
        for i, byte in enumerate(frame(one, 0, ping[5:])):
            one.wire.sendall(bytes([byte]))
        self.assertEqual(one.hear(), {"type": "pong"})
        late = house.Socket(server.url)
        self.assertEqual((late.hear(), late.code), (None, 4408))
        one.close()
        late.close()
        self.assert_reader_is_dropped(server)
        self.assert_stops(server)

    def assert_reader_is_dropped(self, server):
        """One that takes no bytes while much is told: its place is free again, and the server keeps nothing for it."""
        client = server.client(self.key)
        streams = lambda: house.figures(client)["vitrine_streams"]
        house.until("the others are gone", lambda: streams() == 0)
        slow = house.Socket(server.url, {"api-key": self.key}, init={}, buffer=4096)
        slow.ask("1", "subscription { postChanged { after } }")
        for _ in range(12):
            self.assert_status(client.post(POST, {"data": {"title": "Large", "body": "x" * 900000}}), 200)
        self.assertEqual(streams(), 1)
        house.until("it is dropped", lambda: streams() == 0)
        slow.close()


if __name__ == "__main__":
    house.main()
