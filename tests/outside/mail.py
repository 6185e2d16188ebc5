"""Links by mail (PW-6, PW-7): the real program, and a mail server of our own that keeps what it is given."""
import base64
import email
import email.policy
import hmac
import random
import re
import socket
import socketserver
import ssl
import struct
import threading
import time

import house
from oidc_double import openssl

SITE = "https://cms.example.org"
TEXT = email.policy.default


class MailServer:
    """Says what mail servers say. Messages are parsed; .refuse: how many are put off first."""

    def __init__(self, tls=None, starttls=None, login=None):
        double = self
        self.messages, self.sessions, self.refuse, self.arrived = [], [], 0, threading.Condition()

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line):
                self.wfile.write(line.encode() + b"\r\n")

            def handle(self):
                said, self.secure, self.known = [], tls is not None, False
                double.sessions.append(said)
                self.say("220 double ESMTP")
                while True:
                    line = self.rfile.readline().decode().rstrip("\r\n")
                    if not line:
                        return
                    said.append(line)
                    word = line.split(" ")[0].upper()
                    if word == "QUIT":
                        return self.say("221 bye")
                    getattr(self, "on_" + word.lower(), lambda rest: self.say("502 what?"))(line)

            def on_ehlo(self, line):
                offers = ["double", "SIZE 100000"] + (["STARTTLS"] if starttls and not self.secure else [])
                offers += ["AUTH PLAIN"] if login else []
                for offer in offers[:-1]:
                    self.say("250-" + offer)
                self.say("250 " + offers[-1])

            def on_starttls(self, line):
                self.say("220 go on")
                self.connection = starttls.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile, self.secure = self.connection.makefile("rb"), self.connection.makefile("wb", 0), True

            def on_auth(self, line):
                parts = line.split(" ")
                if len(parts) < 3:
                    self.say("334 ")
                    parts.append(self.rfile.readline().decode().strip())
                self.known = base64.b64decode(parts[2]).split(b"\0")[1:] == [w.encode() for w in login]
                self.say("235 yes" if self.known else "535 no")

            def on_mail(self, line):
                self.say("530 who are you?" if login and not self.known else "250 ok")

            def on_rcpt(self, line):
                self.to = re.match(r"RCPT TO:<([^>]*)>", line, re.I).group(1)
                self.say("250 ok")

            def on_data(self, line):
                self.say("354 go on")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += self.rfile.readline()
                body = body[:-3].replace(b"\r\n..", b"\r\n.")
                with double.arrived:
                    if double.refuse > 0:
                        double.refuse -= 1
                        return self.say("451 later")
                    double.messages.append((self.to, email.message_from_bytes(body, policy=TEXT), self.secure))
                    double.arrived.notify_all()
                return self.say("250 kept")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads, allow_reuse_address = True, True

            def handle_error(self, request, client_address):
                """Clients that hang up in the middle are what some tests are about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def wait(self, count):
        """The message of that number, when it has come."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.messages) >= count, house.PATIENCE), "No mail comes"
        return self.messages[count - 1]


def code_of(secret):
    """What an authenticator shows (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at:at + 4], 'big') & 0x7fffffff) % 1000000:06d}"


class Mail(house.Case):
    def tls_context(self):
        key, certificate = self.path("mail.key"), self.path("mail.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=double",
                "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context, certificate

    def start(self, scheme="smtp", env=None, **more):
        self.mail = MailServer(**more)
        self.addCleanup(self.mail.close)
        word = self.write("password", house.PASSWORD)
        self.make_role(1, "helper", [])
        self.command("user", "add", "--email", "ada@example.com", "--role", "helper", "--password-file", word)
        self.key = self.make_key()
        settings = {"VITRINE_SITE_URL": SITE, "VITRINE_MAIL_URL": f"{scheme}://127.0.0.1:{self.mail.port}",
                    "VITRINE_MAIL_FROM": "Die Küche <cms@example.org>", "VITRINE_MAIL_INSECURE": "true"}
        self.server = self.serve(env=settings | (env or {}))
        self.admin = self.server.client(self.key)

    def ask(self, path, body, **headers):
        return self.server.client().post("/api/auth/" + path, body, headers=headers)

    def link(self, count, place):
        """The token of the link in that message."""
        to, message, _ = self.mail.wait(count)
        text = message.get_content().replace("\r\n", "\n")
        found = re.findall(r"^https?://\S+$", text, re.M)
        self.assertEqual(len(found), 1, text)
        begin = f"{SITE}/admin/{place}#"
        self.assertTrue(found[0].startswith(begin), found)
        return found[0][len(begin):]

    def login(self, password):
        return self.ask("login", {"user": "ada@example.com", "password": password})

    def user(self, address="ada@example.com"):
        return next(u for u in self.admin.get("/api/content/items/users").json if u["email"] == address)

    def cookie(self, answer):
        return answer.headers["set-cookie"].split(";")[0]

    def test_a_new_password(self):
        self.start()
        old = self.cookie(self.assert_status(self.login(house.PASSWORD), 200))
        self.assert_status(self.ask("reset", {"email": "Ada@Example.com"}, Host="evil.example"), 202)
        first = self.link(1, "reset")
        self.assert_status(self.ask("reset", {"email": "ada@example.com"}), 202)
        token = self.link(2, "reset")
        to, message, _ = self.mail.messages[1]
        self.assertEqual(to, "ada@example.com")
        self.assertEqual(str(message["from"]), "Die Küche <cms@example.org>")
        self.assertEqual(message["subject"], "A new password for cms.example.org")
        new = {"token": token, "password": "another horse"}
        self.assert_status(self.ask("reset/confirm", new | {"token": first}), 401)   # a newer one ended it
        self.assert_status(self.ask("reset/confirm", new | {"password": "short"}), 422)
        self.assert_status(self.ask("reset/confirm", new), 204)
        self.assert_status(self.ask("reset/confirm", new), 401)
        self.assert_status(self.login(house.PASSWORD), 401)
        self.assert_status(self.login("another horse"), 200)
        self.assertEqual(self.server.client(headers={"Cookie": old}).get("/api/auth/me").status, 401)
        self.assertTrue(self.user()["verified"])
        self.assertNotIn(token, "\n".join(self.dump()))
        self.assertNotIn(token, self.server.said())

    def test_parallel_uses_of_a_link_are_one(self):
        self.start()
        self.ask("reset", {"email": "ada@example.com"})
        token, statuses = self.link(1, "reset"), []
        house.together(lambda i: statuses.append(self.ask("reset/confirm", {"token": token, "password": f"horse number {i}"}).status), 5)()
        self.assertEqual((statuses.count(204), statuses.count(401)), (1, 4))

    def test_a_password_or_an_address_ends_links(self):
        self.start()
        for number, change in enumerate(({"password": "battery staple"}, {"email": "eve@example.com"}), 1):
            self.assert_status(self.ask("magic", {"email": "ada@example.com"}), 202)
            token = self.link(number, "magic")
            self.assert_status(self.admin.ask("PATCH", f"/api/content/item/users/{self.user()['_id']}", {"data": change}), 200)
            self.assert_status(self.ask("magic/confirm", {"token": token}), 401)

    def test_a_link_that_signs_in(self):
        self.start()
        planted = self.server.client(self.make_key("--user", "ada@example.com"))
        self.assert_status(self.ask("magic", {"email": "ada@example.com"}), 202)
        token = self.link(1, "magic")
        self.assert_status(self.ask("reset/confirm", {"token": token, "password": "another horse"}), 401)  # another purpose
        answer = self.assert_status(self.ask("magic/confirm", {"token": token}), 200)
        me = self.server.client(headers={"Cookie": self.cookie(answer)}).get("/api/auth/me").json
        self.assertEqual(me["user"]["email"], "ada@example.com")
        self.assert_status(self.ask("magic/confirm", {"token": token}), 401)
        self.assertEqual([s["strength"] for s in self.admin.get("/api/content/items/sessions").json], ["link"])
        # Nobody had shown the address before: password and keys may have been somebody else's (SE-6).
        self.assert_status(planted.get("/api/auth/me"), 401)
        self.assert_status(self.login(house.PASSWORD), 401)

    def test_a_second_factor_is_still_asked_for(self):
        self.start()
        signed_in = self.assert_status(self.login(house.PASSWORD), 200)
        client = self.server.client(headers={"Cookie": self.cookie(signed_in), "X-CSRF-Token": signed_in.json["csrf"],
                                             "Origin": self.server.url})
        # An address that nobody has shown yet would take a second factor, perhaps somebody else's, with it (SE-6).
        self.assert_status(client.post("/api/auth/verify", {}), 202)
        self.assert_status(client.post("/api/auth/verify/confirm", {"token": self.link(1, "verify")}), 204)
        secret = self.assert_status(client.post("/api/auth/totp/begin", {}), 200).json["secret"]
        self.assert_status(client.post("/api/auth/totp/confirm", {"code": code_of(secret)}), 200)
        self.assert_status(self.ask("magic", {"email": "ada@example.com"}), 202)
        token = self.link(2, "magic")
        answer = self.assert_status(self.ask("magic/confirm", {"token": token}), 200)
        self.assertIn("totp", answer.json["second_factor"])
        self.assertNotIn("set-cookie", answer.headers)
        self.assert_status(self.ask("magic/confirm", {"token": token}), 401)  # it was used up all the same

    def test_one_says_that_an_address_is_ones_own(self):
        self.start()
        signed_in = self.assert_status(self.login(house.PASSWORD), 200)
        client = self.server.client(headers={"Cookie": self.cookie(signed_in), "X-CSRF-Token": signed_in.json["csrf"],
                                             "Origin": self.server.url})
        self.assert_status(self.ask("verify", {}), 401)
        self.assert_status(self.admin.post("/api/auth/verify", {}), 403)
        self.assert_status(client.post("/api/auth/verify", {}), 202)
        token = self.link(1, "verify")
        self.assert_status(self.ask("verify/confirm", {"token": token}), 401)  # a click of somebody who is not signed in
        self.assertFalse(self.user()["verified"])
        self.assert_status(client.post("/api/auth/verify/confirm", {"token": token}), 204)
        self.assertTrue(self.user()["verified"])
        self.assert_status(self.login(house.PASSWORD), 200)

    def test_an_invitation_by_mail(self):
        self.start()
        answer = self.assert_status(self.admin.post("/api/auth/invite", {"email": "bob@example.com", "roles": ["helper"]}), 201)
        self.assertEqual(answer.json, {"sent": True, "link": None})
        token = self.link(1, "invitation")
        pending = self.admin.get("/api/content/items/tokens").json
        self.assertEqual([(t["kind"], t["email"]) for t in pending], [("invitation", "bob@example.com")])
        self.assert_status(self.ask("accept", {"token": token, "name": "Bob", "password": "another horse"}), 201)
        self.assertTrue(self.user("bob@example.com")["verified"])
        self.assertEqual(self.admin.get("/api/content/items/tokens").json, [])

    def test_answers_do_not_say_who_exists(self):
        self.start()
        bodies = [{"email": "ada@example.com"}, {"email": "nobody@example.com"}]
        for path in ("reset", "magic"):
            known, unknown = (self.ask(path, body) for body in bodies)
            mine = [[(k, v) for k, v in a.pairs if k.lower() not in ("x-request-id", "date")] for a in (known, unknown)]
            self.assertEqual((known.status, known.body, mine[0]), (unknown.status, unknown.body, mine[1]))
        self.mail.wait(2)
        for bad in ("", "x", "ada@example.com\r\nBcc: eve@example.com", "@", "a" * 300 + "@example.com", {"$ne": None}, None, 5):
            status = self.ask("reset", {"email": bad}).status
            self.assertIn(status, (202, 422), bad)
        self.assertEqual({to for to, _, _ in self.mail.messages}, {"ada@example.com"})

    def test_answers_take_the_same_time(self):
        """Known and unknown addresses, mixed, each once: neither is answered sooner than the other (rank test)."""
        self.start()
        count = 14  # with both sorts below what one client may ask for
        for i in range(count):
            item = {"email": f"known{i}@example.com"}
            self.assert_status(self.admin.post("/api/content/item/users", {"data": item}), 200)
        wishes = [(sort, f"{sort}{i}@example.com") for sort in ("known", "other") for i in range(count)]
        random.Random(house.SEED).shuffle(wishes)
        times, client = [], self.server.client()
        for sort, address in wishes:
            started = time.perf_counter()
            self.assert_status(client.post("/api/auth/reset", {"email": address}), 202)
            times.append((time.perf_counter() - started, sort))
        ranks = [rank for rank, (_, sort) in enumerate(sorted(times), 1) if sort == "known"]
        u = sum(ranks) - count * (count + 1) / 2
        z = (u - count * count / 2) / (count * count * (2 * count + 1) / 12) ** 0.5
        self.assertLess(abs(z), 3.3, f"seed {house.SEED}: {sorted(times)}")
        middle = {sort: sorted(t for t, s in times if s == sort)[count // 2] for sort in ("known", "other")}
        self.assertLess(abs(middle["known"] - middle["other"]), 0.003)

    def test_nobody_is_flooded(self):
        self.start()
        statuses = [self.ask("reset", {"email": "ada@example.com"}).status for _ in range(8)]
        self.assertEqual(statuses[:5], [202] * 5)
        self.assertIn(429, statuses)
        self.assert_status(self.ask("reset", {"email": "other@example.com"}), 202)

    def test_mail_over_tls(self):
        context, certificate = self.tls_context()
        for number, more in enumerate(({"tls": context, "scheme": "smtps"}, {"starttls": context}), 1):
            self.data = self.path(f"data{number}")
            self.start(login=("cms", "secret word"), env={"VITRINE_MAIL_CA": certificate, "VITRINE_MAIL_INSECURE": "false",
                                                          "VITRINE_MAIL_USER": "cms", "VITRINE_MAIL_PASSWORD": "secret word"}, **more)
            self.assert_status(self.ask("reset", {"email": "ada@example.com"}), 202)
            self.assertTrue(self.mail.wait(1)[2])
            self.assertNotIn("secret word", self.server.said())

    def test_no_mail_leaves_in_the_clear_or_for_a_stranger(self):
        context, _ = self.tls_context()
        for number, more in enumerate(({}, {"starttls": context}), 1):  # knows no TLS; has a certificate of its own
            self.data = self.path(f"data{number}")
            self.start(env={"VITRINE_MAIL_INSECURE": "false"}, **more)
            self.assert_status(self.ask("reset", {"email": "ada@example.com"}), 202)
            house.until("the failure in the log", lambda: "errand." in self.server.said())
            self.assertEqual(self.mail.messages, [])
            self.assertFalse(any(line.startswith("MAIL") for said in self.mail.sessions for line in said))

    def test_what_is_put_off_comes_later(self):
        self.start()
        self.mail.refuse = 1
        self.assert_status(self.ask("reset", {"email": "ada@example.com"}), 202)
        token = self.link(1, "reset")
        self.assert_status(self.ask("reset/confirm", {"token": token, "password": "another horse"}), 204)

    def test_a_stop_does_not_wait_for_a_mail_server(self):
        deaf = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(deaf.close)
        self.start(env={"VITRINE_MAIL_URL": f"smtp://127.0.0.1:{deaf.getsockname()[1]}"})
        self.assert_status(self.ask("reset", {"email": "ada@example.com"}), 202)
        connection, _ = deaf.accept()
        self.addCleanup(connection.close)
        started = time.monotonic()
        self.assert_stops(self.server)
        self.assertLess(time.monotonic() - started, 8)


if __name__ == "__main__":
    house.main()
