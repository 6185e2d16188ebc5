"""Certificates for programs as programs get them: lego and certbot obtain, renew and revoke over TLS, openssl judges what they got;
and what becomes of an order when the server is killed on the way (RFC 8555)."""
import os
import random
import shutil
import socket
import subprocess
import tempfile
import threading

import house
from acme_double import Client, Names, Web, request_for
from oidc_double import openssl

ITEM = "/api/content/item/"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Acme(house.Case):
    """One server for all, started once more by those that kill it."""

    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(prefix="vitrine-outside-")
        cls.addClassCleanup(shutil.rmtree, cls.home)
        cls.cert, cls.tls_key = (os.path.join(cls.home, name) for name in ("tls.pem", "tls.key"))
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", cls.tls_key, "-out", cls.cert)
        os.chmod(cls.tls_key, 0o400)
        cls.names, cls.web = Names(cls.home), Web(os.path.join(cls.home, "web"), cls.cert, cls.tls_key)
        cls.addClassCleanup(cls.names.close)
        cls.addClassCleanup(cls.web.close)
        os.mkdir(cls.web.folder)
        cls.port = free_port()
        cls.addClassCleanup(lambda: cls.server.gone())
        cls.start()
        cls.prepare()

    @classmethod
    def start(cls):
        cls.server = house.Server(os.path.join(cls.home, "data"), "--tls-cert", cls.cert, "--tls-key", cls.tls_key,
                                  listen=[f"127.0.0.1:{cls.port}", "http://127.0.0.1:0"],
                                  env={"VITRINE_ACME_RESOLVER": f"127.0.0.1:{cls.names.port}", "VITRINE_ACME_HTTP_PORT": str(cls.web.port),
                                       "VITRINE_ACME_NETWORKS": "127.0.0.1"}).ready()

    @classmethod
    def prepare(cls):
        """A root, a rule, and a key that may hand in requests; its binding."""
        made = subprocess.run([house.VITRINE, "key", "create", "--role", "admin", "--data", os.path.join(cls.home, "data")],
                              capture_output=True, check=True, timeout=house.PATIENCE, env=house.environment())
        cls.admin_key = made.stdout.decode().strip()
        admin = cls.admin()
        root = cls.made(admin, "certificate_authorities", subject={"CN": "Root"}, self_signed=True)
        cls.root = os.path.join(cls.home, "root.pem")
        openssl("x509", "-inform", "DER", "-out", cls.root, stdin=cls.server.client(listener=1).get(f"/pki/ca/{root['serial']}.cer").body)
        cls.made(admin, "issuing_rules", name="Web servers", dns=["*.example.org"], wildcards=True, decision="sign")
        role = cls.made(admin, "roles", name="web")
        cls.made(admin, "grants", role=role["_id"], collection="certificate_requests", verbs=["create", "read"])
        key = cls.made(admin, "api_keys", label="web servers", role=role["_id"])
        cls.binding = admin.post(f"{ITEM}api_keys/{key['_id']}/acme_binding", {}).json

    @classmethod
    def admin(cls):
        return cls.server.client(cls.admin_key, listener=1)

    @staticmethod
    def made(client, collection, /, **data):
        answer = client.post(ITEM + collection, {"data": data})
        assert answer.status == 200, answer
        return answer.json

    def certificates(self, name):
        rows = self.admin().get("/api/content/items/certificates?limit=1000").json
        return [row for row in rows if f"dns:{name}" in row["names"]]

    def run_program(self, *words, code=0, **more):
        done = subprocess.run(words, capture_output=True, text=True, timeout=house.PATIENCE, check=False, cwd=self.folder,
                              env=house.environment({"LEGO_CA_CERTIFICATES": self.cert, "REQUESTS_CA_BUNDLE": self.cert} | more))
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def lego(self, *words, code=0, **more):
        return self.run_program("lego", "--server", f"{self.server.url}/acme/directory", "--accept-tos", "--email", "ops@example.org",
                                "--path", self.path("lego"), "--eab", "--kid", self.binding["kid"], "--hmac", self.binding["hmac_key"],
                                *words, code=code, **more)

    def by_http(self, name, *words, code=0):
        return self.lego("--http", "--http.webroot", self.web.folder, "-d", name, *words, code=code)

    def serial(self, path):
        return openssl("x509", "-in", path, "-noout", "-serial")

    def assert_good(self, path, name):
        self.assertIn(b"OK", openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name, "-CAfile", self.root, path))

    def ocsp(self, path):
        done = subprocess.run(["openssl", "ocsp", "-issuer", self.root, "-cert", path, "-CAfile", self.root, "-no_nonce", "-url",
                               f"{self.server.urls[1]}/pki/ocsp/1"], capture_output=True, text=True, check=False)
        self.assertIn("Response verify OK", done.stdout + done.stderr)
        return done.stdout

    def test_lego_obtains_renews_and_revokes(self):
        cert = self.path("lego/certificates/web.example.org.crt")
        self.by_http("web.example.org", "run")
        self.assert_good(cert, "web.example.org")
        self.assertIn(("web.example.org", 1), self.names.asked)
        first = self.serial(cert)
        self.by_http("web.example.org", "renew", "--days", "4000", "--no-random-sleep")
        self.assert_good(cert, "web.example.org")
        self.assertNotEqual(self.serial(cert), first)
        self.assertIn(": good", self.ocsp(cert))
        shutil.copy(cert, self.path("revoked.crt"))
        self.by_http("web.example.org", "revoke")
        self.assertIn(": revoked", self.ocsp(self.path("revoked.crt")))
        self.assertEqual(sum(row["revoked_at"] is not None for row in self.certificates("web.example.org")), 1)

    def test_lego_proves_wildcards_over_dns(self):
        self.lego("--dns", "exec", "--dns.disable-cp", "--dns.resolvers", f"127.0.0.1:{self.names.port}", "-d", "*.example.org", "run",
                  EXEC_PATH=self.names.program, EXEC_POLLING_INTERVAL="1", EXEC_PROPAGATION_TIMEOUT="30")
        self.assert_good(self.path("lego/certificates/_.example.org.crt"), "any.example.org")

    def test_lego_is_told_which_rule_refuses(self):
        said = self.by_http("web.example.com", "run", code=1)
        self.assertIn("rejectedIdentifier", said)
        self.assertIn("Web servers", said)
        self.assertEqual(self.certificates("web.example.com"), [])

    def test_certbot_obtains_and_revokes(self):
        where = ["--config-dir", self.path("etc"), "--work-dir", self.path("work"), "--logs-dir", self.path("logs"), "-n",
                 "--server", f"{self.server.url}/acme/directory"]
        self.run_program("certbot", "certonly", *where, "--agree-tos", "-m", "ops@example.org", "--eab-kid", self.binding["kid"],
                         "--eab-hmac-key", self.binding["hmac_key"], "--webroot", "-w", self.web.folder, "-d", "bot.example.org")
        cert = self.path("etc/live/bot.example.org/cert.pem")
        self.assert_good(cert, "bot.example.org")
        shutil.copy(cert, self.path("revoked.crt"))
        self.run_program("certbot", "revoke", *where, "--cert-name", "bot.example.org", "--delete-after-revoke")
        self.assertIn(": revoked", self.ocsp(self.path("revoked.crt")))

    # ---- with a client of our own

    def client(self):
        return Client(self.server.url, self.cert, self.folder, self.binding["kid"], self.binding["hmac_key"])

    def killed(self):
        self.server.kill()
        self.server.gone()
        self.start()

    def ready_order(self, client, name):
        url, order = client.order(name)
        challenge, token, text = client.challenge(order)
        self.web.put(token, text)
        self.assertEqual(client.ask(challenge, {})[0], 200)
        return url, house.until("the name is proven", lambda: self.has(client, url, "ready"))

    @staticmethod
    def has(client, url, *statuses):
        _, order = client.ask(url)
        assert order["status"] != "invalid", order
        return order if order["status"] in statuses else None

    def test_a_host_may_send_us_to_tls(self):
        self.web.secures = True
        try:
            self.ready_order(self.client(), "secured.example.org")
        finally:
            self.web.secures = False

    def test_a_killed_server_goes_on_proving(self):
        client = self.client()
        url, order = client.order("killed.example.org")
        challenge, token, text = client.challenge(order)
        self.web.put(token, text)
        self.web.hold()
        self.assertEqual(client.ask(challenge, {})[0], 200)
        self.assertTrue(self.web.held.wait(house.PATIENCE))
        self.server.kill()
        self.web.release()
        self.killed()
        order = house.until("the name is proven", lambda: self.has(client, url, "ready"))
        client.ask(order["finalize"], {"csr": request_for(self.folder, "killed.example.org")})
        house.until("the certificate is there", lambda: self.has(client, url, "valid"))
        self.assertEqual(len(self.certificates("killed.example.org")), 1)

    def test_a_killed_server_signs_once(self):
        client, chance = self.client(), random.Random(house.SEED)
        for number in range(2):
            name = f"once{number}.example.org"
            with self.subTest(name, seed=house.SEED):
                url, order = self.ready_order(client, name)
                csr = request_for(self.folder, name)

                def finalize(order=order, csr=csr):
                    try:
                        client.ask(order["finalize"], {"csr": csr})
                    except (OSError, house.http.client.HTTPException):  # no answer
                        pass

                asking = threading.Thread(target=finalize)
                asking.start()
                asking.join(chance.random() * 0.1)
                self.killed()
                asking.join(house.PATIENCE)
                if self.has(client, url, "ready"):
                    self.assertEqual(client.ask(order["finalize"], {"csr": csr})[0], 200)
                order = house.until("the certificate is there", lambda url=url: self.has(client, url, "valid"))
                self.assertIn(b"BEGIN CERTIFICATE", client.ask(order["certificate"])[1])
                self.assertEqual(len(self.certificates(name)), 1)


if __name__ == "__main__":
    house.main()
