#!/usr/bin/env python3
"""What credentials cost: keys, row filters, floods of wrong passwords, and whether time tells names apart.

usage: auth.py VITRINE DATASET [--posts N] [--seconds S] [--rounds R] [--only keys,filters,logins,names]

CPU is the server's own, as in bench.py. Wrong passwords come from as many addresses of 127.0.0.0/8 as there are
attempts, or the throttle would answer instead of the check.
"""
import argparse
import http.client
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from bench import Server, measure, memory_mb, prepare

PASSWORD = "correct horse battery staple"


def address(n):
    return f"127.{1 + n // 60000 % 200}.{n // 250 % 240}.{1 + n % 250}"


def ask(url, method, path, body=None, headers=None, source=None):
    host, port = url.removeprefix("http://").split(":")
    wire = http.client.HTTPConnection(host, int(port), timeout=120, source_address=(source, 0) if source else None)
    data = json.dumps(body).encode() if body is not None else None
    wire.request(method, path, data, {"Content-Type": "application/json", **(headers or {})})
    answer = wire.getresponse()
    text = answer.read()
    wire.close()
    return answer.status, text


def login(url, user, password, n):
    started = time.perf_counter()
    status, _ = ask(url, "POST", "/api/auth/login", {"user": user, "password": password}, source=address(n))
    return status, (time.perf_counter() - started) * 1000


def best(args, server, path, headers=(), script=None):
    return min(measure(server, path, args.seconds, headers, script)[0] for _ in range(args.rounds))


def keys_cost(args, work, server, keys):
    made = []
    wire = http.client.HTTPConnection(*server.url.removeprefix("http://").split(":"))
    role = "0" * 23 + "1"
    for n in range(5000):
        wire.request("POST", "/api/content/item/api_keys", json.dumps({"data": {"role": role, "label": f"bench {n}"}}),
                     {"api-key": keys["admin"], "Content-Type": "application/json"})
        made.append(json.loads(wire.getresponse().read())["secret"])
    script = os.path.join(work, "keys.lua")
    with open(script, "w") as f:
        f.write("local keys = {" + ",".join(f'"{k}"' for k in made) + "}\nlocal n = 0\n"
                'request = function() n = n % #keys + 1\n  return wrk.format("GET", nil, {["api-key"] = keys[n]}) end\n')
    path = "/api/content/item/posts/" + f"{args.posts // 2:024x}"
    none = best(args, server, path)
    one = best(args, server, path, (f"api-key: {keys['public']}",))
    many = best(args, server, path, (), script)
    for name, us in (("no credential", none), ("one key", one), ("5,000 keys in turn", many)):
        checks = f"{1e6 / (us - none):,.0f}" if us > none + 0.05 else "–"
        print(f"| item by id, {name} | {us:.1f} | {1e6 / us:,.0f} | {checks} |", flush=True)


def filter_cost(args, work, server, data):
    def run(*words):
        return subprocess.run([args.vitrine, *words, "--data", data], check=True, capture_output=True, text=True).stdout.strip()
    rules = {2: None, 3: {"_state": 1, "views": {"$gte": 0}}}
    for number, where in rules.items():
        with open(f"{work}/roles.ndjson", "w") as f:
            f.write(json.dumps({"_id": f"{number:024x}", "name": f"bench{number}"}) + "\n")
        with open(f"{work}/grants.ndjson", "w") as f:
            f.write(json.dumps({"role": f"{number:024x}", "collection": "posts", "verbs": ["read"]} | ({"where": where} if where else {})) + "\n")
        run("import", "--collection", "roles", f"{work}/roles.ndjson")
        run("import", "--collection", "grants", f"{work}/grants.ndjson")
    plain, filtered = (run("key", "create", "--role", f"bench{n}") for n in rules)
    path = "/api/content/items/posts?limit=20"
    a = [best(args, server, path, (f"api-key: {plain}",)), best(args, server, path, (f"api-key: {filtered}",))]
    print(f"| list of 20 | {a[0]:.1f} | with a two-clause row filter {a[1]:.1f} | {a[1] / a[0]:.2f} (wanted 1.2) |", flush=True)


def flood(args, server):
    stop, times = threading.Event(), []

    def other():
        host, port = server.url.removeprefix("http://").split(":")
        wire = http.client.HTTPConnection(host, int(port), timeout=120)
        while not stop.is_set():
            started = time.perf_counter()
            wire.request("GET", "/api/content/items/posts?limit=20")
            wire.getresponse().read()
            times.append((time.perf_counter() - started) * 1000)
            time.sleep(0.005)

    before, peak, answers = memory_mb(server.process.pid), 0, []
    watcher = threading.Thread(target=other)
    watcher.start()
    guesses = [threading.Thread(target=lambda n=n: answers.append(login(server.url, f"nobody{n}", "wrong password", n))) for n in range(500)]
    started = time.monotonic()
    for g in guesses:
        g.start()
    while any(g.is_alive() for g in guesses):
        peak = max(peak, memory_mb(server.process.pid))
        time.sleep(0.01)
    took = time.monotonic() - started
    stop.set()
    watcher.join()
    times.sort()
    codes = {code: sum(1 for a in answers if a[0] == code) for code in sorted({a[0] for a in answers})}
    print(f"500 wrong passwords at once: {codes} in {took:.1f} s; memory {before:.0f} MB, at most {peak:.0f} MB (+{peak - before:.0f}, "
          f"wanted under 300); a list of 20 meanwhile: p50 {times[len(times) // 2]:.1f} ms, p99 {times[int(len(times) * 0.99)]:.1f} ms "
          f"(wanted under 100), {len(times)} asked", flush=True)


def rank_test(one, other):
    """Two-sided p of Mann and Whitney, by the normal approximation."""
    ranked = sorted([(x, 0) for x in one] + [(x, 1) for x in other])
    total = sum(rank for rank, (_, side) in enumerate(ranked, 1) if side == 0)
    n, m = len(one), len(other)
    u = total - n * (n + 1) / 2
    z = (u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(z) / math.sqrt(2))


def names(args, server, data):
    known = [f"person{n}@example.com" for n in range(40)]
    for email in known:
        subprocess.run([args.vitrine, "user", "add", "--data", data, "--email", email, "--role", "public", "--password-file", "-"],
                       input=PASSWORD.encode(), check=True, capture_output=True)
    tries = [(True, known[n % 40]) for n in range(300)] + [(False, f"nobody{n % 40}@example.com") for n in range(300)]
    random.shuffle(tries)
    times = {True: [], False: []}
    for n, (is_known, email) in enumerate(tries):
        status, ms = login(server.url, email, "wrong password", 100_000 + n)
        if status != 401:
            sys.exit(f"{email}: {status}")
        times[is_known].append(ms)
    p = rank_test(times[True], times[False])
    medians = [statistics.median(times[k]) for k in (True, False)]
    print(f"300 known and 300 unknown names: medians {medians[0]:.1f} and {medians[1]:.1f} ms "
          f"(difference {abs(medians[0] - medians[1]):.2f}, wanted under 3); rank test p = {p:.2f} (wanted over 0.01)", flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("vitrine")
    p.add_argument("dataset")
    p.add_argument("--posts", type=int, default=10_000)
    p.add_argument("--seconds", type=int, default=3)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--only", default="keys,filters,logins,names")
    args = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as work:
        data, keys, _ = prepare(args, work)
        server = Server([args.vitrine, "serve", "--data", data, "--listen", "127.0.0.1:0"])
        wanted = args.only.split(",")
        if "keys" in wanted:
            print("| request | CPU µs | requests a second and core | key checks a second and core |\n|---|---|---|---|")
            keys_cost(args, work, server, keys)
        if "filters" in wanted:
            filter_cost(args, work, server, data)
        if "logins" in wanted:
            flood(args, server)
        if "names" in wanted:
            names(args, server, data)
        server.stop()


if __name__ == "__main__":
    main()
