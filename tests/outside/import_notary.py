"""A database of Canonical Notary comes in: people, requests, certificates, authorities with their keys, what was revoked; whole or not
at all (notary.md 5, 10 and 14)."""
import base64
import ctypes
import ctypes.util
import json
import os
import shutil
import sqlite3
import tempfile

import house
from oidc_double import openssl

PASSWORD = "Corr3ct-horse"
HASH = "$argon2id$v=19$m=19456,t=2,p=1$nin5JQUFHQ4jRAEaU773bQ$/LuJSgFGsxY2W+qFFOiP/aVjsm5bH4VjLJw6pCD/QXE"
NUMBER = 1_790_000_000_123_456_789  # of a list: Notary's are nanoseconds
SCHEMA = """
CREATE TABLE certificate_requests (csr_id INTEGER PRIMARY KEY AUTOINCREMENT, csr TEXT NOT NULL UNIQUE, status TEXT DEFAULT 'Outstanding', certificate_id INTEGER, user_email TEXT);
CREATE TABLE certificates (certificate_id INTEGER PRIMARY KEY AUTOINCREMENT, certificate TEXT NOT NULL UNIQUE, issuer_id INTEGER);
CREATE TABLE certificate_authorities (certificate_authority_id INTEGER PRIMARY KEY AUTOINCREMENT, crl TEXT, enabled INTEGER DEFAULT 0, private_key_id INTEGER, certificate_id INTEGER, csr_id INTEGER NOT NULL UNIQUE);
CREATE TABLE private_keys (private_key_id INTEGER PRIMARY KEY AUTOINCREMENT, private_key TEXT NOT NULL UNIQUE);
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, hashed_password TEXT, role_id INTEGER NOT NULL, oidc_subject TEXT);
CREATE TABLE encryption_keys (encryption_key_id INTEGER PRIMARY KEY AUTOINCREMENT, encryption_key TEXT NOT NULL UNIQUE);
CREATE TABLE jwt_secret (id INTEGER PRIMARY KEY CHECK (id = 1), encrypted_secret TEXT NOT NULL);
"""
CONFIG = """[ca]
default_ca = d
[d]
database = {folder}/index.txt
crlnumber = {folder}/crlnumber
default_md = sha256
default_crl_days = 365
crl_extensions = e
[e]
authorityKeyIdentifier = keyid:always
"""
OF_CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nextendedKeyUsage=serverAuth\nsubjectKeyIdentifier=hash\n"
OF_LEAF = "basicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n"


def sealed(key, text):
    """AES-256-GCM as Notary does it: nonce, text, tag; by the library that the openssl command has no words for."""
    crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
    for name in ("EVP_CIPHER_CTX_new", "EVP_aes_256_gcm"):
        getattr(crypto, name).restype = ctypes.c_void_p
    context, cipher = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new()), ctypes.c_void_p(crypto.EVP_aes_256_gcm())
    nonce, out, tag, length = os.urandom(12), ctypes.create_string_buffer(len(text)), ctypes.create_string_buffer(16), ctypes.c_int()
    good = crypto.EVP_EncryptInit_ex(context, cipher, None, key, nonce) == 1
    good = good and crypto.EVP_EncryptUpdate(context, out, ctypes.byref(length), text, len(text)) == 1
    good = good and crypto.EVP_EncryptFinal_ex(context, None, ctypes.byref(length)) == 1
    good = good and crypto.EVP_CIPHER_CTX_ctrl(context, 0x10, 16, tag) == 1
    crypto.EVP_CIPHER_CTX_free(context)
    assert good
    return base64.b64encode(nonce + out.raw + tag.raw).decode()


def signed_again(key, request, count):
    """So many requests of one Ed25519 key, each with another number for the zeros of its name."""
    crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
    for name in ("BIO_new_mem_buf", "PEM_read_bio_PrivateKey", "EVP_MD_CTX_new"):
        getattr(crypto, name).restype = ctypes.c_void_p
    pem = ctypes.create_string_buffer(key)
    own = ctypes.c_void_p(crypto.PEM_read_bio_PrivateKey(ctypes.c_void_p(crypto.BIO_new_mem_buf(pem, len(key))), None, None, None))
    der = base64.b64decode("".join(request.split("-----")[2].split()))
    start = 4 if der[1] == 0x82 else 3 if der[1] == 0x81 else 2
    text, behind = der[start:-64 - 10], der[-64 - 10:-64]  # what is signed; algorithm and head of the signature
    for number in range(count):
        signed, signature, length = text.replace(b"00000", b"%05d" % number), ctypes.create_string_buffer(64), ctypes.c_size_t(64)
        context = ctypes.c_void_p(crypto.EVP_MD_CTX_new())
        good = crypto.EVP_DigestSignInit(context, None, None, None, own) == 1
        good = good and crypto.EVP_DigestSign(context, signature, ctypes.byref(length), signed, ctypes.c_size_t(len(signed))) == 1
        crypto.EVP_MD_CTX_free(context)
        assert good
        body = base64.encodebytes(der[:start] + signed + behind + signature.raw).decode()
        yield f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n"


class ImportNotary(house.Case):
    def key(self, name, *kind):
        pem = openssl("genpkey", *kind)
        self.write(name + ".key", pem.decode())
        return pem

    def csr(self, name):
        return self.write(name + ".csr", openssl("req", "-new", "-key", self.path(name + ".key"), "-subj", f"/O=Acme/CN={name}", "-addext",
                                                 f"subjectAltName=DNS:{name},IP:192.0.2.1").decode())

    def certificate(self, name, by, extensions, serial):
        signer = ("-signkey", self.path(name + ".key")) if by == name else ("-CA", self.path(by + ".pem"), "-CAkey", self.path(by + ".key"))
        pem = openssl("x509", "-req", "-in", self.path(name + ".csr"), *signer, "-set_serial", str(serial), "-days", "300", "-extfile",
                      self.write("extensions", extensions)).decode()
        self.write(name + ".pem", pem)
        return pem

    def revocations(self, name, serials, number=NUMBER):
        self.write("index.txt", "".join(f"R\t300101000000Z\t260801000000Z\t{serial:X}\tunknown\t/CN=gone\n" for serial in serials))
        digits = f"{number:X}"
        self.write("crlnumber", digits + "\n" if len(digits) % 2 == 0 else "0" + digits + "\n")
        return openssl("ca", "-gencrl", "-config", self.write("ca.cnf", CONFIG.format(folder=self.folder)), "-keyfile", self.path(name + ".key"),
                       "-cert", self.path(name + ".pem")).decode()

    def text(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    made = None  # (folder, data key): made once, every test has a copy

    def make(self):
        if not self.made:
            ImportNotary.made = (tempfile.mkdtemp(prefix="vitrine-notary-"), self.make_desk())
            self.addClassCleanup(shutil.rmtree, self.made[0])
            shutil.copytree(self.folder, self.made[0], dirs_exist_ok=True)
        shutil.copytree(self.made[0], self.folder, dirs_exist_ok=True)
        return self.made[1]

    def make_desk(self):
        """A desk as it is after some time: a root, one below, one that waits; requests in every state."""
        self.key("root", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
        self.key("below", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        for name in ("waits", "a.example.org", "b.example.org", "c.example.org", "d.example.org"):
            self.key(name, "-algorithm", "ED25519")
        for name in ("root", "below", "waits", "a.example.org", "b.example.org", "c.example.org", "d.example.org"):
            self.csr(name)
        root = self.certificate("root", "root", OF_CA, 0x1001)
        below = self.certificate("below", "root", OF_CA, 0x1002)
        leaf = self.certificate("a.example.org", "below", OF_LEAF, 0x18D3F00000000001)
        data_key = os.urandom(32)
        traditional = openssl("rsa", "-in", self.path("root.key"), "-traditional")
        with sqlite3.connect(self.path("notary.db")) as db:
            db.executescript(SCHEMA)
            db.execute("INSERT INTO encryption_keys VALUES (1, ?)", (base64.b64encode(data_key).decode(),))
            db.executemany("INSERT INTO private_keys VALUES (?, ?)", [
                (4, sealed(data_key, traditional)), (5, sealed(data_key, self.text("below.key").encode())), (6, sealed(data_key, self.text("waits.key").encode()))])
            db.executemany("INSERT INTO users VALUES (?, ?, ?, ?, ?)", [
                (1, "Ops@example.org", HASH, 0, None), (2, "manager@example.org", HASH, 1, None), (5, "asks@example.org", HASH, 2, None),
                (6, "sso@example.org", None, 3, "auth0|1")])
            db.executemany("INSERT INTO certificates VALUES (?, ?, ?)", [(3, root, 0), (4, below, 3), (9, leaf, 4)])
            db.executemany("INSERT INTO certificate_requests VALUES (?, ?, ?, ?, ?)", [
                (1, self.text("root.csr"), "Active", 3, None), (2, self.text("below.csr"), "Active", 4, None), (3, self.text("waits.csr"), "Outstanding", 0, None),
                (7, self.text("a.example.org.csr"), "Active", 9, "asks@example.org"), (8, self.text("b.example.org.csr") + "\n", "Outstanding", 0, "asks@example.org"),
                (11, self.text("c.example.org.csr"), "Rejected", None, "manager@example.org"), (12, self.text("d.example.org.csr"), "Revoked", 0, "gone@example.org")])
            db.executemany("INSERT INTO certificate_authorities VALUES (?, ?, ?, ?, ?, ?)", [
                (1, self.revocations("root", []), 1, 4, 3, 1), (2, self.revocations("below", [0x18D3F00000000777]), 1, 5, 4, 2), (4, "", 0, 6, 0, 3)])
        db.close()
        return data_key

    def bring(self, *more, code=0, path="notary.db"):
        said = self.run_vitrine("import", "--from", "notary", self.path(path), "--data", self.data, *more)
        self.assertEqual(said.code, code, said)
        self.assertNotIn("PRIVATE", said.out + said.errors)
        return said

    def login(self, server, email):
        answer = self.assert_status(server.client().post("/login", {"email": email, "password": PASSWORD}), 200)
        return server.client(headers={"Authorization": "Bearer " + answer.json["result"]["token"]})

    def result(self, answer, status=200):
        return self.assert_status(answer, status).json["result"]

    def test_a_desk_moves(self):
        self.make()
        said = self.bring()
        for what in ("users 4 taken 0 refused", "certificates 3 taken 0 refused", "certificate_authorities 3 taken 0 refused", "certificate_requests 4 taken 0 refused"):
            self.assertIn(what, " ".join(said.out.split()))
        self.assertIn("1 people signed in through OpenID Connect", said.errors)
        first = self.dump()
        self.assertEqual(self.bring().out, said.out)
        self.assertEqual(self.dump(), first)
        self.assertNotIn(base64.b64encode(b"-----BEGIN RSA").decode()[:18], "\n".join(first))
        server = self.serve()
        admin = self.login(server, "ops@example.org")
        self.assertEqual({(a["id"], a["email"], a["role_id"]) for a in self.result(admin.get("/api/v1/accounts"))},
                         {(1, "ops@example.org", 0), (2, "manager@example.org", 1), (5, "asks@example.org", 2), (6, "sso@example.org", 3)})
        requests = {r["id"]: r for r in self.result(admin.get("/api/v1/certificate_requests"))}
        self.assertEqual({i: (r["status"], r["email"], r["csr"]) for i, r in requests.items()}, {
            7: ("Active", "asks@example.org", self.text("a.example.org.csr")), 8: ("Outstanding", "asks@example.org", self.text("b.example.org.csr") + "\n"),
            11: ("Rejected", "manager@example.org", self.text("c.example.org.csr")), 12: ("Revoked", "unknown", self.text("d.example.org.csr"))})
        self.assertEqual(requests[7]["certificate_chain"].split("\n\n"), [self.text(n).rstrip("\n") + ("\n" if n == "root.pem" else "")
                                                                        for n in ("a.example.org.pem", "below.pem", "root.pem")])
        mine = self.login(server, "asks@example.org")
        self.assertEqual({r["id"] for r in self.result(mine.get("/api/v1/certificate_requests"))}, {7, 8})
        authorities = {a["id"]: a for a in self.result(admin.get("/api/v1/certificate_authorities"))}
        self.assertEqual({i: (a["enabled"], a["status"], a["csr"]) for i, a in authorities.items()}, {
            1: (True, "active", self.text("root.csr")), 2: (True, "active", self.text("below.csr")), 4: (False, "pending", self.text("waits.csr"))})
        manager = self.login(server, "manager@example.org")
        self.result(manager.post("/api/v1/certificate_requests/8/sign", {"certificate_authority_id": "2"}), 202)
        chain = self.result(manager.get("/api/v1/certificate_requests/8"))["certificate_chain"].split("\n\n")
        openssl("verify", "-CAfile", self.path("root.pem"), "-untrusted", self.path("below.pem"), self.write("new.pem", chain[0]))
        self.result(manager.post("/api/v1/certificate_requests/7/certificate/revoke", {}), 202)
        text = openssl("crl", "-noout", "-text", stdin=self.result(server.client().get("/api/v1/certificate_authorities/2/crl"))["crl"].encode()).decode()
        self.assertIn("18D3F00000000777", text)  # of there
        self.assertIn("18D3F00000000001", text)  # of here
        listed = json.loads(self.command("ca", "crl", "2", "--json"))
        self.assertEqual(listed["number"], NUMBER + 1)
        made = self.result(admin.post("/api/v1/certificate_authorities", {"common_name": "New", "self_signed": True, "key_type": "ec-p256"}), 201)
        self.assertEqual(made["id"], 5)  # behind those that came
        self.assert_stops(server)
        self.bring()  # what is here stays as it is
        self.assertEqual(json.loads(self.command("ca", "crl", "2", "--json")), listed)
        self.assert_sound()

    def changed(self, *statements):
        shutil.copy(self.path("notary.db"), self.path("changed.db"))
        with sqlite3.connect(self.path("changed.db")) as db:
            for statement in statements:
                db.execute(*statement) if isinstance(statement, tuple) else db.execute(statement)
        db.close()

    def list_of(self, number, *more):
        said = json.loads(self.command("ca", "crl", str(number), "--json", *more))
        return said["number"], openssl("crl", "-noout", "-text", stdin=said["crl"].encode()).decode()

    def rows(self, sql):
        db = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
        found = db.execute(sql).fetchall()
        db.close()
        return found

    def test_what_is_revoked_there_later_is_revoked_here(self):
        self.make()
        self.bring()
        crl = self.revocations("below", [0x18D3F00000000777, 0x18D3F00000000888, 0x18D3F00000000001], NUMBER + 5)
        self.changed("DELETE FROM certificates WHERE certificate_id = 9", "UPDATE certificate_requests SET status = 'Revoked', certificate_id = 0 WHERE csr_id = 7",
                     ("UPDATE certificate_authorities SET crl = ? WHERE certificate_authority_id = 2", (crl,)),
                     ("UPDATE certificate_authorities SET crl = ? WHERE certificate_authority_id = 1", (self.revocations("root", [0x1002], NUMBER + 1),)))
        self.bring(path="changed.db")
        number, text = self.list_of(2)
        self.assertEqual(number, NUMBER + 6)
        self.assertEqual([text.count(f"18D3F00000000{n}") for n in ("777", "888", "001")], [1, 1, 1])
        self.assertIn("1002", self.list_of(1)[1])
        self.assertEqual(self.rows("SELECT status FROM c_certificate_requests WHERE serial = 7"), [("Revoked",)])
        self.assertEqual(self.rows("SELECT number FROM c_certificates WHERE revoked_at IS NOT NULL ORDER BY number"), [(4,), (9,)])
        self.assertEqual(self.rows("SELECT serial, enabled FROM c_certificate_authorities WHERE serial < 3 ORDER BY serial"), [(1, 1), (2, 0)])
        now = self.dump()
        self.bring(path="changed.db")
        self.bring()  # the older one takes nothing back
        self.assertEqual(self.dump(), now)
        self.assert_sound()

    def test_an_authority_comes_after_what_it_signed(self):
        self.make()
        self.changed("DELETE FROM certificate_authorities WHERE certificate_authority_id = 2", "DELETE FROM certificate_requests WHERE csr_id = 2")
        self.bring(path="changed.db")
        self.assertEqual(self.rows("SELECT count(*) FROM c_certificates WHERE authority IS NULL"), [(1,)])
        self.changed(("UPDATE certificate_authorities SET crl = ? WHERE certificate_authority_id = 2",
                      (self.revocations("below", [0x18D3F00000000777, 0x18D3F00000000001]),)))
        self.bring(path="changed.db")
        self.assertEqual(self.rows("SELECT number FROM c_certificates WHERE revoked_at IS NOT NULL AND authority IS NOT NULL"), [(9,)])
        number, text = self.list_of(2, "--renew")
        self.assertEqual((number, text.count("18D3F00000000777"), text.count("18D3F00000000001")), (NUMBER + 1, 1, 1))

    def test_what_no_notary_writes_is_refused_whole(self):
        data_key = self.make()
        self.make_model([])
        before = self.dump()
        wrapped = ("UPDATE encryption_keys SET encryption_key = ?", ("vault:v1:" + base64.b64encode(os.urandom(60)).decode(),))
        for statements, says in (
                (("DROP TABLE private_keys",), "no table private_keys"),
                (("ALTER TABLE users RENAME TO people", "CREATE VIEW users AS SELECT * FROM people"), "no table users"),
                (("UPDATE certificates SET certificate = x'00' WHERE certificate_id = 9",), "certificates.certificate is no text"),
                (("UPDATE users SET id = 9007199254740993 WHERE id = 1",), "users.id"),
                (("UPDATE users SET role_id = 'admin' WHERE id = 5",), "role_id"),
                ((("UPDATE certificate_requests SET csr = ? WHERE csr_id = 7", ("x" * 70_000,)),), "too long"),
                ((("UPDATE certificate_requests SET csr = zeroblob(100000000) WHERE csr_id = 7"),), "too big"),
                (("UPDATE certificates SET issuer_id = 3 WHERE certificate_id = 9",), "certificate 9 is not issued by 3"),
                (("UPDATE certificate_requests SET certificate_id = 4 WHERE csr_id = 7",), "not for the key of the request 7"),
                (("UPDATE certificate_authorities SET crl = (SELECT crl FROM certificate_authorities WHERE certificate_authority_id = 1) WHERE certificate_authority_id = 2",),
                 "list of the authority 2"),
                (("UPDATE certificate_authorities SET private_key_id = 5 WHERE certificate_authority_id = 1",), "key of the authority 1"),
                (("UPDATE encryption_keys SET encryption_key = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='",), "does not open"),
                ((wrapped,), "--key-file")):
            with self.subTest(says=says):
                self.changed(*statements)
                said = self.bring(code=1, path="changed.db")
                self.assertIn(says, said.errors)
                self.assertEqual(self.dump(), before)
        self.write("data.key", data_key.hex() + "\n")
        self.bring("--key-file", self.path("data.key"), "--dry-run", path="changed.db")
        self.assertIn("32 bytes", self.bring("--key-file", self.path("below.key"), code=1, path="changed.db").errors)
        self.write("text.db", "no database")
        self.bring(code=1, path="text.db")
        self.assertEqual(self.dump(), before)

    def test_many_requests_with_one_long_chain_are_refused(self):
        self.make()
        long = f"nsComment={'x' * 60_000}\n"
        own = self.key("00000.example.org", "-algorithm", "ED25519")
        self.csr("00000.example.org")
        chain = [self.certificate("root", "root", OF_CA + long, 0x2001), self.certificate("00000.example.org", "root", OF_LEAF + long, 0x2002)]
        self.changed(*(("INSERT INTO certificates VALUES (?, ?, ?)", (20 + i, text, 20 * i)) for i, text in enumerate(chain)),
                     *(("INSERT INTO certificate_requests VALUES (?, ?, 'Active', 21, NULL)", (100 + i, text))
                       for i, text in enumerate(signed_again(own, self.text("00000.example.org.csr"), 850))))
        self.assertIn("the chains of its requests", self.bring(code=1, path="changed.db").errors)

    def test_names_instead_of_addresses_and_requests_that_nobody_could_sign(self):
        self.make()
        self.command("user", "add", "--email", "first@example.org", "--role", "admin", "--password-file", "-", stdin=house.PASSWORD.encode())
        small = openssl("req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout", self.path("small.key"), "-subj", "/CN=small").decode()
        self.changed("DROP TABLE users", "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT, permissions INTEGER)",
                     ("INSERT INTO users VALUES (1, 'ops', ?, 1), (2, 'ada', 'bcrypt', 0)", (HASH,)),
                     ("INSERT INTO certificate_requests VALUES (20, ?, 'Outstanding', 0, NULL)", (small,)))
        said = self.bring(path="changed.db", code=4)
        for sentence in ("1 people get other numbers", "1 passwords are kept in a way", "The request 20 is left out"):
            self.assertIn(sentence, said.errors)
        people = {u["email"]: u for u in json.loads(self.command("user", "list", "--json"))}
        self.assertEqual((people["ops@notary.invalid"]["name"], people["ada@notary.invalid"]["serial"]), ("ops", 2))


if __name__ == "__main__":
    house.main()
