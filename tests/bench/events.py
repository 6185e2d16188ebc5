#!/usr/bin/env python3
"""How long a change takes to reach many streams, and what the server takes for it.

usage: events.py VITRINE [--streams N] [--writes W] [--seconds S]

N event streams are open, W items a second are written, each with the time at which it was sent; what is told is the time until it
arrived, over all streams, with the server's resident size and CPU time, and how long ordinary requests took meanwhile.
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

TITLE = re.compile(rb'"after":\{[^}]*"title":"(\d+)"')


def listen(url, key, count, ready, out):
    """All streams in one process; what is measured here is late by this process' own work, too."""
    at, times, events = urllib.parse.urlsplit(url), [], 0
    head = f"GET /api/events?collection=posts HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\napi-key: {key}\r\n\r\n".encode()
    with selectors.DefaultSelector() as selector:
        for _ in range(count):
            wire = socket.create_connection((at.hostname, at.port))
            wire.sendall(head)
            assert b" 200 " in wire.recv(65536)
            selector.register(wire, selectors.EVENT_READ, [b""])
        ready.set()
        while selector.get_map():
            for one, _ in selector.select():
                got = one.fileobj.recv(1 << 18)
                now = time.time_ns()
                if not got:
                    selector.unregister(one.fileobj)
                    continue
                for title in TITLE.finditer(got):
                    times.append(now - int(title.group(1)))
                    events += 1
    out.send((events, sorted(times)))


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
                    dict(os.environ, VITRINE_HTTP_CONNECTIONS_PER_ADDRESS="65536", VITRINE_HTTP_STREAMS=str(args.streams)))
    try:
        measure(args, server, key)
    finally:
        if server.process.poll() is None:
            server.stop()
        shutil.rmtree(data)


def measure(args, server, key):
    pid, ready = server.process.pid, multiprocessing.Event()
    mine, theirs = multiprocessing.Pipe()
    alone, over, ordinary = memory_mb(pid), threading.Event(), []
    listener = multiprocessing.Process(target=listen, args=(server.url, key, args.streams, ready, theirs))
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
    events, times = mine.recv()
    listener.join()
    ordinary.sort()
    print(f"{args.streams} streams, {written / args.seconds:.0f} writes/s: {events} events, "
          f"p50 {at_share(times, .5) / 1e6:.1f} ms, p99 {at_share(times, .99) / 1e6:.1f} ms, most {times[-1] / 1e6:.1f} ms")
    print(f"memory {alone:.0f} MiB alone, {opened:.0f} with the streams, {after:.0f} afterwards; CPU {100 * used / args.seconds:.0f} % of a core; "
          f"ordinary requests p50 {at_share(ordinary, .5):.1f} ms, p99 {at_share(ordinary, .99):.1f} ms; stopped in {stopped:.2f} s")


if __name__ == "__main__":
    sys.exit(main())
