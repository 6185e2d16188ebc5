#!/usr/bin/env python3
"""How long a change takes to reach many streams, and what the server takes for it.

usage: events.py VITRINE [--streams N] [--mixed] [--writes W] [--seconds S]

N event streams are open (mixed: event streams, GraphQL subscriptions over sockets, and requests that wait, a third each), W items a second are
written, each with the time at which it was sent; what is told is the time until it arrived, over all of them and by sort, with the server's
resident size and CPU time, and how long ordinary requests took meanwhile.
"""
import argparse
import http.client
import json
import multiprocessing
import os
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from bench import Server, cpu_seconds, memory_mb

TITLE = re.compile(rb'"(?:after|item)":\{[^}]*"title":"(\d+)"')
LAST = re.compile(rb'"last":(\d+),"more":(?:true|false)\}')


class Reader:
    """One that is told. What it has not understood yet stays in `rest`."""

    def __init__(self, at, key):
        self.wire = socket.create_connection((at.hostname, at.port))
        self.key, self.rest, self.times = key, b"", []
        self.begin()

    def begin(self):
        self.ask(f"/api/events?collection=posts", "Accept: text/event-stream\r\n")
        assert b" 200 " in self.wire.recv(65536)

    def ask(self, path, headers=""):
        self.wire.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{headers}api-key: {self.key}\r\n\r\n".encode())

    def take(self):
        """False: it was closed."""
        got = self.wire.recv(1 << 18)
        now, text, end = time.time_ns(), self.rest + got, 0
        for title in TITLE.finditer(text):
            self.times.append(now - int(title.group(1)))
            end = title.end()
        self.rest = self.understood(text, end)
        return bool(got)

    def understood(self, text, end):
        return text[end:]


class Subscriber(Reader):
    """graphql-transport-ws."""

    def begin(self):
        self.ask("/graphql", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                 "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n")
        assert b" 101 " in self.wire.recv(65536)
        self.say({"type": "connection_init"})
        assert b"connection_ack" in self.wire.recv(65536)
        self.say({"type": "subscribe", "id": "1", "payload": {"query": "subscription { postChanged { change item { title views } } }"}})

    def say(self, message):
        text = json.dumps(message).encode()
        head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else bytes([0x81, 0xfe]) + len(text).to_bytes(2, "big")
        self.wire.sendall(head + bytes(4) + text)


class Poller(Reader):
    """Asks again and again."""

    def begin(self):
        self.ask("/api/events?collection=posts&wait=0")
        self.understood(self.wire.recv(65536), 0)

    def understood(self, text, end):
        last = LAST.search(text, end)
        if not last:
            return text[end:]
        self.ask(f"/api/events?collection=posts&wait=30&since={last.group(1).decode()}")
        return b""


def listen(url, key, count, sorts, ready, out):
    """All of them in one process; what is measured here is late by this process' own work, too."""
    at = urllib.parse.urlsplit(url)
    readers = [sorts[i % len(sorts)](at, key) for i in range(count)]
    with selectors.DefaultSelector() as selector:
        for one in readers:
            selector.register(one.wire, selectors.EVENT_READ, one)
        ready.set()
        while selector.get_map():
            for one, _ in selector.select():
                try:
                    is_open = one.data.take()
                except OSError:
                    is_open = False
                if not is_open:
                    selector.unregister(one.fileobj)
    out.send({sort.__name__: sorted(t for one in readers if type(one) is sort for t in one.times) for sort in sorts})


def write(url, key, rate, seconds):
    at = urllib.parse.urlsplit(url)
    wire = http.client.HTTPConnection(at.hostname, at.port)
    began, written = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        due = began + written / rate
        time.sleep(max(0, due - time.monotonic()))
        body = json.dumps({"data": {"title": str(time.time_ns()), "body": "x" * 200, "views": written}})
        wire.request("POST", "/api/content/item/posts", body, {"api-key": key, "Content-Type": "application/json"})
        answer = wire.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        written += 1
    return written


def read(url, key, over, times):
    at = urllib.parse.urlsplit(url)
    wire = http.client.HTTPConnection(at.hostname, at.port)
    while not over.wait(0.02):
        since = time.monotonic()
        wire.request("GET", "/api/content/items/posts?limit=10", headers={"api-key": key})
        wire.getresponse().read()
        times.append((time.monotonic() - since) * 1000)


def at_share(times, share):
    return times[min(len(times) - 1, int(len(times) * share))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vitrine")
    parser.add_argument("--mixed", action="store_true")
    parser.add_argument("--streams", type=int, default=256)
    parser.add_argument("--writes", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    data = tempfile.mkdtemp(prefix="vitrine-events-")
    model = os.path.join(data, "model.json")
    with open(model, "w", encoding="ascii") as f:
        json.dump([{"name": "posts", "fields": [{"name": "title", "kind": "text"}, {"name": "body", "kind": "text"},
                                                {"name": "views", "kind": "number"}]}], f)
    run = [args.vitrine]
    os.chmod(data, 0o700)
    subprocess.run(run + ["model", "apply", "--data", data, model], check=True, stdout=subprocess.DEVNULL)
    key = subprocess.run(run + ["key", "create", "--data", data, "--role", "admin"], check=True, capture_output=True, text=True).stdout.strip()
    server = Server(run + ["serve", "--data", data, "--listen", "127.0.0.1:0"],
                    dict(os.environ, VITRINE_HTTP_CONNECTIONS_PER_ADDRESS="65536", VITRINE_HTTP_STREAMS=str(args.streams), VITRINE_HTTP_STREAMS_PER_CALLER=str(args.streams)))
    try:
        measure(args, server, key)
    finally:
        if server.process.poll() is None:
            server.stop()
        shutil.rmtree(data)


def measure(args, server, key):
    pid, ready = server.process.pid, multiprocessing.Event()
    mine, theirs = multiprocessing.Pipe()
    sorts = (Reader, Subscriber, Poller) if args.mixed else (Reader,)
    alone, over, ordinary = memory_mb(pid), threading.Event(), []
    listener = multiprocessing.Process(target=listen, args=(server.url, key, args.streams, sorts, ready, theirs))
    listener.start()
    ready.wait()
    write(server.url, key, args.writes, 1)
    opened, cpu = memory_mb(pid), cpu_seconds(pid)
    reader = threading.Thread(target=read, args=(server.url, key, over, ordinary))
    reader.start()
    written = write(server.url, key, args.writes, args.seconds)
    used, after = cpu_seconds(pid) - cpu, memory_mb(pid)
    over.set()
    reader.join()
    stopped = time.monotonic()
    server.stop()
    stopped = time.monotonic() - stopped
    told = mine.recv()
    times = sorted(t for some in told.values() for t in some)
    listener.join()
    ordinary.sort()
    print(f"{args.streams} streams, {written / args.seconds:.0f} writes/s: {len(times)} events, "
          f"p50 {at_share(times, .5) / 1e6:.1f} ms, p99 {at_share(times, .99) / 1e6:.1f} ms, most {times[-1] / 1e6:.1f} ms")
    for name, some in told.items() if len(told) > 1 else ():
        print(f"  {name}: {len(some)} events, p50 {at_share(some, .5) / 1e6:.1f} ms, p99 {at_share(some, .99) / 1e6:.1f} ms")
    print(f"memory {alone:.0f} MiB alone, {opened:.0f} with the streams, {after:.0f} afterwards; CPU {100 * used / args.seconds:.0f} % of a core; "
          f"ordinary requests p50 {at_share(ordinary, .5):.1f} ms, p99 {at_share(ordinary, .99):.1f} ms; stopped in {stopped:.2f} s")


if __name__ == "__main__":
    sys.exit(main())
