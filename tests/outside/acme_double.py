"""What stands around an ACME server: a name server, a host that proves that it is there, and a client of our own for
moments that no real one stops at.

    names = Names(folder)            # .port; every name below example.org is on this machine
    web = Web(folder, cert, key)     # .port, .folder; web.put(token, text); web.hold() lets who looks wait
    client = Client(url, ca, folder, kid, hmac_key)
    order = client.order("a.example.org")
"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import shlex
import socket
import ssl
import struct
import threading
import urllib.error
import urllib.request

from oidc_double import Key, encode, openssl

A, TXT = 1, 16


class Names:
    """Answers over UDP. Texts are in a file, one {"name", "text"} a line, so that a program of lego's can put them there."""

    def __init__(self, folder):
        self.texts, self.program = os.path.join(folder, "texts"), os.path.join(folder, "put-text")
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        with open(self.program, "w", encoding="utf-8") as f:  # lego's provider "exec": present|cleanup NAME. TEXT
            f.write("#!/bin/sh\n[ \"$1\" = cleanup ] || "
                    f"printf '{{\"name\":\"%s\",\"text\":\"%s\"}}\\n' \"$2\" \"$3\" >>{shlex.quote(self.texts)}\n")
        os.chmod(self.program, 0o700)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def put(self, name, text):
        with open(self.texts, "a", encoding="utf-8") as f:
            f.write(json.dumps({"name": name + ".", "text": text}) + "\n")

    def texts_of(self, name):
        if not os.path.exists(self.texts):
            return []
        with open(self.texts, encoding="utf-8") as f:
            rows = [json.loads(line) for line in f]
        return [row["text"] for row in rows if row["name"].rstrip(".").lower() == name]

    def answer(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode("ascii").lower())
            at += 1 + question[at]
        name, kind = ".".join(labels), struct.unpack_from(">H", question, at + 1)[0]
        self.asked.append((name, kind))
        here = name == "example.org" or name.endswith(".example.org")
        data = []
        if here and kind == A:
            data = [socket.inet_aton("127.0.0.1")]
        elif kind == TXT:
            data = [bytes([len(text)]) + text.encode() for text in self.texts_of(name)]
        records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(d)) + d for d in data)
        return question[:2] + struct.pack(">HHHHH", 0x8580 | (0 if here else 3), 1, len(data), 0, 0) + question[12:at + 5] + records

    def run(self):
        while True:
            question, who = self.socket.recvfrom(4096)
            if not question:
                return
            self.socket.sendto(self.answer(question), who)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()


class Web:
    """Port 80 of every name, and port 443 in one. Who looks while hold() is in force waits until release(); with `secures` he is
    sent to where TLS is spoken, by somebody with another's certificate."""

    def __init__(self, folder, cert, key):
        self.folder, self.held, self.free, self.secures = folder, threading.Event(), threading.Event(), False
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(cert, key)
        self.free.set()
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if not web.free.is_set():
                    web.held.set()
                    web.free.wait()
                if web.secures and not isinstance(self.connection, ssl.SSLSocket):
                    self.send_response(301)
                    self.send_header("Location", f"https://{self.headers['host']}{self.path}")
                    self.end_headers()
                    return
                path = web.file(self.path.rpartition("/")[2])
                found = self.path.startswith("/.well-known/acme-challenge/") and os.path.exists(path)
                try:
                    self.send_response(200 if found else 404)
                    self.end_headers()
                    self.wfile.write(pathlib.Path(path).read_bytes() if found else b"")
                except OSError:  # who asked was killed
                    pass

            def log_message(self, *_):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            def get_request(self):
                connection, who = super().get_request()
                if connection.recv(1, socket.MSG_PEEK) == b"\x16":  # how a TLS record begins
                    connection = tls.wrap_socket(connection, server_side=True)
                return connection, who

        self.server = Listener(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def file(self, token):
        return os.path.join(self.folder, ".well-known", "acme-challenge", token)

    def put(self, token, text):
        os.makedirs(os.path.dirname(self.file(token)), exist_ok=True)
        pathlib.Path(self.file(token)).write_text(text, encoding="ascii")

    def hold(self):
        self.held.clear()
        self.free.clear()

    def release(self):
        self.free.set()

    def close(self):
        self.release()
        self.server.shutdown()
        self.server.server_close()


class Client:
    """RFC 8555 as far as tests need it. ask() gives status and JSON; refusals are answers, too."""

    def __init__(self, url, ca, folder, kid, hmac_key):
        self.url, self.context = url, ssl.create_default_context(cafile=ca)
        self.key, self.account, self.nonce = Key(folder, "ES256", "acme-account"), None, None
        jwk = self.key.jwk()
        self.jwk = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
        self.thumbprint = encode(hashlib.sha256(json.dumps(self.jwk, sort_keys=True, separators=(",", ":")).encode()).digest())
        self.directory = self.open(url + "/acme/directory")[1]
        binding = self.signed({"alg": "HS256", "kid": kid, "url": self.directory["newAccount"]}, self.jwk,
                              lambda text: hmac.digest(decode(hmac_key), text, "sha256"))
        status, _ = self.ask(self.directory["newAccount"], {"termsOfServiceAgreed": True, "externalAccountBinding": binding})
        assert status == 201, status

    def open(self, url, body=None, method=None):
        wish = urllib.request.Request(url, data=body, method=method, headers={"Content-Type": "application/jose+json"} if body else {})
        try:
            answer = urllib.request.urlopen(wish, context=self.context, timeout=60)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            self.nonce = answer.headers.get("replay-nonce", self.nonce)
            self.location = answer.headers.get("location")
            text = answer.read()
        return answer.status, json.loads(text) if text.startswith(b"{") else text

    @staticmethod
    def signed(protected, payload, sign):
        head = encode(json.dumps(protected).encode())
        body = "" if payload is None else encode(json.dumps(payload).encode())
        return {"protected": head, "payload": body, "signature": encode(sign(f"{head}.{body}".encode()))}

    def ask(self, url, payload=None, again=True):
        if not self.nonce:
            self.open(self.directory["newNonce"], method="HEAD")
        who = {"kid": self.account} if self.account else {"jwk": self.jwk}
        message = self.signed({"alg": "ES256", "nonce": self.nonce, "url": url} | who, payload, self.key.sign)
        self.nonce = None
        status, answer = self.open(url, json.dumps(message).encode())
        if again and status == 400 and answer["type"].endswith(":badNonce"):
            return self.ask(url, payload, again=False)
        if url == self.directory["newAccount"]:
            self.account = self.location
        return status, answer

    def order(self, *names):
        """Its URL and what it says."""
        status, order = self.ask(self.directory["newOrder"], {"identifiers": [{"type": "dns", "value": name} for name in names]})
        assert status == 201, order
        return self.location, order

    def challenge(self, order, kind="http-01"):
        """Of the order's first name: URL, token, and what proves."""
        _, authorization = self.ask(order["authorizations"][0])
        one = next(c for c in authorization["challenges"] if c["type"] == kind)
        return one["url"], one["token"], f"{one['token']}.{self.thumbprint}"


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def request_for(folder, name):
    """A new key's request, as finalize wants it."""
    der = openssl("req", "-new", "-newkey", "ed25519", "-nodes", "-keyout", os.path.join(folder, name + ".key"), "-subj", "/",
                  "-addext", f"subjectAltName=DNS:{name}", "-outform", "DER")
    return encode(der)

