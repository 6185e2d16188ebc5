"""Security L-1: every secret of a run carries a marker or is remembered as it was made; afterwards none of them stands
in the log, the journal, the metrics, an error answer, a list, the API description or the database file."""
import base64
import glob
import json
import os
import urllib.parse

import house
from oidc_double import openssl

MARK = "CANARYxq7"
# How private keys of authorities begin (PKCS #8 of Ed25519, P-256, P-384, RSA): nobody knows them, so that they carry no marker.
PRIVATE = [bytes.fromhex(der) for der in ("302e020100300506032b657004220420", "020100301306072a8648ce3d020106082a8648ce3d030107046d306b020101",
                                          "020100301006072a8648ce3d020106052b8104002204819e30819b020101", "020100300d06092a864886f70d01010105000482")]
MODEL = [{"name": "posts", "fields": [{"name": "title", "kind": "text", "required": True},
                                      {"name": "token", "kind": "secret"}]}]


class Canary(house.Case):
    """`answers` holds what came back, but for the one answer that hands a secret out."""

    def setUp(self):
        super().setUp()
        self.secrets, self.answers = {}, []

    def secret(self, what, value):
        self.secrets[what] = value
        return value

    def tell(self, client, method, path, body=None, **more):
        answer = client.ask(method, path, body, **more)
        self.answers.append((f"{method} {path.split('?')[0]} {answer.status}",
                             str(dict(answer.headers)) + answer.body.decode(errors="replace")))
        return answer

    def make_secrets(self):
        """By command: people, keys of every kind."""
        for name in ("root", "ada"):
            password = self.secret(f"password of {name}", f"{MARK} password of {name}")
            self.command("user", "add", "--email", f"{name}@example.com", "--role", "admin", "--name", name,
                         "--password-file", self.write(f"{name}.txt", password))
        for kind in ("native", "cockpit", "zot", "chutes", "zenml"):
            self.secret(f"{kind} key", self.command("key", "create", "--role", "admin", "--kind", kind).strip())
        self.secret("key that was rotated away",
                    self.command("key", "create", "--role", "admin", "--name", "to be rotated").strip())
        key, = (key["_id"] for key in json.loads(self.command("key", "list", "--json")) if key["label"] == "to be rotated")
        self.secret("rotated key", self.command("key", "rotate", key).strip())

    def use_keys(self, server):
        good = [value for what, value in self.secrets.items() if what.endswith("key")]
        for key in good:
            for headers in ({"api-key": key}, {"Authorization": f"Bearer {key}"}, {"X-API-Key": key},
                            {"Authorization": "Basic " + base64.b64encode(f"x:{key}".encode()).decode()}):
                self.assert_status(self.tell(server.client(headers=headers), "GET", "/api/content/items/posts"), 200)
            self.assert_status(self.tell(server.client(), "GET", f"/api/content/items/posts?api_key={key}"), 200)
        wrong = self.secret("wrong key", f"vtr_u_{MARK}_0123456789")
        for headers in ({"api-key": wrong}, {"Authorization": f"Bearer {wrong}"}, {"Cookie": f"vitrine_session={wrong}"},
                        {"Authorization": "Basic " + base64.b64encode(f"x:{wrong}".encode()).decode()},
                        {"api-key": good[1], "Authorization": f"Bearer {good[2]}"}):
            self.tell(server.client(headers=headers), "GET", "/api/content/items/posts")
            self.tell(server.client(headers=headers), "GET", "/nothing/there")
        self.tell(server.client(), "GET", f"/api/content/items/posts?api_key={wrong}")

    def use_passwords(self, server):
        browser = server.client()
        login = {"user": "ada@example.com", "password": self.secrets["password of ada"]}
        answer = browser.post("/api/auth/login", login)
        self.assert_status(answer, 200)
        cookie = answer.headers["set-cookie"].split(";")[0]
        self.secret("session", cookie.split("=", 1)[1])
        csrf = self.secret("csrf token", answer.json["csrf"])
        wrong = self.secret("wrong password", f"{MARK} wrong password")
        for body in (login | {"password": wrong}, {"user": wrong, "password": "x"}, {"user": "ada", "password": [wrong]},
                     {"user": "ada", "pass": wrong}):
            self.tell(server.client(), "POST", "/api/auth/login", body)
        self.tell(server.client(), "POST", "/api/auth/login", f'{{"password":"{wrong}",'.encode())
        self.tell(server.client(), "POST", "/api/auth/setup", login | {"code": wrong, "email": "e@example.com"})
        held = {"Cookie": cookie, "X-CSRF-Token": csrf, "Origin": server.url}
        self.tell(browser, "GET", "/api/content/items/sessions", headers=held)
        self.tell(browser, "POST", "/api/content/item/posts", {"data": {"title": "By cookie"}}, headers=held)
        self.tell(browser, "POST", "/api/content/item/posts", {"data": {"title": "x"}}, headers={"Cookie": cookie})
        self.tell(browser, "POST", "/api/auth/logout", {}, headers=held)
        self.tell(browser, "GET", "/api/content/items/posts", headers=held)

    def write_items(self, admin):
        """Fields of kind secret, keys and people through the content API, well and badly."""
        token = self.secret("secret field", f"{MARK} secret field")
        post = self.tell(admin, "POST", "/api/content/item/posts", {"data": {"title": "One", "token": token}}).json
        self.tell(admin, "POST", "/api/content/item/posts", {"data": {"token": token}})
        self.tell(admin, "POST", "/api/content/item/posts", {"data": {"_id": post["_id"], "title": "Two", "token": token + "!"}})
        for query in ('filter={"token":"%s"}' % token.replace(" ", "%20"), "sort={token:1}", "fields={token:1}"):
            self.tell(admin, "GET", f"/api/content/items/posts?{query.replace(chr(34), '%22').replace('{', '%7B').replace('}', '%7D')}")
        password = self.secret("password by API", f"{MARK} password by API")
        person = {"email": "eve@example.com", "name": "eve", "password": password}
        self.tell(admin, "POST", "/api/content/item/users", {"data": person})
        self.tell(admin, "POST", "/api/content/item/users", {"data": person})  # taken
        self.tell(admin, "POST", "/api/content/item/users", {"data": person | {"email": "no address"}})
        self.tell(admin, "POST", "/api/content/item/users", {"data": {"email": "f@example.com", "password": MARK[:7]}})
        roles = self.tell(admin, "GET", "/api/content/items/roles").json
        made = admin.post("/api/content/item/api_keys", {"data": {"label": "by API", "role": roles[0]["_id"]}})
        for name, value in made.json.items():  # the one answer that hands it out
            if name == "secret" and value:
                self.secret("key by API", value)

    def make_authorities(self, admin):
        """Whose keys are made here, and what uses them: signing, revoking, lists, answers."""
        request = openssl("req", "-new", "-newkey", "ed25519", "-nodes", "-keyout", self.path("leaf.key"), "-subj", "/CN=leaf").decode()
        asked = self.tell(admin, "POST", "/api/content/item/certificate_requests", {"data": {"csr": request}}).json["_id"]
        for kind in ("ed25519", "ec-p384", "rsa-2048", "ec-p256"):
            made = self.tell(admin, "POST", "/api/content/item/certificate_authorities",
                             {"data": {"subject": {"CN": kind}, "self_signed": True, "key_type": kind}}).json
        self.tell(admin, "POST", f"/api/content/item/certificate_requests/{asked}/sign", {"authority": made["_id"]})
        self.tell(admin, "POST", f"/api/content/item/certificate_requests/{asked}/revoke", {"reason": "keyCompromise"})
        self.tell(admin, "GET", f"/pki/crl/{made['serial']}.pem")
        self.tell(admin, "POST", f"/pki/ocsp/{made['serial']}", b"x", headers={"Content-Type": "application/ocsp-request"})
        for query in ('filter={"private_key":{"$exists":true}}', "sort={private_key:1}", "fields={private_key:1}", "populate=2"):
            self.tell(admin, "GET", "/api/content/items/certificate_authorities?" + urllib.parse.quote(query, safe="=&"))
        self.tell(admin, "POST", "/graphql", {"query": "{certificateAuthorities{name privateKey}}"})

    def private_keys(self):
        """Where one begins: as bytes, in hex, in base64 wherever in a group of three it may begin."""
        for where, text in self.answers:
            if "PRIVATE KEY-----" in text:
                yield "a private key", where
            for der in PRIVATE:
                spelt = [der.decode("latin-1"), der.hex(), der.hex().upper()]
                spelt += [base64.b64encode(der[skip:skip + (len(der) - skip) // 3 * 3]).decode() for skip in range(3)]
                if any(one in text for one in spelt):
                    yield der.hex(), where

    def read_all(self, admin):
        for name in ("certificate_authorities", "certificates", "certificate_requests"):
            self.tell(admin, "GET", f"/api/content/items/{name}")
            said = self.run_vitrine("export", "--collection", name, "--data", self.data)
            self.answers.append((f"export {name}", said.out + said.errors))
        for name in ("users", "roles", "grants", "api_keys", "sessions", "journal", "settings", "collections", "posts"):
            self.tell(admin, "GET", f"/api/content/items/{name}")
        for path in ("/metrics", "/api/openapi.json", "/api/auth/me", "/api/auth/methods", "/api/content/models"):
            self.tell(admin, "GET", path)
        for words in (("user", "list", "--json"), ("key", "list", "--json"), ("check", "--json"), ("role", "list", "--json"),
                      ("config", "show", "--origin"), ("export", "--collection", "posts"), ("export", "--collection", "users"),
                      ("export", "--collection", "journal")):
            said = self.run_vitrine(*words, "--data", self.data)
            self.answers.append((" ".join(words), said.out + said.errors))

    def test_no_secret_is_found_anywhere(self):
        self.make_model(MODEL)
        self.make_secrets()
        server = self.serve("--log-level", "debug", env={"VITRINE_AUTH_KEY_IN_QUERY": "true"})
        self.use_keys(server)
        self.use_passwords(server)
        admin = server.client(self.secrets["cockpit key"])
        self.write_items(admin)
        self.make_authorities(admin)
        self.read_all(admin)
        self.assert_stops(server)
        self.read_all_of_disk(server)
        self.assertGreater(len(self.secrets), 12)
        leaks = [(what, where) for what, secret in self.secrets.items() for where, text in self.answers
                 if secret in text or base64.b64encode(secret.encode()).decode().rstrip("=") in text]
        leaks += [(MARK, where) for where, text in self.answers if MARK in text]
        leaks += self.private_keys()
        self.assertEqual(leaks, [])

    def read_all_of_disk(self, server):
        self.answers.append(("the log", server.said()))
        for path in glob.glob(os.path.join(self.data, "vitrine.db*")):
            with open(path, "rb") as f:
                self.answers.append((os.path.basename(path), f.read().decode("latin-1")))
        self.answers.append(("the database", "\n".join(self.dump())))
        logged = server.said()
        self.assertIn("/api/content/items/posts", logged)  # there is something to find secrets in
        self.assertIn("sign_in.refused", self.answers[-1][1])
        self.assertIn("credential.refused", self.answers[-1][1])
        self.assertIn("key.used", self.answers[-1][1])
        self.assertIn("By cookie", self.answers[-1][1])


if __name__ == "__main__":
    house.main()
