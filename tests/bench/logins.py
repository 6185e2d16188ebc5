#!/usr/bin/env python3
"""Five hundred wrong passwords at once (PW-2): how much memory does that take, and does anybody else notice?

usage: logins.py VITRINE [--count N]

Every sign-in comes from another address for another name, so that none is slowed down for what it is. Memory may
grow by less than 300 MB, and a listing that is asked for all the while answers within 100 ms at the 99th
percentile. Exit code 1 when it does not.
"""
import argparse
import collections
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

from bench import Server, memory_mb


def ask(url, method, path, headers, body=None):
    wire = http.client.HTTPConnection(url.removeprefix("http://"), timeout=120)
    try:
        wire.request(method, path, body, headers)
        answer = wire.getresponse()
        answer.read()
        return answer.status
    finally:
        wire.close()


class Watch:
    """Somebody who reads all the while, and somebody who looks at the memory."""

    def __init__(self, server, key):
        self.server, self.key, self.over = server, key, threading.Event()
        self.latencies, self.most_mb = [], memory_mb(server.process.pid)
        self.threads = [threading.Thread(target=self.read), threading.Thread(target=self.look)]
        for thread in self.threads:
            thread.start()

    def read(self):
        wire = http.client.HTTPConnection(self.server.url.removeprefix("http://"), timeout=120)
        while not self.over.wait(0.01):
            start = time.perf_counter()
            wire.request("GET", "/api/content/items/locales", headers={"api-key": self.key})
            answer = wire.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            self.latencies.append((time.perf_counter() - start) * 1000)
        wire.close()

    def look(self):
        while not self.over.wait(0.02):
            self.most_mb = max(self.most_mb, memory_mb(self.server.process.pid))

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vitrine")
    parser.add_argument("--count", type=int, default=500)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data")
        subprocess.run([args.vitrine, "user", "add", "--data", data, "--email", "root@example.com", "--role", "admin",
                        "--password-file", "-"], check=True, input="a walk by the river", text=True, stdout=subprocess.DEVNULL)
        key = subprocess.run([args.vitrine, "key", "create", "--data", data, "--role", "admin"], check=True,
                             capture_output=True, text=True).stdout.strip()
        server = Server([args.vitrine, "serve", "--data", data, "--listen", "127.0.0.1:0"],
                        env=os.environ | {"VITRINE_HTTP_TRUSTED_PROXIES": "127.0.0.1",
                                          "VITRINE_HTTP_CONNECTIONS_PER_ADDRESS": "5000"})
        for _ in range(20):
            ask(server.url, "GET", "/api/content/items/locales", {"api-key": key})
        before, watch, statuses, lock = memory_mb(server.process.pid), Watch(server, key), collections.Counter(), threading.Lock()

        def guess(i):
            headers = {"Content-Type": "application/json", "X-Forwarded-For": f"10.1.{i >> 8}.{i & 255}"}
            try:
                status = ask(server.url, "POST", "/api/auth/login", headers, json.dumps({"user": f"name{i}", "password": "a guess"}))
            except OSError as refused:
                status = type(refused).__name__
            with lock:
                statuses[status] += 1

        start = time.perf_counter()
        threads = [threading.Thread(target=guess, args=(i,)) for i in range(args.count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - start
        watch.end()
        server.stop()
    grew, p99 = watch.most_mb - before, percentile(watch.latencies, 0.99)
    print(f"{args.count} wrong passwords in {took:.1f} s: {dict(statuses)}; memory {before:.0f} MB, at most {grew:+.0f} MB; "
          f"{len(watch.latencies)} listings meanwhile, p50 {percentile(watch.latencies, 0.5):.1f} ms, p99 {p99:.1f} ms")
    sys.exit(0 if grew < 300 and p99 < 100 else 1)


if __name__ == "__main__":
    main()
