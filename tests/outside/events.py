"""The change feed over sockets: consumers and servers that are killed, streams that end when they should."""
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import urllib.parse

import house

KILLS = int(os.environ.get("VITRINE_EVENT_KILLS", "0")) or 5
WRITERS = 4
POST = "/api/content/item/posts"


class Stream:
    """An event stream as a browser reads it: one dict per event, with "id" and "event"."""

    def __init__(self, url, key, path, last=None, timeout=house.PATIENCE, method="GET", headers="", body=""):
        address = urllib.parse.urlsplit(url)
        self.wire = self.file = None
        self.wire = socket.create_connection((address.hostname, address.port), timeout=timeout)
        head = f"{method} {path} HTTP/1.0\r\nHost: localhost\r\nAccept: text/event-stream\r\napi-key: {key}\r\n{headers}"
        head += f"Last-Event-ID: {last}\r\n" if last is not None else ""
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        self.wire.sendall((head + "\r\n" + body).encode())
        self.file = self.wire.makefile("rb")
        self.status, self.headers = house.read_head(self.file)
        self.id = last

    def __iter__(self):
        event = {}
        for line in self.file:
            name, _, value = line.decode().rstrip("\n").partition(":")
            if name == "id":
                self.id = int(value)
            elif name in ("event", "data"):
                event[name] = value.removeprefix(" ")
            elif not name and not value and "data" in event:
                yield {"event": event.get("event", "message"), "id": self.id} | json.loads(event["data"])
                event = {}

    def close(self):
        for one in (self.file, self.wire):
            if one:
                one.close()

    __del__ = close


def consume(address, key, done):
    """What a consumer does until it is killed: goes on behind the last line that it wrote."""
    with open(done, "ab+") as f:
        f.seek(0)
        whole = f.read().rpartition(b"\n")[0].splitlines()
        last = int(whole[-1]) if whole else 0
        f.truncate(sum(len(line) + 1 for line in whole))
        while True:
            try:
                with open(address, encoding="ascii") as at:
                    stream = Stream(at.read(), key, f"/api/events?since={last}&collection=posts", last)
                assert stream.status in (200, 503), stream.status
                for event in stream if stream.status == 200 else ():
                    if event["event"] == "message":
                        f.write(b"%d\n" % event["seq"])
                        f.flush()
                        last = event["seq"]
            except (OSError, ValueError, IndexError):
                threading.Event().wait(0.02)


class Events(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.key = self.make_key()

    def write_until_killed(self, server):
        client = server.client(self.key)
        try:
            while True:
                changes = [{"op": "create", "in": "posts", "data": {"title": str(i)}} for i in range(5)]
                self.assert_status(client.post("/api/batch", {"changes": changes}), 200)
        except (OSError, house.http.client.HTTPException):
            pass

    def start_consumer(self):
        words = [sys.executable, "-B", __file__, "--consume", self.path("address"), self.key, self.path("done")]
        one = subprocess.Popen(words)
        self.addCleanup(one.wait)
        self.addCleanup(one.kill)
        return one

    def read_done(self):
        if not os.path.exists(self.path("done")):
            return []
        with open(self.path("done"), "rb") as f:
            return [int(line) for line in f.read().rpartition(b"\n")[0].splitlines()]

    def committed(self):
        db = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
        rows = db.execute("SELECT seq FROM vitrine_journal WHERE collection = 'posts' ORDER BY seq").fetchall()
        db.close()
        return [row[0] for row in rows]

    def test_killed_consumers_and_servers_miss_nothing(self):
        server = consumer = None
        for kill in range(KILLS):
            server = self.serve(env={"VITRINE_HTTP_CONNECTIONS_PER_ADDRESS": "1000"})
            self.write("address", server.urls[0])
            consumer = consumer or self.start_consumer()
            finish = house.together(lambda _, at=server: self.write_until_killed(at), WRITERS)
            seen = len(self.read_done())
            house.until("events arrive", lambda n=seen: len(self.read_done()) > n + 40)
            if kill % 2 == 0:
                consumer.kill()
                consumer.wait()
                consumer = self.start_consumer()
                house.until("it goes on", lambda n=len(self.read_done()): len(self.read_done()) > n + 20)
            server.kill()
            finish()
        server = self.serve()
        self.write("address", server.urls[0])
        wanted = self.committed()
        house.until("all is seen", lambda: (self.read_done() or [0])[-1] == wanted[-1])
        seen = self.read_done()
        # A line that was being written when the consumer was killed is read again; nothing else comes twice.
        self.assertEqual(sorted(set(seen)), seen)
        self.assertEqual(seen, wanted)

    def test_streams_end_when_they_should(self):
        server = self.serve(env={"VITRINE_HTTP_STREAMS": "3", "VITRINE_HTTP_STREAMS_PER_CALLER": "3", "VITRINE_HTTP_THREADS": "4"})
        client = server.client(self.key)
        other = self.make_key("--role", "admin", "--name", "other")
        streams = [Stream(server.urls[0], key, "/api/events") for key in (self.key, other)]
        self.assertEqual([s.status for s in streams], [200, 200])
        self.assertEqual(streams[0].headers["content-type"], "text/event-stream; charset=utf-8")
        query = urllib.parse.quote(json.dumps({"model": "posts", "filter": {"views": {"$gt": 1}}, "fields": "title", "state": "any"}))
        live = Stream(server.urls[0], self.key, f"/api/events?query={query}")
        events, told = [iter(s) for s in streams], iter(live)
        self.assertEqual(next(told)["items"], [])
        # One more is too many, for streams; who would wait is answered at once, and everybody else as ever.
        refused = Stream(server.urls[0], self.key, "/api/events")
        self.assertEqual((refused.status, refused.headers.get("retry-after")), (503, "5"))
        self.assertEqual(self.assert_status(client.get("/api/events?wait=60"), 200).json["events"], [])
        item = self.assert_status(client.post(POST, {"data": {"title": "One", "views": 2}}), 200).json["_id"]
        for one in events:
            self.assertEqual([(e["change"], e["after"]["title"]) for e in (next(one),)], [("added", "One")])
        self.assertEqual([(e["change"], e["item"]["title"]) for e in (next(told),)], [("added", "One")])
        self.assert_status(client.ask("PATCH", f"{POST}/{item}", {"title": "Two"}), 200)
        self.assertEqual([(e["change"], e["item"]["title"]) for e in (next(told),)], [("changed", "Two")])
        self.assert_status(client.ask("PATCH", f"{POST}/{item}", {"views": 0}), 200)
        self.assertEqual([(e["change"], e["id"], e["item"]) for e in (next(told),)], [("removed", item, None)])
        self.assertEqual(house.figures(client)["vitrine_streams"], 3)
        self.assert_key_ends(server, events[1], other)
        seen = [next(events[0]) for _ in range(2)]
        self.assertEqual([e["change"] for e in seen], ["changed", "changed"])
        # Where a browser goes on.
        again = Stream(server.urls[0], self.key, "/api/events", seen[0]["id"])
        self.assertEqual(next(iter(again)), seen[1])
        self.assert_stops(server)  # which waits for no stream: what still ran after the grace would not be 0
        self.assertEqual([e["event"] for one in (events[0], told) for e in one if e["event"] == "end"], [])

    def assert_key_ends(self, server, events, key):
        """Revoked by a command, not by this server."""
        mine, = (row["_id"] for row in json.loads(self.command("key", "list", "--json")) if row["label"] == "other")
        self.command("key", "revoke", mine)
        last = [e for e in events if e["event"] == "end"]
        self.assertEqual([(e["status"], e["type"]) for e in last], [(401, "unauthenticated")])
        self.assertEqual(Stream(server.urls[0], key, "/api/events").status, 401)

    def test_what_is_not_kept_is_said(self):
        self.import_rows("posts", [{"title": str(i)} for i in range(2500)])
        server = self.serve(env={"VITRINE_JOURNAL_KEEP": "1s"})
        client = server.client(self.key)
        gone = house.until("old entries are gone", lambda: (lambda a: a if a.status == 410 else None)(client.get("/api/events?since=1")))
        self.assertGreater(gone.json["first"], 1000)
        page = self.assert_status(client.get(f"/api/events?since={gone.json['first'] - 1}&limit=3"), 200).json
        self.assertEqual([e["seq"] for e in page["events"]], [gone.json["first"] + i for i in range(3)])
        self.assert_stops(server)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--consume"]:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        consume(*sys.argv[2:])
    house.main()
