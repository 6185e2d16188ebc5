"""The real program as its users run it: started as a process on a free port, spoken to over sockets, stopped
by its id. What the tests in this folder share.

Nothing sleeps: whatever takes its time is waited for until it is there, with a deadline that only a failing
test meets. Everything a test started is stopped and every folder it made is removed when it ends.
"""
import atexit
import base64
import hashlib
import http.client
import http.server
import json
import os
import random
import selectors
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

PATIENCE = 120  # seconds; a sanitizer build on a busy machine is slow
IDLE = 2  # seconds; what was quiet for longer, the server may have closed
VITRINE = os.environ.get("VITRINE_BIN", "")
SEED = int(os.environ.get("VITRINE_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)

# A password of the length that the first administrator's needs.
PASSWORD = "correct horse battery staple"

POSTS = [
    {"name": "authors", "fields": [{"name": "name", "kind": "text", "required": True}]},
    {"name": "posts", "fields": [
        {"name": "title", "kind": "text", "required": True},
        {"name": "slug", "kind": "slug", "unique": True},
        {"name": "body", "kind": "richtext"},
        {"name": "views", "kind": "number", "integer": True, "indexed": True},
        {"name": "tags", "kind": "tags"},
        {"name": "author", "kind": "ref", "to": "authors"},
        {"name": "readers", "kind": "ref", "to": "authors", "many": True}]},
]


def environment(more=None):
    """Nothing of the caller's that could be configuration; what sanitizers and tools need."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("VITRINE_")}
    return kept | (more or {})


def until(what, ready, patience=PATIENCE):
    """Asks again and again until the answer is not empty."""
    deadline = time.monotonic() + patience
    pause = threading.Event()
    while True:
        answer = ready()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {patience} s")
        pause.wait(0.005)


def item_id(number):
    return f"{number:024x}"


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.pairs = response.getheaders()
        self.headers = {name.lower(): value for name, value in self.pairs}
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:500]!r}>"


class Receiver(http.server.BaseHTTPRequestHandler):
    """One connection of a server that a test plays; answers "a_name" of headers as "a-name"."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass

    def taken(self):
        """The body that came."""
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def read_head(file):
    """Status and headers of an answer that is read by hand."""
    status, headers = int((file.readline() or b"x 0").split()[1]), {}
    while line := file.readline().strip():
        name, value = line.decode().split(":", 1)
        headers[name.lower()] = value.strip()
    return status, headers


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Client:
    """One connection that is kept. A key, a cookie or nothing goes with each request."""

    def __init__(self, url, key=None, headers=None, ca=None):
        self.url, self.headers, self.used = url, dict(headers or {}), 0
        if key:
            self.headers["api-key"] = key
        scheme, rest = url.split(":", 1)
        rest = rest.removeprefix("//")
        if scheme == "unix":
            self.wire = UnixConnection(rest, PATIENCE)
        elif scheme == "https":
            context = ssl.create_default_context(cafile=ca)
            self.wire = http.client.HTTPSConnection(rest, timeout=PATIENCE, context=context)
        else:
            self.wire = http.client.HTTPConnection(rest, timeout=PATIENCE)

    def ask(self, method, path, body=None, headers=None):
        all_headers = self.headers | (headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            all_headers.setdefault("Content-Type", "application/json")
        if self.used and time.monotonic() - self.used > IDLE:
            self.wire.close()  # a server may have closed what was idle, as it says in Keep-Alive: a new one is made
        self.wire.request(method, path, body=body, headers=all_headers)
        answer = Answer(self.wire.getresponse())
        self.used = time.monotonic()
        return answer

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body, **more):
        return self.ask("POST", path, body, **more)

    def close(self):
        self.wire.close()


def figures(client):
    """The numbers of /metrics by name and labels, as they stand there."""
    lines = client.get("/metrics").body.decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


class Socket:
    """A WebSocket (RFC 6455) as a client has it, and graphql-transport-ws over it."""

    def __init__(self, url, headers=None, protocol="graphql-transport-ws", init=None, path="/graphql", patience=PATIENCE, buffer=0):
        address = urllib.parse.urlsplit(url)
        self.wire = socket.socket()
        if buffer:
            self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.wire.settimeout(patience)
        self.wire.connect((address.hostname, address.port))
        lines = [f"GET {path} HTTP/1.1", f"Host: {address.netloc}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                 "Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode()]
        lines += [f"Sec-WebSocket-Protocol: {protocol}"] if protocol else []
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.wire.sendall("\r\n".join([*lines, "", ""]).encode())
        self.file = self.wire.makefile("rb")
        self.status, self.headers = read_head(self.file)
        self.code = None
        if self.status == 101 and init is not None:
            self.say({"type": "connection_init", "payload": init})
            self.greeting = self.hear()

    def frame(self, opcode, payload, final=True, masked=True):
        """Bytes of one, however wrong."""
        size = len(payload)
        head = bytes([(0x80 if final else 0) | opcode])
        top = 0x80 if masked else 0
        head += bytes([top | size]) if size < 126 else bytes([top | 126]) + size.to_bytes(2, "big") if size < 65536 else bytes([top | 127]) + size.to_bytes(8, "big")
        mask = os.urandom(4)
        return head + (mask + bytes(c ^ mask[i & 3] for i, c in enumerate(payload)) if masked else payload)

    def say(self, message):
        self.wire.sendall(self.frame(1, json.dumps(message).encode()))

    def ask(self, name, query, **variables):
        self.say({"type": "subscribe", "id": name, "payload": {"query": query, "variables": variables}})

    def hear(self):
        """The next message; None: it was closed, and self.code says how. Pings are answered."""
        while True:
            head = self.file.read(2)
            if len(head) < 2:
                return None
            size = head[1] & 0x7f
            if size > 125:
                size = int.from_bytes(self.file.read(2 if size == 126 else 8), "big")
            payload = self.file.read(size)
            if head[0] == 0x81:
                return json.loads(payload)
            if head[0] == 0x89:
                self.wire.sendall(self.frame(10, payload))
            if head[0] == 0x88:
                self.code = int.from_bytes(payload[:2], "big")
                self.wire.sendall(self.frame(8, payload[:2]))
                return None

    def close(self):
        self.file.close()
        self.wire.close()

    __del__ = close


class Server:
    """`vitrine serve` on a data directory. ready() waits for its line per listener."""

    def __init__(self, data, *flags, listen=("127.0.0.1:0",), env=None, wrap=()):
        argv = [*wrap, VITRINE, "serve", "--data", data]
        for address in listen:
            argv += ["--listen", address]
        env = {"VITRINE_AUTH_BAD_KEYS_PER_MINUTE": "0"} | (env or {})  # all tests come from one address
        self.started = time.monotonic()
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([*argv, *flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=self.errors, env=environment(env))
        self.urls, self.listeners = [], len(listen)
        self.clients, self.askers = [], {}

    def said(self):
        """Standard error so far. The place in the file is the server's, too: moved, what it says next is written over something."""
        number = self.errors.fileno()
        return os.pread(number, os.fstat(number).st_size, 0).decode(errors="replace")

    def ready(self):
        deadline = time.monotonic() + PATIENCE
        pending = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while len(self.urls) < self.listeners:
                if not selector.select(max(0, deadline - time.monotonic())):
                    raise AssertionError(f"It does not say that it listens: {self.said()}")
                some = os.read(self.process.stdout.fileno(), 4096)
                if not some:
                    raise AssertionError(f"It left with {self.wait()}: {self.said()}")
                *lines, pending = (pending + some).split(b"\n")
                self.urls += [line.decode().removeprefix("listening on ") for line in lines
                              if line.startswith(b"listening on ")]
        self.ready_s = time.monotonic() - self.started
        self.url = self.urls[0]
        return self

    def client(self, key=None, listener=0, **more):
        one = Client(self.urls[listener], key, **more)
        self.clients.append(one)
        return one

    def figure(self, name, key):
        """One number out of /metrics, over a connection that is kept for this key."""
        if key not in self.askers:
            self.askers[key] = self.client(key)
        return figures(self.askers[key])[name]

    def wait(self):
        return self.process.wait(PATIENCE)

    def stop(self, number=signal.SIGTERM):
        """Its exit code."""
        self.process.send_signal(number)
        return self.wait()

    def kill(self):
        self.process.kill()
        self.wait()

    def gone(self):
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.kill()
        self.process.stdout.close()
        self.errors.close()


class Said:
    def __init__(self, done):
        self.code, self.out, self.errors = done.returncode, done.stdout.decode(), done.stderr.decode()

    def __repr__(self):
        return f"<exit {self.code}, out {self.out[-1500:]!r}, errors {self.errors[-3000:]!r}>"


class Beginnings:
    """What commands made of a new data directory and printed, kept for the next test that begins with the same ones: most
    begin alike, and a sanitized program takes its time. Tests work on copies."""

    REPEATED = ("model apply", "key create", "import --collection", "user add")

    def __init__(self):
        self.folder, self.known = None, {}

    def place(self):
        if not self.folder:
            self.folder = tempfile.mkdtemp(prefix="vitrine-beginnings-")
            atexit.register(shutil.rmtree, self.folder)
        return os.path.join(self.folder, str(len(self.known)))

    def name(self, before, words, stdin):
        """Files by their content."""
        name = hashlib.sha256(before.encode() + stdin)
        for word in words:
            if os.path.isfile(word):
                with open(word, "rb") as f:
                    word = "file:" + hashlib.sha256(f.read()).hexdigest()
            name.update(word.encode() + b"\0")
        return name.hexdigest()


BEGINNINGS = Beginnings()


class Case(unittest.TestCase):
    maxDiff = None
    directory = None
    beginning = ""    # of the directory, a name of BEGINNINGS; None once it is the test's own
    behind = None     # what is kept of it and was not copied yet

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vitrine-outside-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.data = os.path.join(self.folder, "data")

    @property
    def data(self):
        """The data directory, for whoever does with it what he likes."""
        self.catch_up()
        self.beginning = None
        return self.directory

    @data.setter
    def data(self, directory):
        """Another one from here on."""
        self.catch_up()
        self.directory, self.beginning = directory, None if os.path.exists(directory) else ""

    def catch_up(self):
        if self.behind:
            shutil.rmtree(self.directory, ignore_errors=True)
            shutil.copytree(self.behind, self.directory)
            self.behind = None

    def begin_with(self, words, stdin):
        """One more command of a beginning; what it printed."""
        self.beginning = BEGINNINGS.name(self.beginning, words, stdin)
        if self.beginning in BEGINNINGS.known:
            self.behind, out = BEGINNINGS.known[self.beginning]
            return out
        self.catch_up()
        said = self.run_vitrine(*words, "--data", self.directory, stdin=stdin)
        self.assertEqual(said.code, 0, f"{' '.join(words)}: {said}")
        place = BEGINNINGS.place()
        shutil.copytree(self.directory, place)
        BEGINNINGS.known[self.beginning] = place, said.out
        return said.out

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content, mode=0o600):
        """A file of the test's folder; anything but text is written as JSON."""
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(content if isinstance(content, str) else json.dumps(content))
        os.chmod(self.path(name), mode)
        return self.path(name)

    def write_rows(self, name, rows):
        return self.write(name, "".join(json.dumps(row) + "\n" for row in rows))

    def run_vitrine(self, *words, stdin=b"", env=None):
        """One command, to its end."""
        return Said(subprocess.run([VITRINE, *words], input=stdin, capture_output=True, timeout=PATIENCE,
                                   env=environment(env), cwd=self.folder))

    def command(self, *words, code=0, data=None, stdin=b""):
        """One command on the data directory that has to end with this code; what it printed."""
        if self.beginning is not None and data is None and code == 0 and " ".join(words[:2]) in Beginnings.REPEATED:
            return self.begin_with(words, stdin)
        said = self.run_vitrine(*words, "--data", data or self.data, stdin=stdin)
        self.assertEqual(said.code, code, f"{' '.join(words)}: {said}")
        return said.out

    def serve(self, *flags, data=None, **more):
        server = Server(data or self.data, *flags, **more)
        self.addCleanup(server.gone)
        return server.ready()

    def serve_badly(self, *flags, data=None, **more):
        """A server that is not to start: exit code and what it says."""
        server = Server(data or self.data, *flags, **more)
        self.addCleanup(server.gone)
        code = server.wait()
        return code, server.said()

    def assert_stops(self, server):
        code = server.stop()
        self.assertEqual(code, 0, server.said())

    def make_model(self, definitions=None):
        self.command("model", "apply", self.write("model.json", definitions or POSTS))

    def make_key(self, *words):
        return self.command("key", "create", *(words or ("--role", "admin"))).strip()

    def import_rows(self, collection, rows):
        return self.command("import", "--collection", collection, self.write_rows(f"{collection}.ndjson", rows))

    def make_role(self, number, name, grants, **more):
        """By import, as a deployment script would."""
        self.import_rows("roles", [{"_id": item_id(number), "name": name} | more])
        self.import_rows("grants", [{"_id": item_id(number * 1000 + i), "role": item_id(number)} | grant
                                    for i, grant in enumerate(grants)])

    def dump(self):
        """Everything that the database holds, read past the program."""
        db = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
        text = list(db.iterdump())
        db.close()
        return text

    def assert_sound(self):
        said = self.run_vitrine("check", "--data", self.data)
        self.assertEqual(said.code, 0, said)

    def assert_status(self, answer, status):
        self.assertEqual(answer.status, status, answer)
        return answer


def together(work, count):
    """Runs work(0) … work(count - 1) in threads; the first that fails fails the test."""
    failures = []

    def run(number):
        try:
            work(number)
        except BaseException as failure:  # pylint: disable=broad-except
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(i,), daemon=True) for i in range(count)]
    for thread in threads:
        thread.start()

    def finish():
        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "A thread of the test hangs"
        if failures:
            raise failures[0]

    return finish


def main():
    if not os.access(VITRINE, os.X_OK):
        sys.exit("VITRINE_BIN has to name the program")
    unittest.main(module="__main__", verbosity=2)
