#!/usr/bin/env python3
"""What writers notice of backups (docs/backup.md): changes a second and their 99th percentile, with and without backups being made
by the server itself, one each second or one after the other, in turn; or with the log being shipped.

usage: backup.py VITRINE [--posts N] [--seconds S] [--rounds R] [--writers W] [--archive | --ship]
"""
import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time


class Server:
    def __init__(self, program, data, **env):
        self.process = subprocess.Popen([program, "serve", "--data", data, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, env=os.environ | env)
        for line in self.process.stdout:
            found = re.search(r"listening on http://(\S+)", line)
            if found:
                self.address = found.group(1)
                return
        sys.exit(f"{program} did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


class Writers:
    """Each on a connection of its own, one change after the other."""

    def __init__(self, address, key, count):
        self.address, self.key = address, key
        self.over, self.lock, self.times = threading.Event(), threading.Lock(), []
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self):
        wire = http.client.HTTPConnection(self.address, timeout=60)
        headers = {"api-key": self.key, "Content-Type": "application/json"}
        body = json.dumps({"data": {"title": "written", "body": "x" * 500}})
        while not self.over.is_set():
            began = time.perf_counter()
            wire.request("POST", "/api/content/item/posts", body, headers)
            answer = wire.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            with self.lock:
                self.times.append(time.perf_counter() - began)

    def taken(self, seconds):
        """The times of this span."""
        with self.lock:
            self.times = []
        time.sleep(seconds)
        with self.lock:
            return self.times

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join(60)


def figure(address, key, name):
    wire = http.client.HTTPConnection(address, timeout=60)
    wire.request("GET", "/metrics", headers={"api-key": key})
    found = re.search(rb"^%s (\S+)" % name.encode(), wire.getresponse().read(), re.M)
    return float(found.group(1)) if found else 0


def made_so_far(address, key):
    return int(figure(address, key, "vitrine_backups_total"))


def describe(name, times, seconds):
    times = sorted(times)
    p99 = times[int(len(times) * 0.99)] * 1000
    print(f"{name:8} {len(times) / seconds:8.0f} changes/s   p50 {times[len(times) // 2] * 1000:6.2f} ms   p99 {p99:6.2f} ms   most {times[-1] * 1000:7.1f} ms")
    return len(times) / seconds, p99


def measure(given, data, key, name, env):
    server = Server(given.program, data, **env)
    writers = Writers(server.address, key, given.writers)
    writers.taken(2)
    before = made_so_far(server.address, key)
    rate, _ = describe(name, writers.taken(given.seconds), given.seconds)
    if env:
        print(f"         {made_so_far(server.address, key) - before} backups")
        for name in ("lag_seconds", "bytes_total", "strands_total", "failures_total", "pause_most_seconds") if "VITRINE_BACKUP_SHIP" in env else ():
            print(f"         vitrine_ship_{name} {figure(server.address, key, f'vitrine_ship_{name}')}")
    writers.stop()
    server.stop()
    return rate


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--posts", type=int, default=100000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--archive", action="store_true")
    parser.add_argument("--ship", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as folder:
        data, to, model, rows = (os.path.join(folder, name) for name in ("data", "backups", "model.json", "rows.ndjson"))
        with open(model, "w", encoding="utf-8") as f:
            json.dump([{"name": "posts", "fields": [{"name": "title", "kind": "text"}, {"name": "body", "kind": "text"}]}], f)
        with open(rows, "w", encoding="utf-8") as f:
            for i in range(given.posts):
                f.write(json.dumps({"title": f"Post {i}", "body": "x" * 500}) + "\n")
        server = Server(given.program, data)
        for words in (["model", "apply", model], ["import", "--collection", "posts", rows]):
            subprocess.run([given.program, *words, "--data", data], check=True, stdout=subprocess.DEVNULL)
        key = subprocess.run([given.program, "key", "create", "--role", "admin", "--data", data], check=True, capture_output=True, text=True).stdout.strip()
        server.stop()
        print(f"{os.path.getsize(data + '/vitrine.db') >> 20} MiB, {given.writers} writers, {given.rounds} rounds of {given.seconds} s each")
        env = {"VITRINE_BACKUP_TO": to, "VITRINE_BACKUP_EVERY": "1s", "VITRINE_BACKUP_KEEP": "1", "VITRINE_BACKUP_ARCHIVE": str(given.archive).lower()}
        if given.ship:
            env |= {"VITRINE_BACKUP_EVERY": "24h", "VITRINE_BACKUP_SHIP": "true"}
        ratios = []
        for _ in range(given.rounds):
            rates = [measure(given, data, key, name, more) for name, more in (("alone", {}), ("backups", env))]
            ratios.append(rates[1] / rates[0])
            print(f"         {100 * ratios[-1]:.0f} % of the speed")
        print(f"median {100 * sorted(ratios)[len(ratios) // 2]:.0f} %")


main()
