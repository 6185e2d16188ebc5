#!/usr/bin/env python3
"""Pages of 20 by cursor, by filter and by search, of a small table and of a large one, asked in turn (docs/performance.md).

usage: million.py VITRINE DATASET [--small N] [--large N] [--seconds S] [--rounds R]

Imports both (time, CPU and memory are printed), then asks each row of both servers; the least CPU per answer counts.
What takes longer than a fifth of a second is asked once. Every 50,000th post has a word that no other has.
"""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from bench import Server, cpu_seconds, measure, memory_mb

HERE = os.path.dirname(os.path.abspath(__file__))
RARE = "zyzzyva"


def item_id(n):
    return f"{n:024x}"


def prepare(args, folder, posts):
    raw, data = os.path.join(folder, "raw"), os.path.join(folder, "data")
    subprocess.run([sys.executable, args.dataset, raw, str(posts)], check=True)
    for name in ("authors", "posts"):
        with open(f"{raw}/{name}.ndjson") as src, open(f"{folder}/{name}.ndjson", "w") as dst:
            for line in src:
                item = json.loads(line)
                item["_id"] = item_id(item["n"])
                if "author" in item:
                    item["author"] = item_id(item["author"])
                if name == "posts" and item["n"] % 50_000 in (7, 1234):
                    item["body"] = RARE + " " + item["body"][len(RARE) + 1:]
                dst.write(json.dumps(item) + "\n")
        os.unlink(f"{raw}/{name}.ndjson")
    for name, item in (("roles", {"_id": item_id(1), "name": "public", "label": "Public"}),
                       ("grants", {"role": item_id(1), "collection": "*", "verbs": ["read"]}),
                       ("settings", {"public_role": item_id(1)})):
        with open(f"{folder}/{name}.ndjson", "w") as f:
            f.write(json.dumps(item) + "\n")
    run = lambda *a: subprocess.run([args.vitrine, *a, "--data", data], check=True, stdout=subprocess.DEVNULL)
    run("model", "apply", f"{HERE}/model.json")
    for name in ("authors", "roles", "grants", "settings"):
        run("import", "--collection", name, f"{folder}/{name}.ndjson")
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    run("import", "--collection", "posts", f"{folder}/posts.ndjson")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    size = os.path.getsize(f"{data}/vitrine.db") / 1e6
    print(f"{posts} posts: {time.monotonic() - started:.1f} s, {cpu:.1f} s CPU, {after.ru_maxrss / 1024:.1f} MB at most, file {size:.0f} MB",
          flush=True)
    return data


def path(**parameters):
    return "/api/content/items/posts?" + urllib.parse.urlencode({"limit": 20} | parameters)


def cursor_path(server):
    wish = {"sort": "views", "filter": "{views:{$gte:50000}}"}
    with urllib.request.urlopen(server.url + path(cursor="", **wish)) as r:
        return path(cursor=json.load(r)["meta"]["cursor"], **wish)


ROWS = [
    ("list of 20", path()),
    ("filtered and sorted by an indexed number", path(filter="{views:{$gt:50000}}", sort="-views")),
    ("page by cursor, from the middle", None),
    ("search, a word of few items (2 asked)", path(search=RARE, limit=2)),
    ("search, a word of one item", path(search="title:1234")),
    ("search, a word of every item", path(search="content")),
    ("search, two such words", path(search="content server")),
    ("search, a phrase", path(search='"content server"')),
    ("search, three letters*", path(search="con*")),
    ("search, four letters*", path(search="serv*")),
    ("search, few items, marks (2 asked)", path(search=RARE, limit=2, highlight="title", snippet="body")),
    ("search, mistyped (2 asked)", path(search="zyzzyvq", limit=2, fuzzy=1)),
    ("search, every item, sorted by an indexed number", path(search="content", sort="-views")),
    ("search, every item, of which a filter lets one in a hundred pass", path(search="content", filter="{views:{$lt:1000}}")),
    ("search, every item, counted", path(search="content", count="exact")),
]


def once(server, target):
    """None when it is quick; else what it took."""
    cpu, started = cpu_seconds(server.process.pid), time.monotonic()
    try:
        with urllib.request.urlopen(server.url + target, timeout=60) as r:
            r.read()
            status = r.status
    except urllib.error.HTTPError as e:
        status = e.code
    took = time.monotonic() - started
    if status == 200 and took < 0.2:
        return None
    return f"{(cpu_seconds(server.process.pid) - cpu) * 1000:.0f} ms" + ("" if status == 200 else f", {status}")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("vitrine")
    p.add_argument("dataset")
    p.add_argument("--small", type=int, default=10_000)
    p.add_argument("--large", type=int, default=1_000_000)
    p.add_argument("--seconds", type=int, default=2)
    p.add_argument("--rounds", type=int, default=3)
    args = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-million-") as work:
        servers = []
        for posts in (args.small, args.large):
            folder = os.path.join(work, str(posts))
            os.makedirs(folder)
            servers.append(Server([args.vitrine, "serve", "--data", prepare(args, folder, posts), "--listen", "127.0.0.1:0"]))
        print(f"\n| request | CPU µs at {args.small} | at {args.large} | ratio |\n|---|---|---|---|")
        for name, target in ROWS:
            targets = [target or cursor_path(s) for s in servers]
            slow = [once(s, t) for s, t in zip(servers, targets)]
            best = [None, None]
            for _ in range(args.rounds):
                for i, s in enumerate(servers):
                    if slow[i] is None:
                        us, _ = measure(s, targets[i], args.seconds)
                        best[i] = us if best[i] is None else min(best[i], us)
            cells = [slow[i] or f"{best[i]:.0f}" for i in (0, 1)]
            ratio = f"{best[1] / best[0]:.2f}" if None not in best else "–"
            print(f"| {name} | {cells[0]} | {cells[1]} | {ratio} |", flush=True)
        print(f"\nmemory: {', '.join(f'{memory_mb(s.process.pid):.0f} MB' for s in servers)}")
        for s in servers:
            s.stop()


if __name__ == "__main__":
    main()
