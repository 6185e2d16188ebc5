#!/usr/bin/env python3
"""Measures Vitrine against its floor, in one run and in turn (docs/performance.md).

usage: bench.py VITRINE FLOOR DATASET [--posts N] [--seconds S] [--rounds R] [--markdown]

CPU microseconds per request are the server process's own user and system time over a wrk run, divided
by the answers: they do not depend on what else the machine does, as requests per second do. Every
question is asked of both servers in turn, R times; the least CPU and the most requests count.
"""
import argparse
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1)) / 1024


class Server:
    def __init__(self, argv, env=None):
        self.started = time.monotonic()
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
        for line in self.process.stdout:
            found = re.search(r"listening on (http://\S+)", line)
            if found:
                self.url = found.group(1)
                self.ready_ms = (time.monotonic() - self.started) * 1000
                return
        sys.exit(f"{argv[0]} did not start")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def wrk(url, seconds, headers=(), script=None):
    argv = ["wrk", "-t", "1", "-c", "8", "-d", f"{seconds}s"]
    for h in headers:
        argv += ["-H", h]
    if script:
        argv += ["-s", script]
    out = subprocess.run(argv + [url], capture_output=True, text=True, check=True).stdout
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if bad:
        sys.exit(f"{url}: {bad.group(1)} bad answers")
    return requests, float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def measure(server, path, seconds, headers=(), script=None):
    before = cpu_seconds(server.process.pid)
    requests, rate = wrk(server.url + path, seconds, headers, script)
    return (cpu_seconds(server.process.pid) - before) / requests * 1e6, rate


def get(url, headers=None):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {})) as r:
        return r.read(), dict(r.headers)


def prepare(args, work):
    """Dataset -> NDJSON with ids -> imported; the same items as documents for the floor."""
    data, raw = os.path.join(work, "data"), os.path.join(work, "raw")
    subprocess.run([sys.executable, args.dataset, raw, str(args.posts)], check=True)
    item_id = lambda n: f"{n:024x}"
    for name in ("authors", "posts"):
        with open(f"{raw}/{name}.ndjson") as src, open(f"{work}/{name}.ndjson", "w") as dst:
            for line in src:
                item = json.loads(line)
                item["_id"] = item_id(item["n"])
                if "author" in item:
                    item["author"] = item_id(item["author"])
                dst.write(json.dumps(item) + "\n")
    here = os.path.dirname(os.path.abspath(__file__))
    run = lambda *a, **k: subprocess.run([args.vitrine, *a, "--data", data], check=True, capture_output=True, text=True, **k).stdout
    run("model", "apply", f"{here}/model.json")
    started = time.monotonic()
    for name in ("authors", "posts"):
        run("import", "--collection", name, f"{work}/{name}.ndjson")
    import_s = time.monotonic() - started
    # Public reads everything published; a key with the same reach; a key that may write.
    with open(f"{work}/roles.ndjson", "w") as f:
        f.write(json.dumps({"_id": item_id(1), "name": "public", "label": "Public"}) + "\n")
    with open(f"{work}/grants.ndjson", "w") as f:
        f.write(json.dumps({"role": item_id(1), "collection": "*", "verbs": ["read"]}) + "\n")
    with open(f"{work}/settings.ndjson", "w") as f:
        f.write(json.dumps({"public_role": item_id(1)}) + "\n")
    for name in ("roles", "grants", "settings"):
        run("import", "--collection", name, f"{work}/{name}.ndjson")
    keys = {role: run("key", "create", "--role", role, "--name", f"bench {role}").strip() for role in ("public", "admin")}
    exported = run("export", "--collection", "posts")
    db = sqlite3.connect(f"{work}/floor.db")
    db.executescript("PRAGMA page_size=8192; PRAGMA journal_mode=WAL;"
                     "CREATE TABLE docs (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, views INTEGER, doc TEXT);"
                     "CREATE TABLE made (n INTEGER PRIMARY KEY, doc TEXT);")
    for line in exported.splitlines():
        item = json.loads(line)
        db.execute("INSERT INTO docs (id, views, doc) VALUES (?, ?, ?)", (item["_id"], item["views"], line))
    db.execute("CREATE INDEX docs_views ON docs (views)")
    db.commit()
    db.close()
    return data, keys, import_s


META = {"_id", "_state", "_created", "_modified", "_cby", "_mby", "_rev"}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("vitrine")
    p.add_argument("floor")
    p.add_argument("dataset")
    p.add_argument("--posts", type=int, default=10_000)
    p.add_argument("--seconds", type=int, default=3)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--json")
    args = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as work:
        data, keys, import_s = prepare(args, work)
        floor = Server([args.floor, f"{work}/floor.db", "127.0.0.1:0"])
        vitrine = Server([args.vitrine, "serve", "--data", data, "--listen", "127.0.0.1:0"])
        idle_mb, ready_ms = memory_mb(vitrine.process.pid), vitrine.ready_ms
        middle = f"{args.posts // 2:024x}"
        item, items = f"/api/content/item/posts/{middle}", "/api/content/items/posts"
        top = items + "?limit=20&filter=%7B%22views%22:%7B%22$gt%22:50000%7D%7D&sort=%7B%22views%22:-1%7D"
        _, item_headers = get(vitrine.url + item)
        _, list_headers = get(vitrine.url + items + "?limit=20")
        post = os.path.join(work, "post.lua")
        with open(post, "w") as f:
            f.write('wrk.method="POST"\nwrk.headers["Content-Type"]="application/json"\n'
                    'wrk.body=\'{"data":{"title":"A post made by the bench","body":"' + "x" * 900 + '"}}\'\n')
        fields = "_id _state _created _modified _cby _mby _rev " + " ".join(sorted(json.loads(get(vitrine.url + item)[0]).keys() - META - {"author"}))
        asked = "/graphql?query=" + urllib.parse.quote("{posts(limit:20){%s author{_id name}}}" % fields)
        rows = [  # name, path, floor path, allowed ratio, headers, script
            ("constant (health)", "/livez", "/constant", None, (), None),
            ("item by id", item, f"/item/{middle}", 1.8, (), None),
            ("item by id, with key", item, f"/item/{middle}", None, (f"api-key: {keys['public']}",), None),
            ("item, 304", item, f"/item/{middle}", None, (f"If-None-Match: {item_headers.get('ETag', '')}",), None),
            ("list of 20", items + "?limit=20", "/list", 2.0, (), None),
            ("list of 20, 304", items + "?limit=20", "/list", None, (f"If-None-Match: {list_headers.get('ETag', '')}",), None),
            ("list of 20, filtered and sorted", top, "/top", None, (), None),
            ("list of 20 with author", items + "?limit=20&populate=1", "/list", 3.0, (), None),
            ("list of 20 with author, GraphQL", asked, "/list", 4.2, (), None),
            ("create", "/api/content/item/posts", "/create", None, (f"api-key: {keys['admin']}",), post),
        ]
        results = []
        for name, path, floor_path, allowed, headers, script in rows:
            ours, theirs = [], []
            for _ in range(args.rounds):
                theirs.append(measure(floor, floor_path, args.seconds, (), script))
                ours.append(measure(vitrine, path, args.seconds, headers, script))
            results.append({
                "name": name, "allowed": allowed,
                "us": min(o[0] for o in ours), "floor_us": min(t[0] for t in theirs),
                "rps": max(o[1] for o in ours), "floor_rps": max(t[1] for t in theirs)})
        busy_mb = memory_mb(vitrine.process.pid)
        vitrine.stop()
        floor.stop()
    print(f"{args.posts} posts; import {import_s:.1f} s; ready in {ready_ms:.0f} ms; {idle_mb:.1f} MB idle, {busy_mb:.1f} MB after\n")
    print("| request | CPU µs | floor µs | ratio | allowed | requests/s | floor's |")
    print("|---|---|---|---|---|---|---|")
    for r in results:
        allowed = f"{r['allowed']}" if r["allowed"] else "–"
        print(f"| {r['name']} | {r['us']:.1f} | {r['floor_us']:.1f} | {r['us'] / r['floor_us']:.2f} | {allowed} "
              f"| {r['rps']:.0f} | {r['floor_rps']:.0f} |")
    if args.json:
        with open(args.json, "w") as f:
            json.dump({"posts": args.posts, "idle_mb": idle_mb, "ready_ms": ready_ms, "rows": results}, f, indent=1)


if __name__ == "__main__":
    main()
