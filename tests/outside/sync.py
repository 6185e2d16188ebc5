"""A write is acknowledged after it is on the disk, and not before: the order of system calls says so."""
import os
import re
import shutil
import subprocess
import unittest

import house

WRITES = 20


def why_no_trace():
    """Tracing needs a tool and a kernel that allows it; some containers do not."""
    if not shutil.which("strace"):
        return "there is no strace here"
    tried = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else f"processes cannot be traced here: {tried.stderr.decode().strip()}"


# What matters of a trace: a request came, the log was synced, an answer went.
MARKS = [
    ("asked", re.compile(r'(recv\w*|read)\(\d+<[^>]*>, *"POST /api/content/item')),
    ("synced", re.compile(r"f(data)?sync\(\d+<[^>]*vitrine\.db-wal>\) += 0")),
    ("answered", re.compile(r'(send\w*|write\w*)\(\d+<[^>]*>, .*"HTTP/1\.1 200')),
]


def calls_of(lines):
    """A call that another thread's interrupted stands where it ended, but for answers: those count from
    where they began."""
    begun = {}
    for line in lines:
        thread, call = line.rstrip("\n").split(None, 1)
        if call.endswith("<unfinished ...>"):
            call = call.removesuffix("<unfinished ...>").rstrip()
            begun[thread] = call
            if not MARKS[2][1].search(call):
                continue
        elif call.startswith("<... "):
            call = begun.pop(thread, "") + call.partition("resumed>")[2]
            if MARKS[2][1].search(call):
                continue
        yield call


class Sync(house.Case):
    @unittest.skipIf(why_no_trace(), why_no_trace())
    def test_every_write_is_synced_before_it_is_answered(self):
        self.make_model()
        key = self.make_key()
        trace = self.path("trace")
        names = "fsync,fdatasync,recvfrom,read,recv,recvmsg,send,sendto,sendmsg,write,writev"
        # -D: the server is our own child, the tracer is not. Leaks cannot be looked for under a tracer.
        server = self.serve(wrap=["strace", "-D", "-f", "-y", "-s", "40", "-e", f"trace={names}", "-o", trace],
                            env={"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"})
        client = server.client(key)
        for number in range(WRITES):
            answer = client.post("/api/content/item/posts", {"data": {"title": f"Number {number}"}})
            self.assert_status(answer, 200)
        self.assert_stops(server)

        def whole_trace():
            """The tracer writes on for a moment; the line about the process itself is its last."""
            with open(trace, encoding="utf-8", errors="replace") as f:
                lines = f.readlines()
            ended = any(line.split() == [str(server.process.pid), "+++", "exited", "with", "0", "+++"] for line in lines)
            return lines if ended else None

        lines = house.until("The trace is complete", whole_trace)
        order = [name for call in calls_of(lines) for name, mark in MARKS if mark.search(call)]
        rounds = " ".join(order).split("asked")[1:]
        print(f"{WRITES} writes, {order.count('synced')} syncs of the log")
        self.assertEqual(len(rounds), WRITES, "requests seen in the trace")
        for one in rounds:
            self.assertRegex(one.strip(), r"^(synced )+answered", "a write was answered before its sync")


if __name__ == "__main__":
    house.main()
