#!/usr/bin/env python3
"""Layers over sockets: how fast one goes in and out, and what memory the server takes while many come at once.

usage: pushes.py VITRINE [--clients N] [--mib M] [--rounds R] [--data FOLDER]

One layer of 100 MiB is pushed as container clients do it (PATCH with everything, PUT with the digest) and pulled, best of so
many rounds; beside it stand what one core hashes and what the disk takes with a sync at the end, in the same run. Then N clients
push M MiB each, and the server's largest resident size is read from /proc.
"""
import argparse
import hashlib
import os
import socket
import subprocess
import tempfile
import threading
import time

MIB = 1 << 20


class Wire:
    def __init__(self, url, key):
        host, port = url.removeprefix("http://").split(":")
        self.wire = socket.create_connection((host, int(port)))
        self.key, self.rest = key, b""

    def ask(self, method, path, blocks=(), length=0):
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\napi-key: {self.key}\r\nContent-Length: {length}\r\n" \
               "Content-Type: application/octet-stream\r\n\r\n"
        self.wire.sendall(head.encode())
        for block in blocks:
            self.wire.sendall(block)
        return self.answer()

    def answer(self):
        got = self.rest
        while b"\r\n\r\n" not in got:
            got += self.wire.recv(65536) or (_ for _ in ()).throw(OSError("cut"))
        head, self.rest = got.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
        left, into = int(headers.get("content-length", 0)) - len(self.rest), memoryview(bytearray(MIB))
        self.rest = b"" if left >= 0 else self.rest
        while left > 0:
            left -= self.wire.recv_into(into, min(left, MIB)) or (_ for _ in ()).throw(OSError("cut"))
        return int(lines[0].split()[1]), headers


def content(number, mib, block):
    """Blocks of one layer, and its digest; no two are alike."""
    first = (f"{number:032d}".encode() + bytes(block))[:MIB]
    sha = hashlib.sha256(first)
    for _ in range(mib - 1):
        sha.update(block)
    return [first] + [block] * (mib - 1), "sha256:" + sha.hexdigest()


def push(wire, name, blocks, digest):
    status, headers = wire.ask("POST", f"/v2/{name}/blobs/uploads/")
    assert status == 202, status
    where = headers["location"]
    status, _ = wire.ask("PATCH", where, blocks, len(blocks) * MIB)
    assert status == 202, status
    status, _ = wire.ask("PUT", f"{where}?digest={digest}")
    assert status == 201, status


def resident(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) / 1024 for line in f if line.startswith(name))


def cpu(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def floors(folder, block):
    began = time.perf_counter()
    for _ in range(100):
        hashlib.sha256(block)
    hashed = time.perf_counter()
    subprocess.run(["dd", "if=/dev/zero", f"of={folder}/floor", "bs=1M", "count=100", "conv=fsync"], check=True, capture_output=True)
    written = time.perf_counter()
    os.unlink(f"{folder}/floor")
    return 100 / (hashed - began), 100 / (written - hashed)


def one_layer(args, url, key, block, folder, pid):
    best = {"push": 0.0, "pull": 0.0, "hash": 0.0, "disk": 0.0}
    spent = []
    for number in range(args.rounds):
        blocks, digest = content(1000 + number, 100, block)
        wire = Wire(url, key)
        before, began = cpu(pid), time.perf_counter()
        push(wire, "bench/one", blocks, digest)
        pushed, between = time.perf_counter(), cpu(pid)
        status, _ = wire.ask("GET", f"/v2/bench/one/blobs/{digest}")
        assert status == 200, status
        pulled = time.perf_counter()
        spent.append((between - before, cpu(pid) - between))
        hashed, written = floors(folder, block)
        now = {"push": 100 / (pushed - began), "pull": 100 / (pulled - pushed), "hash": hashed, "disk": written}
        best = {name: max(best[name], now[name]) for name in best}
    print(f"| 100 MiB | push {best['push']:,.0f} MiB/s | pull {best['pull']:,.0f} MiB/s | hashing {best['hash']:,.0f} MiB/s | "
          f"dd with a sync {best['disk']:,.0f} MiB/s | server's CPU {min(s[0] for s in spent) * 1000:.0f} ms in, {min(s[1] for s in spent) * 1000:.0f} ms out |")


def many(args, url, key, block, pid):
    layers = [content(n, args.mib, block) for n in range(args.clients)]
    before = resident(pid, "VmRSS")
    began = time.perf_counter()
    threads = [threading.Thread(target=push, args=(Wire(url, key), f"bench/many{n}", *layers[n])) for n in range(args.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    print(f"| {args.clients} clients, {args.mib} MiB each | {args.clients * args.mib / seconds:,.0f} MiB/s together | "
          f"resident {before:.1f} MB before, {resident(pid, 'VmHWM'):.1f} MB at most |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vitrine")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.data) as folder:
        data, block = f"{folder}/data", os.urandom(MIB)
        server = subprocess.Popen([args.vitrine, "serve", "--data", data, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        try:
            url = next(line for line in server.stdout if line.startswith("listening on ")).removeprefix("listening on ").strip()
            key = subprocess.run([args.vitrine, "key", "create", "--role", "admin", "--data", data], check=True, capture_output=True,
                                 text=True).stdout.strip()
            one_layer(args, url, key, block, folder, server.pid)
            many(args, url, key, block, server.pid)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
