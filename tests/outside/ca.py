"""vitrine ca: authorities, certificates and lists from the command line, beside a server and without one."""
import calendar
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import house
from oidc_double import openssl


def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%d %H:%M:%SZ"))


class Ca(house.Case):
    def ca(self, *words, **more):
        return self.command("ca", *words, **more)

    def ca_json(self, *words, **more):
        return json.loads(self.ca(*words, "--json", **more))

    def request(self, name):
        csr = openssl("req", "-new", "-newkey", "ed25519", "-nodes", "-keyout", self.path(name + ".key"), "-subj", f"/CN={name}",
                      "-addext", f"subjectAltName=DNS:{name}").decode()
        return self.write(name + ".csr", csr)

    def dates(self, pem):
        """Days from the first to the last."""
        text = openssl("x509", "-noout", "-dates", "-dateopt", "iso_8601", stdin=pem.encode()).decode()
        start, end = (line.split("=")[1] for line in text.splitlines())
        return (int(seconds(end)) - int(seconds(start))) // 86400

    def verify(self, server, chain, good):
        leaf, *issuers = chain.split("\n\n")
        crls = "".join(server.client().get(f"/pki/crl/{number}.pem").body.decode() for number in (1, 2))
        done = subprocess.run(["openssl", "verify", "-crl_check_all", "-CAfile", self.write("root.pem", issuers[-1]), "-untrusted",
                               self.write("below.pem", issuers[0]), "-CRLfile", self.write("crls.pem", crls), self.write("leaf.pem", leaf)],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode == 0, good, done.stdout + done.stderr)

    def test_from_a_root_to_a_revoked_leaf(self):
        self.make_model()
        self.assertEqual(self.ca("create", "--name", "Acme Root", "--subject", "O=Acme", "--self-signed", "--path-len", "1", "--days", "1000"), "1\n")
        below = self.ca_json("create", "--name", "Acme Web", "--key-type", "ed25519", "--signed-by", "1", "--days", "500", "--permit-dns", "example.org")
        self.assertEqual({k: below[k] for k in ("number", "name", "status", "key", "parent")},
                         {"number": 2, "name": "Acme Web", "status": "active", "key": "ed25519", "parent": 1})
        self.assertEqual(self.ca("create", "--subject", "CN=Later", "--subject", "C=DE"), "3\n")
        self.assertEqual([(a["name"], a["status"], a["parent"]) for a in self.ca_json("list")],
                         [("Acme Root", "active", None), ("Acme Web", "active", 1), ("Later", "pending", None)])
        self.assertRegex(self.ca("list"), r"(?m)^2 +Acme Web +active +ed25519 +20\S+Z +1 *$")
        server = self.serve()  # from here on somebody else is at the database as well
        chain = self.ca("sign", self.request("a.example.org"), "--ca", "2", "--days", "30")
        self.assertEqual(chain, self.ca("sign", self.path("a.example.org.csr"), "--ca", "2"))  # twice is once
        self.assertEqual(self.dates(chain), 30)
        self.assertEqual(self.dates(self.ca("export", "2")), 500)
        self.assertIn("CN = Later", openssl("req", "-noout", "-subject", stdin=self.ca("export", "3", "--csr").encode()).decode())
        self.verify(server, chain, good=True)
        self.ca("sign", self.request("a.example.com"), "--ca", "2", code=1)  # outside of its constraint, and leaves nothing behind
        admin = server.client(self.make_key())
        rows = self.assert_status(admin.get("/api/content/items/certificate_requests"), 200).json
        self.assertEqual([(r["subject"], r["status"]) for r in rows], [("CN=a.example.org", "Active")])
        handed = self.assert_status(admin.post("/api/content/item/certificate_requests", {"data": {"csr": openssl(
            "req", "-new", "-key", self.path("a.example.org.key"), "-subj", "/CN=b.example.org").decode()}}), 200).json
        other = self.ca_json("sign", "--request", str(handed["serial"]), "--ca", "2")
        self.assertEqual((other["request"], other["chain"].count("BEGIN")), (handed["serial"], 3))
        number = self.ca_json("crl", "2")["number"]
        serial = openssl("x509", "-noout", "-serial", stdin=chain.encode()).decode().split("=")[1].strip()
        revoked = self.ca_json("revoke", serial, "--reason", "keyCompromise")
        self.assertEqual((revoked["serial"], revoked["revocation"]), (serial.lower(), "keyCompromise"))
        self.assertEqual(self.ca_json("crl", "2")["number"], number + 1)
        self.verify(server, chain, good=False)
        self.assertIn("revoked already", self.run_vitrine("ca", "revoke", ":".join(serial[i:i + 2] for i in range(0, 40, 2)), "--data", self.data).errors)
        self.ca("revoke", self.write("other.pem", other["chain"].split("\n\n")[0]))
        self.assertEqual(self.ca_json("crl", "2", "--renew")["number"], number + 3)
        listed = subprocess.run([house.VITRINE, "ca", "crl", "2", "--der", "--data", self.data], capture_output=True, check=True).stdout
        self.assertEqual(listed, server.client().get("/pki/crl/2.crl").body)
        self.assertIn(b"Key Compromise", openssl("crl", "-inform", "DER", "-noout", "-text", stdin=listed))
        self.ca("sign", "--authority", "3", "--ca", "1")  # is on the second level as well
        self.assertEqual(self.ca_json("show", "3")["status"], "active")
        self.ca("revoke", self.ca_json("show", "3")["fingerprint"])
        self.assertEqual(self.ca_json("show", "3")["status"], "revoked")
        self.assertEqual(self.ca("export", "2", "--chain").count("BEGIN CERTIFICATE"), 2)
        journal = self.assert_status(server.client(admin.headers["api-key"]).get("/api/content/items/journal?filter[collection]=certificates&filter[verb]=create&limit=1"), 200).body
        self.assertIn(b"command", journal)  # the stated reason
        for said in (self.ca("show", "1"), self.ca("list", "--json")):
            self.assertNotIn("PRIVATE", said)
        self.assert_stops(server)
        self.assert_sound()

    def test_wrong_lines(self):
        for words, says in ((("create", "--name", "a", "--self-signed", "--signed-by", "1"), "--signed-by"), (("sign", "a.csr"), "--ca"),
                            (("revoke",), "serial"), (("issue",), "ca issue")):
            with self.subTest(words=words):
                said = self.run_vitrine("ca", *words, "--data", self.data)
                self.assertEqual(said.code, 2, said)
                self.assertIn(says, said.errors)
                self.assertFalse(os.path.exists(self.data))
        self.assertEqual(self.run_vitrine("ca", "list", "--data", self.data).code, 3)
        self.make_model()
        bad = self.write("bad.csr", "-----BEGIN NOTHING-----\n-----END NOTHING-----\n")
        before = self.dump()
        for words, says in ((("crl", "x"), "no authority x"), (("create", "--name", "a", "--key-type", "dsa"), "key_type"), (("sign", bad, "--ca", "9"), "no authority 9"),
                            (("revoke", "abcd"), "no certificate abcd"), (("revoke", "--request", "7"), "no request 7"), (("revoke", bad), "PEM")):
            with self.subTest(words=words):
                said = self.run_vitrine("ca", *words, "--data", self.data)
                self.assertEqual(said.code, 1, said)
                self.assertIn(says, said.errors)
                self.assertEqual(self.dump(), before)

    def test_an_archive_takes_them_along_where_the_master_key_is(self):
        self.make_model()
        self.ca("create", "--name", "Root", "--self-signed")
        self.ca("create", "--name", "Below", "--signed-by", "1")
        db = sqlite3.connect(os.path.join(self.data, "vitrine.db"))
        with db:
            db.execute("UPDATE c_certificate_authorities SET crl_count = 300 WHERE serial = 2")  # long: it would be due only
        db.close()
        number = self.ca_json("crl", "2")["number"]
        self.ca("revoke", self.write("old.pem", self.ca("sign", self.request("old.example.org"), "--ca", "2").split("\n\n")[0]))
        self.assertEqual(self.ca_json("crl", "2")["number"], number + 1)
        self.ca("sign", self.request("a.example.org"), "--ca", "2")
        first, second, other = self.path("first.tar"), self.path("second.tar"), self.path("other")
        self.command("export", "--all", "--output", first)
        with open(first, "rb") as f:
            self.assertIn(b"sealed:", f.read())
        said = self.run_vitrine("import", "--from", "archive", first, "--data", other)
        self.assertEqual(said.code, 1, said)
        self.assertIn("another master key", said.errors)
        self.command("import", "--from", "archive", first, "--without-certificates", data=other)
        self.assertEqual(self.ca("list", "--json", data=other), "[]\n")
        os.mkdir(self.path("same"))
        shutil.copy(os.path.join(self.data, "master.key"), self.path("same/master.key"))
        self.command("import", "--from", "archive", first, data=self.path("same"))
        self.command("export", "--all", "--output", second, data=self.path("same"))
        with open(first, "rb") as f, open(second, "rb") as g:
            self.assertEqual(f.read(), g.read())
        self.ca("sign", self.request("b.example.org"), "--ca", "2", data=self.path("same"))  # its key is there
        self.assertEqual(self.ca("create", "--name", "Third", data=self.path("same")), "3\n")
        self.ca("revoke", "--request", "2")  # where the archive is from
        listed = self.ca_json("crl", "2")
        self.command("import", "--from", "archive", first)
        self.assertEqual(self.ca_json("crl", "2"), listed)
        self.assertIn("revoked already", self.run_vitrine("ca", "revoke", "--request", "2", "--data", self.data).errors)
        self.assert_sound()

    def test_killed_at_any_time_it_is_done_or_not(self):
        self.make_model()
        self.ca("create", "--name", "Root", "--self-signed")
        csr = self.request("a.example.org")
        for delay in (0.1, 0.2, 0.3):
            one = subprocess.Popen([house.VITRINE, "ca", "sign", csr, "--ca", "1", "--data", self.data], stdout=subprocess.DEVNULL)
            try:
                one.wait(delay)
            except subprocess.TimeoutExpired:
                one.send_signal(signal.SIGKILL)
                one.wait()
        chain = self.ca("sign", csr, "--ca", "1")
        self.ca("revoke", openssl("x509", "-noout", "-serial", stdin=chain.encode()).decode().split("=")[1].strip())
        server = self.serve()
        admin = server.client(self.make_key())
        self.assertEqual([r["status"] for r in admin.get("/api/content/items/certificate_requests").json], ["Revoked"])
        self.assertEqual(len([c for c in admin.get("/api/content/items/certificates").json if not c["is_authority"]]), 1)
        self.assert_stops(server)
        self.assert_sound()


if __name__ == "__main__":
    house.main()
