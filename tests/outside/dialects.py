"""Façades of other systems as an operator may set them: switched off, moved, with another registry's password."""
import base64

import house

BASIC = {"Authorization": "Basic " + base64.b64encode(b"user:password").decode()}


class Dialects(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.make_role(1, "puller", [{"collection": "repositories", "verbs": ["read"]}])
        self.command("user", "add", "--email", "user@example.com", "--name", "user", "--role", "puller", "--password-file", "-",
                     stdin=b"password\n")

    def client(self, config):
        server = self.serve("--config", self.write("vitrine.json", config))
        return server, server.client(headers=BASIC)

    def test_switched_off(self):
        server, client = self.client({"zot": {"apikey": False}, "chutes": {"enabled": False}})
        for path in ("/auth/apikey", "/zot/auth/apikey", "/v2/auth/apikey", "/api_keys/", "/api_keys/x", "/registry/auth"):
            with self.subTest(path=path):
                self.assert_status(client.get(path), 404)
        self.assert_status(client.get("/v2/"), 200)
        self.assertNotIn("apikey", self.assert_status(client.get("/v2/_zot/ext/mgmt"), 200).json["http"]["auth"])
        self.assert_stops(server)

    def test_moved(self):
        server, client = self.client({"chutes": {"prefix": "/other/chutes/"}})
        self.assert_status(client.get("/api_keys/"), 404)
        self.assertEqual(self.assert_status(client.get("/other/chutes/api_keys/"), 200).json["total"], 0)
        answer = self.assert_status(client.get("/other/chutes/api_keys"), 307)
        self.assertEqual(answer.headers["location"], "/other/chutes/api_keys/")
        answer = self.assert_status(server.client().get("/other/chutes/api_keys/"), 401)
        self.assertEqual(answer.json, {"detail": "Can't find a user with that api key in our db :("})
        answer = client.post("/other/chutes/api_keys/", {"admin": "maybe"})
        self.assertEqual([fault["type"] for fault in self.assert_status(answer, 422).json["detail"]], ["bool_parsing", "missing"])
        self.assert_status(client.get("/other/chutes/registry/auth"), 200)
        self.assert_stops(server)

    def test_objects_have_other_names(self):
        self.make_role(2, "reader", [{"collection": "posts", "verbs": ["read"]}, {"collection": "authors", "verbs": ["read"]}])
        self.command("user", "add", "--email", "ada@example.com", "--role", "reader", "--password-file", "-", stdin=b"password\n")
        server, _ = self.client({"chutes": {"chutes": "posts", "invocations": "nowhere"}})
        ada = server.client(headers={"Authorization": "Basic " + base64.b64encode(b"ada@example.com:password").decode()})
        key = {"admin": False, "name": "k", "scopes": [{"object_type": "chutes", "action": "read"}]}
        secret = self.assert_status(ada.post("/api_keys/", key), 200).json["secret_key"]
        narrowed = server.client(secret)
        self.assert_status(narrowed.get("/api/content/items/posts"), 200)
        self.assert_status(narrowed.get("/api/content/items/authors"), 404)
        key = {"admin": False, "name": "l", "scopes": [{"object_type": "invocations"}]}
        self.assert_status(ada.post("/api_keys/", key), 400)
        self.assert_stops(server)

    def test_another_registrys_password(self):
        server, client = self.client({"registry_auth": {"mode": "basic", "password": "hush hush"}})
        answer = self.assert_status(client.get("/registry/auth", headers={"X-Original-URI": "/v2/a/manifests/b"}), 200)
        self.assertEqual(base64.b64decode(answer.headers["authorization"].removeprefix("Basic ")), b":hush hush")
        answer = self.assert_status(server.client().get("/registry/auth"), 401)
        self.assertNotIn("authorization", answer.headers)
        self.assertNotIn("hush", server.said())
        self.assert_stops(server)

    def test_only_signatures_that_say_all(self):
        server, _ = self.client({"chutes": {"require_v2": True}})
        signed = {"X-Chutes-Hotkey": "5CShbTqxKUgKZBRDu1VGVpivm3m415stz86A5GBdoV7wrU1d", "X-Chutes-Signature": "00" * 64}
        answer = self.assert_status(server.client().get("/api_keys/", headers=signed | {"X-Chutes-Nonce": "1"}), 401)
        self.assertEqual(answer.json, {"detail": "Invalid nonce!"})
        self.assert_stops(server)


if __name__ == "__main__":
    house.main()
