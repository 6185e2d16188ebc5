"""TLS with a certificate that the test makes itself, as an operator would with the openssl command."""
import os
import ssl
import subprocess

import house


class Tls(house.Case):
    def make_pair(self, name, more=()):
        """A self-signed certificate for localhost and 127.0.0.1."""
        cert, key = self.path(f"{name}.pem"), self.path(f"{name}.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                        "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", key, "-out", cert, *more], check=True, capture_output=True)
        os.chmod(key, 0o400)
        return cert, key

    def setUp(self):
        super().setUp()
        self.cert, self.key = self.make_pair("first")

    def test_it_answers_over_tls_alone(self):
        server = self.serve("--tls-cert", self.cert, "--tls-key", self.key, listen=["127.0.0.1:0", "0.0.0.0:0"])
        self.assertRegex(server.urls[0], r"^https://127\.0\.0\.1:\d+$")
        client = server.client(ca=self.cert)
        answer = self.assert_status(client.get("/livez"), 200)
        self.assertIn("max-age=", answer.headers["strict-transport-security"])
        self.assertIn(client.wire.sock.version(), ("TLSv1.2", "TLSv1.3"))
        # Somebody who does not know the certificate, somebody who speaks plainly.
        with self.assertRaises(ssl.SSLCertVerificationError):
            server.client().get("/livez")
        plain = house.Client(server.url.replace("https:", "http:"))
        self.addCleanup(plain.close)
        with self.assertRaises((OSError, house.http.client.HTTPException)):
            plain.get("/livez")
        self.assert_status(client.get("/readyz"), 200)
        self.assert_stops(server)

    def test_old_versions_are_refused(self):
        server = self.serve("--tls-cert", self.cert, "--tls-key", self.key)
        address = server.url.removeprefix("https://")
        for version, fine in (("-tls1", False), ("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)):
            with self.subTest(version=version):
                done = subprocess.run(["openssl", "s_client", "-connect", address, version, "-cipher", "ALL:@SECLEVEL=0"],
                                      input=b"", capture_output=True, timeout=house.PATIENCE, check=False)
                self.assertEqual(done.returncode == 0, fine, done)
        self.assert_stops(server)

    def test_cookies_are_for_tls_only(self):
        server = self.serve("--tls-cert", self.cert, "--tls-key", self.key,
                            env={"VITRINE_ADMIN_EMAIL": "a@example.com", "VITRINE_ADMIN_PASSWORD": house.PASSWORD})
        client = server.client(ca=self.cert)
        answer = client.post("/api/auth/login", {"user": "a@example.com", "password": house.PASSWORD})
        self.assert_status(answer, 200)
        self.assertRegex(answer.headers["set-cookie"], r"^__Host-\w+=.*; ?Secure")
        self.assert_stops(server)

    def test_plain_http_for_this_machine_beside_tls_for_others(self):
        server = self.serve("--tls-cert", self.cert, "--tls-key", self.key, listen=["http://127.0.0.1:0", "0.0.0.0:0"])
        self.assertRegex(server.urls[0], r"^http://")
        self.assertRegex(server.urls[1], r"^https://")
        self.assert_status(server.client().get("/livez"), 200)
        server.urls[1] = server.urls[1].replace("0.0.0.0", "127.0.0.1")
        self.assert_status(server.client(listener=1, ca=self.cert).get("/livez"), 200)
        self.assert_stops(server)

    def test_pairs_that_do_not_work_are_sentences(self):
        _, other = self.make_pair("second")
        with open(self.key, encoding="ascii") as key:
            loose = self.write("loose.key", key.read(), 0o640)
        for cert, key, says in (
                (self.cert, other, "(?i)key"),
                (self.cert, self.path("absent.key"), "absent.key"),
                (self.path("absent.pem"), self.key, "absent.pem"),
                (self.cert, loose, "loose.key"),
                (self.write("no.pem", "no certificate"), self.key, "no.pem"),
                (self.cert, self.write("no.key", "no key"), "no.key"),
        ):
            with self.subTest(cert=cert, key=key):
                code, said = self.serve_badly("--tls-cert", cert, "--tls-key", key)
                self.assertEqual(code, 3, said)
                self.assertRegex(said, r"(?m)^vitrine: ")
                self.assertRegex(said, says)
                self.assertNotIn("Sanitizer", said)
                self.assertFalse(os.path.exists(self.data), "nothing is made by a server that does not start")


if __name__ == "__main__":
    house.main()
