#!/usr/bin/env python3
"""The registry beside the distribution's docker-registry, in one run: pushes and pulls of a large layer, manifests in and out, ten
and ten thousand tags.

usage: registry.py VITRINE [--layer MIB] [--manifests N] [--tags N] [--seconds S] [--only WORD]

Needs docker-registry and wrk. CPU is the server's own (user and system), so what else the machine does changes rates, not CPU. What
hashing and the disk allow is measured in the same run: SHA-256 by OpenSSL in this process, and a file of the same size written
and synced. Both registries keep their data below one temporary directory on the same file system.
"""
import argparse
import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from bench import Server, cpu_seconds, measure

EMPTY = b"{}"
CONFIG = {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": "sha256:" + hashlib.sha256(EMPTY).hexdigest(), "size": 2}
KIND = "application/vnd.docker.distribution.manifest.v2+json"
PIECE = 1 << 20


class Peer:
    """docker-registry on a free port; the parts of bench.Server that are used here."""

    def __init__(self, work):
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
        config = os.path.join(work, "peer.yml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
                    f"storage: {{filesystem: {{rootdirectory: {work}/peer}}, delete: {{enabled: true}}}}\n")
        self.process = subprocess.Popen(["docker-registry", "serve", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}"
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("docker-registry does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Client:
    def __init__(self, server, key=None):
        self.wire = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=600)
        self.headers = {"api-key": key} if key else {}

    def ask(self, method, path, body=None, headers=(), wanted=(200, 201, 202, 204)):
        try:
            self.wire.request(method, path, body, self.headers | dict(headers))
            answer = self.wire.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected):  # it was idle for too long
            self.wire.close()
            self.wire.request(method, path, body, self.headers | dict(headers))
            answer = self.wire.getresponse()
        text = answer.read()
        if answer.status not in wanted:
            sys.exit(f"{method} {path}: {answer.status} {text[:300]!r}")
        return answer, text

    def push_layer(self, name, digest, body, length):
        answer, _ = self.ask("POST", f"/v2/{name}/blobs/uploads/", b"")
        where = answer.headers["Location"].removeprefix(self.url())
        answer, _ = self.ask("PATCH", where, body, {"Content-Type": "application/octet-stream", "Content-Length": str(length)})
        where = answer.headers["Location"].removeprefix(self.url())
        self.ask("PUT", where + ("&" if "?" in where else "?") + "digest=" + digest, b"")

    def url(self):
        return f"http://{self.wire.host}:{self.wire.port}"

    def put_manifest(self, name, reference, extra):
        body = json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": CONFIG, "layers": [], "annotations": {"n": str(extra)}}).encode()
        self.ask("PUT", f"/v2/{name}/manifests/{reference}", body, {"Content-Type": KIND})


def in_cpu(server, do):
    cpu, start = cpu_seconds(server.process.pid), time.perf_counter()
    do()
    return time.perf_counter() - start, cpu_seconds(server.process.pid) - cpu


def bounds(work, path, size):
    with open(path, "rb") as f:
        data = f.read()
    start = time.perf_counter()
    hashlib.sha256(data).digest()
    hashing = time.perf_counter() - start
    start = time.perf_counter()
    with open(os.path.join(work, "written"), "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    writing = time.perf_counter() - start
    print(f"What the machine allows, {size >> 20} MiB: SHA-256 {size / hashing / 1e6:,.0f} MB/s, written and synced {size / writing / 1e6:,.0f} MB/s, "
          f"one after the other {size / (hashing + writing) / 1e6:,.0f} MB/s\n")


def pull(client, path, size):
    client.wire.request("GET", path, headers=client.headers)
    answer = client.wire.getresponse()
    left, buffer = size, bytearray(PIECE)
    while left:
        n = answer.readinto(buffer)
        if n == 0:
            sys.exit("a pull ended early")
        left -= n


def layers(args, work, sides):
    path, size = os.path.join(work, "layer"), args.layer << 20
    with open(path, "wb") as f:
        for _ in range(args.layer):
            f.write(os.urandom(1 << 20))
    bounds(work, path, size)
    print("| layer | MB/s | CPU ms per 100 MiB |\n|---|---|---|")
    for way in ("push", "pull"):
        for name, server, client in sides:
            figures = []
            for i in range(args.rounds):
                with open(path, "r+b") as f:  # other bytes each time
                    f.write(os.urandom(64))
                with open(path, "rb") as f:
                    digest = "sha256:" + hashlib.file_digest(f, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else \
                        "sha256:" + hashlib.sha256(open(path, "rb").read()).hexdigest()
                with open(path, "rb") as f:
                    pushed = in_cpu(server, lambda: client.push_layer("bench/layers", digest, f, size))
                figures.append(pushed if way == "push" else in_cpu(server, lambda: pull(client, f"/v2/bench/layers/blobs/{digest}", size)))
            wall, cpu = min(figures)
            print(f"| {way}, {name} | {size / wall / 1e6:,.0f} | {min(f[1] for f in figures) * 1000 * 100 / args.layer:,.0f} |", flush=True)
    print()


def ready(client, name):
    client.push_layer(name, CONFIG["digest"], EMPTY, 2)


def together(clients, run):
    threads = [threading.Thread(target=run, args=(n,)) for n in range(clients)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def asked(args, server, path, key, method="GET"):
    """Microseconds of CPU and the rate of the best round. wrk waits for bodies that HEAD does not have, so those are asked from here:
    their rate is this client's."""
    if method == "HEAD":
        def run(_):
            own = Client(server, key)
            for _ in range(500):
                own.ask("HEAD", path, headers={"Accept": KIND})
        wall, cpu = min(in_cpu(server, lambda: together(8, run)) for _ in range(args.rounds))
        return cpu / 4000 * 1e6, 4000 / wall
    headers = [f"Accept: {KIND}"] + ([f"api-key: {key}"] if key else [])
    return min(measure(server, path, args.seconds, headers) for _ in range(args.rounds))


def reading(args, sides, key):
    print("| request | side | CPU µs | requests a second | requests per CPU second |\n|---|---|---|---|---|")
    for method in ("GET", "HEAD"):
        for name, server, client in sides:
            ready(client, "bench/read")
            client.put_manifest("bench/read", "v1", 0)
            us, rate = asked(args, server, "/v2/bench/read/manifests/v1", key if name == "vitrine" else None, method)
            print(f"| {method} manifest by tag | {name} | {us:.1f} | {rate:,.0f} | {1e6 / us:,.0f} |", flush=True)
    print()


def writing(args, sides, key):
    print("| PUT of new manifests, 8 clients | a second | CPU µs each |\n|---|---|---|")
    for name, server, client in sides:
        ready(client, "bench/write")

        def run(n, server=server, name=name):
            own = Client(server, key if name == "vitrine" else None)
            for i in range(args.manifests // 8):
                own.put_manifest("bench/write", f"t{n}-{i}", f"{n} {i}")

        wall, cpu = in_cpu(server, lambda run=run: together(8, run))
        print(f"| {name} | {args.manifests / wall:,.0f} | {cpu / args.manifests * 1e6:,.0f} |", flush=True)
    print()


def tags(args, sides, key):
    print(f"| operation, CPU µs | side | 10 tags | {args.tags:,} tags | factor |\n|---|---|---|---|---|")
    for name, server, client in sides:
        few, many = "bench/few", "bench/many"
        for where, count in ((few, 10), (many, args.tags)):
            ready(client, where)
            for i in range(count):
                client.put_manifest(where, f"v{i:05d}", i % 10)
        k = key if name == "vitrine" else None

        def read(where, path):
            return asked(args, server, f"/v2/{where}/{path}", k)[0]

        def put(where):
            def do():
                for i in range(300):
                    client.put_manifest(where, "v00003", i % 7)
            return min(in_cpu(server, do)[1] / 300 * 1e6 for _ in range(args.rounds))

        rows = [("GET manifest by tag", lambda w: read(w, "manifests/v00003")), ("tags/list?n=10", lambda w: read(w, "tags/list?n=10")),
                ("PUT manifest, moving a tag", put)]
        for what, how in rows:
            a, b = how(few), how(many)
            print(f"| {what} | {name} | {a:.1f} | {b:.1f} | {b / a:.2f} |", flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("vitrine")
    p.add_argument("--layer", type=int, default=100)
    p.add_argument("--manifests", type=int, default=4000)
    p.add_argument("--tags", type=int, default=10_000)
    p.add_argument("--seconds", type=int, default=3)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--only", default="")
    args = p.parse_args()
    for tool in ("docker-registry", "wrk"):
        if not shutil.which(tool):
            sys.exit(f"registry.py needs {tool}")
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as work:
        data = os.path.join(work, "data")
        server, peer = Server([args.vitrine, "serve", "--data", data, "--listen", "127.0.0.1:0"]), Peer(work)
        key = subprocess.run([args.vitrine, "key", "create", "--role", "admin", "--data", data], check=True, capture_output=True, text=True).stdout.strip()
        sides = [("vitrine", server, Client(server, key)), ("docker-registry", peer, Client(peer))]
        parts = {"layers": lambda: layers(args, work, sides), "reading": lambda: reading(args, sides, key), "writing": lambda: writing(args, sides, key),
                 "tags": lambda: tags(args, sides, key)}
        for name, part in parts.items():
            if args.only in ("", name):
                part()
        peer.stop()
        server.stop()


if __name__ == "__main__":
    main()
