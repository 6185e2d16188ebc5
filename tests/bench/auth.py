#!/usr/bin/env python3
"""What credentials and row filters cost over sockets: one key, more keys than are remembered, a role with conditions.

usage: auth.py VITRINE DATASET [--posts N] [--seconds S] [--rounds R]

CPU is the server's own, as in bench.py. What wrong passwords cost is in logins.py, whether time tells names apart in
timing.py.
"""
import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile

from bench import Server, measure, prepare

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


def main():
    p = argparse.ArgumentParser()
    p.add_argument("vitrine")
    p.add_argument("dataset")
    p.add_argument("--posts", type=int, default=10_000)
    p.add_argument("--seconds", type=int, default=3)
    p.add_argument("--rounds", type=int, default=3)
    args = p.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as work:
        data, keys, _ = prepare(args, work)
        server = Server([args.vitrine, "serve", "--data", data, "--listen", "127.0.0.1:0"])
        print("| request | CPU µs | requests a second and core | key checks a second and core |\n|---|---|---|---|")
        keys_cost(args, work, server, keys)
        filter_cost(args, work, server, data)
        server.stop()


if __name__ == "__main__":
    main()
