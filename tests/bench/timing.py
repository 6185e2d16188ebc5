#!/usr/bin/env python3
"""Can names that exist be told from names that do not by how long a refusal takes (PW-6)?

usage: timing.py VITRINE [--samples N]

Asks for both in turn, in random order, N times each, and compares the ranks of the times (Mann-Whitney). Two
people cannot be told apart when p > 0.01 and the medians are less than 3 ms apart. Exit code 1 when they can.
"""
import argparse
import http.client
import json
import math
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from bench import Server

PASSWORD = "a walk by the river"


class MailSink:
    """Takes every mail and keeps none."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            one, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(one,), daemon=True).start()

    @staticmethod
    def serve(one):
        with one, one.makefile("rwb") as f:
            def say(line):
                f.write(line + b"\r\n")
                f.flush()
            say(b"220 sink")
            in_data = False
            for line in f:
                if in_data:
                    in_data = line.rstrip() != b"."
                    if not in_data:
                        say(b"250 taken")
                elif line[:4].upper() == b"DATA":
                    in_data = True
                    say(b"354 go on")
                elif line[:4].upper() == b"QUIT":
                    say(b"221 bye")
                    return
                else:
                    say(b"250 fine")


def mann_whitney(a, b):
    """Two-sided p, by the normal approximation with ties."""
    values = sorted([(v, 0) for v in a] + [(v, 1) for v in b])
    n, rank_sum, ties, i = len(values), 0.0, 0.0, 0
    while i < n:
        k = i
        while k < n and values[k][0] == values[i][0]:
            k += 1
        rank = (i + 1 + k) / 2
        rank_sum += rank * sum(1 for v in values[i:k] if v[1] == 0)
        ties += (k - i) ** 3 - (k - i)
        i = k
    na, nb = len(a), len(b)
    u = rank_sum - na * (na + 1) / 2
    sigma = math.sqrt(na * nb / 12 * ((n + 1) - ties / (n * (n - 1))))
    return math.erfc(abs(u - na * nb / 2) / sigma / math.sqrt(2))


def timed(wire, path, body, address):
    headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
    body = json.dumps(body)
    start = time.perf_counter()
    wire.request("POST", path, body, headers)
    answer = wire.getresponse()
    answer.read()
    return (time.perf_counter() - start) * 1000, answer.status


def compare(wire, what, path, samples, body_of):
    times, statuses = {"known": [], "unknown": []}, set()
    order = [(kind, i) for i in range(samples) for kind in random.sample(("known", "unknown"), 2)]
    for n, (kind, i) in enumerate(order):
        address = f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
        ms, status = timed(wire, path, body_of(f"{kind}{i}@example.com"), address)
        while status == 503:  # mails wait in a short line; it is the same one for everybody
            time.sleep(0.1)
            ms, status = timed(wire, path, body_of(f"{kind}{i}@example.com"), address)
        times[kind].append(ms)
        statuses.add(status)
    p = mann_whitney(times["known"], times["unknown"])
    medians = {kind: statistics.median(t) for kind, t in times.items()}
    apart = abs(medians["known"] - medians["unknown"])
    good = p > 0.01 and apart < 3 and len(statuses) == 1
    print(f"{what}: {samples} each, status {sorted(statuses)}, median known {medians['known']:.3f} ms, "
          f"unknown {medians['unknown']:.3f} ms, p = {p:.3f}: {'alike' if good else 'TOLD APART'}")
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vitrine")
    parser.add_argument("--samples", type=int, default=300)
    args = parser.parse_args()
    sink = MailSink()
    with tempfile.TemporaryDirectory() as folder:
        data, rows, secret = (os.path.join(folder, name) for name in ("data", "users.ndjson", "password"))
        with open(secret, "w", encoding="utf-8") as f:
            f.write(PASSWORD)
        with open(rows, "w", encoding="utf-8") as f:
            for i in range(args.samples):
                f.write(json.dumps({"email": f"known{i}@example.com", "name": f"known{i}", "password": PASSWORD}) + "\n")
        subprocess.run([args.vitrine, "user", "add", "--data", data, "--email", "root@example.com", "--role", "admin",
                        "--password-file", secret], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([args.vitrine, "import", "--data", data, "--collection", "users", rows], check=True,
                       stdout=subprocess.DEVNULL)
        server = Server([args.vitrine, "serve", "--data", data, "--listen", "127.0.0.1:0"],
                        env=os.environ | {"VITRINE_HTTP_TRUSTED_PROXIES": "127.0.0.1", "VITRINE_SITE_URL": "http://127.0.0.1",
                                          "VITRINE_MAIL_URL": f"smtp://127.0.0.1:{sink.port}", "VITRINE_MAIL_INSECURE": "true",
                                          "VITRINE_MAIL_FROM": "cms@example.com", "VITRINE_OUTBOUND_ALLOW": "127.0.0.1"})
        wire = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
        good = compare(wire, "login", "/api/auth/login", args.samples, lambda e: {"user": e, "password": "not the right one"})
        good &= compare(wire, "reset", "/api/auth/reset", args.samples, lambda e: {"email": e})
        good &= compare(wire, "magic link", "/api/auth/magic", args.samples, lambda e: {"email": e})
        server.stop()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
