"""The certificate desk as others see it: openssl and GnuTLS accept what it makes and refuse what it revoked, odd requests are refused
or made harmless (notary.md 6 to 8, security CA-1 to CA-7)."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import unittest
import urllib.parse

import house
from oidc_double import openssl

CAS, REQUESTS = "/api/content/item/certificate_authorities", "/api/content/item/certificate_requests"
SEALED_KEYS = ("302e020100300506032b657004220420", "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b",
               "3081b6020100301006072a8648ce3d020106052b8104002204819e30819b")  # how PKCS #8 begins: Ed25519, P-256, P-384


def rows(client, collection, **query):
    answer = client.get(f"/api/content/items/{collection}?limit=1000" + "".join(f"&{k}={v}" for k, v in query.items()))
    assert answer.status == 200, answer
    return answer.json


class Certificates(house.Case):
    def setUp(self):
        super().setUp()
        self.server = self.serve(env={"VITRINE_PKI_URL": "http://pki.example.org"})
        self.client = self.server.client(self.make_key())

    def made(self, answer):
        self.assert_status(answer, 200)
        return answer.json

    def authority(self, name, client=None, **more):
        return self.made((client or self.client).post(CAS, {"data": {"subject": {"CN": name}, **more}}))

    def act(self, what, item, action, **said):
        return self.client.post(f"{what}/{item['_id']}/{action}", said)

    def request(self, name, *more, key=("-newkey", "ed25519")):
        return openssl("req", "-new", *key, "-nodes", "-keyout", self.path(name + ".key"), "-subj", f"/CN={name}", *more).decode()

    def hand_in(self, csr, client=None):
        return (client or self.client).post(REQUESTS, {"data": {"csr": csr}})

    def signed(self, csr, by, **more):
        item = self.made(self.hand_in(csr))
        self.assert_status(self.act(REQUESTS, item, "sign", authority=by["_id"], **more), 200)
        return self.made(self.client.get(f"{REQUESTS}/{item['_id']}"))

    def files(self, item, *authorities):
        leaf, *issuers = item["chain"].split("\n\n")
        names = {"leaf": leaf, "inter": issuers[0], "root": issuers[-1], "crls": ""}
        for number in authorities:
            names["crls"] += self.made_file(f"/pki/crl/{number}.pem").decode()
        return {name: self.write(name + ".pem", text) for name, text in names.items()}

    def made_file(self, path):
        answer = self.server.client().get(path)
        self.assertEqual(answer.status, 200, answer)
        return answer.body

    def verify(self, f, good):
        done = subprocess.run(["openssl", "verify", "-x509_strict", "-crl_check_all", "-CAfile", f["root"], "-untrusted", f["inter"],
                               "-CRLfile", f["crls"], f["leaf"]], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode == 0, good, done.stdout + done.stderr)
        if not good:
            self.assertIn("revoked", done.stdout + done.stderr)
        if shutil.which("certtool"):
            chain = "".join(pathlib.Path(f[n]).read_text(encoding="utf-8") for n in ("leaf", "inter"))
            done = subprocess.run(["certtool", "--verify", "--load-ca-certificate", f["root"], "--load-crl", f["crls"]], input=chain.encode(),
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode == 0, good, done.stdout + done.stderr)

    def ocsp(self, f, number, wanted):
        # by POST as openssl sends it, and by GET with the request in the path
        question = openssl("ocsp", "-issuer", f["inter"], "-cert", f["leaf"], "-no_nonce", "-reqout", "/dev/stdout")
        posted = self.server.client().post(f"/pki/ocsp/{number}", question, headers={"Content-Type": "application/ocsp-request"})
        path = urllib.parse.quote(base64.b64encode(question).decode(), safe="")
        for answer in (posted, self.server.client().get(f"/pki/ocsp/{number}/{path}")):
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(answer.headers["content-type"], "application/ocsp-response")
            with open(self.path("answer.der"), "wb") as out:
                out.write(answer.body)
            said = subprocess.run(["openssl", "ocsp", "-respin", self.path("answer.der"), "-issuer", f["inter"], "-cert", f["leaf"], "-no_nonce",
                                   "-CAfile", f["root"], "-verify_other", f["inter"]], capture_output=True, text=True, check=False)
            self.assertIn("Response verify OK", said.stderr + said.stdout)
            self.assertIn(f": {wanted}", said.stdout)

    @unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
    def test_others_accept_what_is_made(self):
        curve = ("-newkey", "ec", "-pkeyopt")
        for kind, middle, leaf in (("rsa-4096", "ec-p256", ("-newkey", "rsa:2048")), ("ec-p256", "ec-p384", (*curve, "ec_paramgen_curve:P-256")),
                                   ("ec-p384", "ed25519", (*curve, "ec_paramgen_curve:P-384")), ("ed25519", "rsa-2048", ("-newkey", "ed25519"))):
            root = self.authority(f"Root {kind}", self_signed=True, key_type=kind)
            below = self.authority(f"Below {kind}", key_type=middle, permitted_dns=["example.org"], permitted_networks=["192.0.2.0/24"])
            self.assert_status(self.act(CAS, below, "sign", authority=root["serial"]), 200)
            with self.subTest(kind):
                item = self.signed(self.request("a.example.org", "-addext", "subjectAltName=DNS:a.example.org,IP:192.0.2.7",
                                                "-addext", "basicConstraints=CA:TRUE", key=leaf), below)
                f = self.files(item, root["serial"], below["serial"])
                text = openssl("x509", "-in", f["leaf"], "-noout", "-text").decode()
                self.assertIn("CA:FALSE", text)
                self.assertIn(f"http://pki.example.org/pki/crl/{below['serial']}.crl", text)
                self.verify(f, good=True)
                self.ocsp(f, below["serial"], "good")
                self.assert_status(self.act(REQUESTS, item, "revoke", reason="keyCompromise"), 200)
                self.ocsp(f, below["serial"], "revoked")
                self.verify(self.files(item, root["serial"], below["serial"]), good=False)
                answer = self.client.post(f"{REQUESTS}/{item['_id']}/pkcs12", {"password": "s p a c e"})
                self.assert_status(answer, 200)
                inside = openssl("pkcs12", "-nokeys", "-passin", "pass:s p a c e", stdin=answer.body).decode()
                self.assertEqual(inside.count("BEGIN CERTIFICATE"), 3)
                self.assertEqual(openssl("x509", "-inform", "DER", "-noout", "-subject", stdin=self.made_file(f"/pki/ca/{root['serial']}.cer")),
                                 f"subject=CN = Root {kind}\n".encode())

    def test_ocsp_answers_whatever_is_sent(self):
        root = self.authority("Root", self_signed=True)
        other = self.authority("Other", self_signed=True)
        item = self.signed(self.request("a.example.org"), root)
        for name, pem in zip(("leaf", "root"), item["chain"].split("\n\n")):
            self.write(name + ".pem", pem)
        question = openssl("ocsp", "-issuer", self.path("root.pem"), "-cert", self.path("leaf.pem"), "-reqout", "/dev/stdout")
        for body, number, wanted in ((b"", root["serial"], "malformedrequest"), (b"x" * 100, root["serial"], "malformedrequest"),
                                     (question[:-1], root["serial"], "malformedrequest"), (question, other["serial"], "unauthorized")):
            answer = self.server.client().post(f"/pki/ocsp/{number}", body, headers={"Content-Type": "application/ocsp-request"})
            with open(self.path("answer.der"), "wb") as out:
                out.write(answer.body)
            said = subprocess.run(["openssl", "ocsp", "-respin", self.path("answer.der")], capture_output=True, text=True, check=False)
            self.assertIn(wanted, said.stderr + said.stdout)
        self.assertEqual(self.server.client().get("/pki/crl/99.crl").status, 404)
        self.assertEqual(self.server.client().get("/pki/ca/x.cer").status, 404)

    def test_odd_requests(self):
        many = self.write("many.cnf", "[req]\ndistinguished_name=d\nreq_extensions=e\n[d]\n[e]\nsubjectAltName=@n\n[n]\n" +
                          "".join(f"DNS.{i}=h{i}.example.org\n" for i in range(10_000)))
        few = self.write("few.cnf", "[req]\ndistinguished_name=d\nreq_extensions=e\n[d]\n[e]\nsubjectAltName=@n\n[n]\n" +
                         "".join(f"DNS.{i}=h{i}.example.org\n" for i in range(101)))
        ec = ("-newkey", "ec", "-pkeyopt")
        cases = {
            "csr-key": [self.request("a", key=("-newkey", "rsa:1024")), self.request("a", key=(*ec, "ec_paramgen_curve:secp521r1")),
                        self.request("a", key=(*ec, "ec_paramgen_curve:secp256k1")), self.request("a", key=("-newkey", "ed448"))],
            "csr-names": [self.request("a", "-config", few), self.request("a", "-addext", "subjectAltName=DNS:a..b"),
                          self.request("a", "-addext", "subjectAltName=RID:1.2.3.4"), self.request("a", "-addext", "subjectAltName=email:nobody"),
                          self.request("a", "-addext", "subjectAltName=DNS:" + "a" * 64)],
        }
        for code, requests in cases.items():
            for i, csr in enumerate(requests):
                with self.subTest(code, number=i):
                    answer = self.hand_in(csr)
                    self.assert_status(answer, 422)
                    self.assertEqual(answer.json["errors"][0]["code"], code)
        self.assertIn(self.hand_in(self.request("a", "-config", many)).status, (413, 422))
        # a name with a zero byte in it, signed with its own key
        csr = self.request("b.example.org", "-addext", "subjectAltName=DNS:evil.test.b.example.org")
        der = openssl("req", "-outform", "DER", stdin=csr.encode()).replace(b"evil.test.b", b"evil.test\0b")
        end = der.rindex(b"\x30\x05\x06\x03\x2b\x65\x70\x03\x41\x00")
        start = 4 if der[1] == 0x82 else 3 if der[1] == 0x81 else 2
        with open(self.path("info.der"), "wb") as out:
            out.write(der[start:end])
        signature = openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path("b.example.org.key"), "-in", self.path("info.der"))
        der = der[:end + 10] + signature
        pem = openssl("req", "-inform", "DER", "-outform", "PEM", stdin=der).decode()
        answer = self.hand_in(pem)
        self.assert_status(answer, 422)
        self.assertEqual(answer.json["errors"][0]["code"], "csr-names")
        self.assertEqual(rows(self.client, "certificate_requests"), [])

    def stranger(self, name, path="", of=None):
        """A certificate by an authority elsewhere, for itself or for whoever made this request."""
        key = self.path("stranger.key")
        if not os.path.exists(key):
            openssl("genpkey", "-algorithm", "ed25519", "-out", key)
        csr = of or openssl("req", "-new", "-key", key, "-subj", "/CN=Stranger").decode()
        wanted = self.write(name + ".ext", f"basicConstraints=critical,CA:TRUE{path}\nkeyUsage=critical,keyCertSign,cRLSign\n"
                            "subjectKeyIdentifier=hash\n" + ("authorityKeyIdentifier=keyid\n" if of else ""))
        issuer = ("-CA", self.path("stranger.pem"), "-CAkey", key, "-CAcreateserial") if of else ("-signkey", key)
        return self.write(name + ".pem", openssl("x509", "-req", *issuer, "-days", "30", "-extfile", wanted, stdin=csr.encode()).decode())

    def others_say(self, leaf, root, *between):
        """openssl and GnuTLS, without lists of revoked ones: None, or why it is refused."""
        untrusted = self.write("between.pem", "\n".join(pathlib.Path(p).read_text(encoding="utf-8") for p in between))
        done = subprocess.run(["openssl", "verify", "-x509_strict", "-CAfile", root, "-untrusted", untrusted, leaf], capture_output=True, text=True, check=False)
        if shutil.which("certtool"):
            chain = "\n".join(pathlib.Path(p).read_text(encoding="utf-8") for p in (leaf, *between))
            gnu = subprocess.run(["certtool", "--verify", "--load-ca-certificate", root], input=chain.encode(), capture_output=True, check=False)
            self.assertEqual(gnu.returncode != 0, done.returncode != 0, done.stderr + gnu.stdout.decode())
        return done.stderr if done.returncode else None

    @unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
    def test_what_we_refuse_others_refuse(self):
        """An authority gets three certificates for its one key. What it signed under the first, which allows everything, is refused under the
        others, by us as well as by them: names outside of what we constrained it to, a level too many."""
        root = self.authority("Root", self_signed=True, path_len=2)
        below = self.authority("Below", path_len=1, permitted_dns=["example.org"], permitted_networks=["192.0.2.0/24"])
        third = self.authority("Third")
        stranger = self.stranger("stranger")
        free = self.stranger("free", ",pathlen:1", below["csr"])
        short = self.stranger("short", ",pathlen:0", below["csr"])

        def certify(pem):
            chain = "".join(pathlib.Path(p).read_text(encoding="utf-8") for p in (pem, stranger))
            self.assert_status(self.act(CAS, below, "certify", certificate_chain=chain), 200)
        certify(free)
        self.assert_status(self.client.ask("PATCH", f"{CAS}/{below['_id']}", {"enabled": True}), 200)
        outside = {"evil": "DNS:evil.test", "far": "DNS:a.example.org,IP:198.51.100.1", "inside": "DNS:a.example.org,IP:192.0.2.7"}
        leaves = {}
        for name, names in outside.items():
            item = self.signed(self.request(name, "-addext", "subjectAltName=" + names), below)
            leaves[name] = self.write(name + ".pem", item["chain"].split("\n\n")[0])
            self.assertIsNone(self.others_say(leaves[name], stranger, free))
        self.assert_status(self.act(CAS, third, "sign", authority=below["_id"]), 200)
        deep = self.write("deep.pem", self.signed(self.request("deep", "-addext", "subjectAltName=DNS:deep.example.org"), third)["chain"].split("\n\n")[0])
        middle = self.write("third.pem", self.made(self.client.get(f"{CAS}/{third['_id']}"))["chain"].split("\n\n")[0])
        self.assertIsNone(self.others_say(deep, stranger, middle, free))
        certify(short)
        self.assertIn("path length", self.others_say(deep, stranger, middle, short))
        self.assert_status(self.act(CAS, third, "sign", authority=below["_id"]), 409)
        self.assert_status(self.act(CAS, below, "sign", authority=root["_id"]), 200)
        ours, ours_root = (self.write(f"ours{i}.pem", pem) for i, pem in
                           enumerate(self.made(self.client.get(f"{CAS}/{below['_id']}"))["chain"].split("\n\n")))
        for name, names in outside.items():
            refused = self.others_say(leaves[name], ours_root, ours)
            item = self.made(self.hand_in(self.request(name + "2", "-addext", "subjectAltName=" + names)))
            answer = self.act(REQUESTS, item, "sign", authority=below["_id"])
            if name == "inside":
                self.assertIsNone(refused)
                self.assert_status(answer, 200)
            else:
                self.assertIn("permitted subtree violation", refused)
                self.assert_status(answer, 409)
        self.assertIsNone(self.others_say(deep, ours_root, middle, ours))

    def test_ca_6_keys_stay_sealed(self):
        """The database alone, and with somebody else's master key. Answers and exports are in canary.py."""
        for kind in ("ed25519", "ec-p256", "ec-p384"):
            self.authority(kind, self_signed=True, key_type=kind)
        checked = self.run_vitrine("check", "--json", "--data", self.data)
        text = json.dumps(rows(self.client, "certificate_authorities")) + json.dumps(rows(self.client, "journal"))
        text += "".join(self.dump()) + checked.out + checked.errors
        self.assert_stops(self.server)
        text += self.server.said()
        for name in os.listdir(self.data):
            if name.startswith("vitrine.db"):
                text += pathlib.Path(self.data, name).read_bytes().decode("latin-1")
        self.assertNotIn("PRIVATE KEY", text)
        for der in SEALED_KEYS:
            for beginning in (bytes.fromhex(der).decode("latin-1"), der, der.upper(), base64.b64encode(bytes.fromhex(der)).decode().rstrip("=")[:-1]):
                self.assertNotIn(beginning, text)
        # another master key opens nothing, and none is made where there is a database: such a server does not start, and says why
        key = os.path.join(self.data, "master.key")
        os.chmod(key, 0o600)
        with open(key, "w", encoding="ascii") as out:
            out.write("00" * 32 + "\n")
        os.chmod(key, 0o400)
        code, said = self.serve_badly()
        self.assertNotEqual(code, 0)
        self.assertIn("master key", said)
        os.remove(key)
        code, said = self.serve_badly()
        self.assertNotEqual(code, 0)
        self.assertIn("master key", said)


if __name__ == "__main__":
    house.main()
