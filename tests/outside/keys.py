"""Keys as operators and clients handle them: commands, overlap, revocation seen by every process, a stolen
database, and one client with a wrong key beside others with good ones."""
import base64
import json
import os
import shutil

import house


class Keys(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.admin = self.make_key()

    def keys(self, *words):
        return json.loads(self.command("key", "list", "--json", *words))

    def test_a_service_account_and_its_keys(self):
        account = self.command("service-account", "add", "exporter", "--role", "admin", "--description", "nightly").strip()
        secret = self.command("key", "create", "--service-account", "exporter", "--kind", "zenml", "--name", "ci",
                              "--scope", "posts:read", "--scope", "repository:acme/app,acme/x*:pull,push",
                              "--address", "127.0.0.0/8", "--not-before", "2020-01-01T00:00:00Z", "--expires", "30d").strip()
        self.assertTrue(secret.startswith("ZENKEY_"))
        key, = self.keys("--service-account", "exporter")
        self.assertEqual(key["service_account"], account)
        self.assertEqual(key["scopes"], [{"collection": "posts", "verbs": ["read"]},
                                         {"repositories": ["acme/app", "acme/x*"], "verbs": ["pull", "push"]}])
        self.assertEqual(json.loads(base64.b64decode(secret[7:]))["id"].replace("-", "")[:24], key["_id"])
        server = self.serve()
        client = server.client(secret)
        self.assert_status(client.get("/api/content/items/posts"), 200)
        self.assert_status(client.get("/api/content/items/authors"), 404)
        self.assert_status(client.get("/api/content/items/api_keys"), 404)
        self.command("service-account", "disable", "exporter")
        self.assert_status(client.get("/api/content/items/posts"), 401)
        self.assertEqual([a["active"] for a in json.loads(self.command("service-account", "list", "--json"))], [False])
        self.assert_stops(server)

    def test_an_old_secret_lives_on_for_as_long_as_was_said(self):
        first = self.make_key("--role", "admin", "--name", "ci")
        key, = [k for k in self.keys() if k["label"] == "ci"]
        server = self.serve()
        second = self.command("key", "rotate", key["_id"], "--overlap", "30m").strip()
        for secret in (first, second):
            self.assert_status(server.client(secret).get("/api/content/items/posts"), 200)
        third = self.command("key", "rotate", key["_id"]).strip()
        for secret, status in ((first, 401), (second, 401), (third, 200)):
            self.assert_status(server.client(secret).get("/api/content/items/posts"), status)
        self.command("key", "rotate", key["_id"], "--overlap", "31d", code=1)
        self.command("key", "rotate", key["_id"], "--overlap", "soon", code=2)
        self.assert_stops(server)

    def test_a_revoked_key_is_refused_by_the_next_request_of_every_process(self):
        one, other = self.serve(), self.serve()
        secret = self.make_key("--role", "admin", "--name", "ci")
        key, = [k for k in self.keys() if k["label"] == "ci"]
        clients = [one.client(secret), other.client(secret)]
        for client in clients:
            self.assert_status(client.get("/api/content/items/posts"), 200)
        answer = one.client(self.admin).post(f"/api/content/item/api_keys/{key['_id']}/revoke", {})
        self.assert_status(answer, 200)
        for client in clients:
            self.assert_status(client.get("/api/content/items/posts"), 401)
        self.assert_stops(one)
        self.assert_stops(other)

    def test_a_stolen_database_verifies_no_key(self):
        """Another master key than the database was made with is refused at start (AK-3)."""
        stolen = os.path.join(self.folder, "stolen")
        shutil.copytree(self.data, stolen)
        path = os.path.join(stolen, "master.key")
        os.chmod(path, 0o600)
        with open(path, "w", encoding="ascii") as file:
            file.write("ab" * 32 + "\n")
        os.chmod(path, 0o400)
        code, said = self.serve_badly(data=stolen)
        self.assertNotEqual(code, 0)
        self.assertIn("master key", said)

    def test_wrong_keys_are_counted_and_good_ones_go_on(self):
        server = self.serve(env={"VITRINE_AUTH_BAD_KEYS_PER_MINUTE": "5"})
        wrong, good = server.client("USR-" + "0" * 40), server.client(self.admin)
        for _ in range(5):
            self.assert_status(wrong.get("/api/content/items/posts"), 401)
        answer = wrong.get("/api/content/items/posts")
        self.assert_status(answer, 429)
        self.assertTrue(0 < int(answer.headers["retry-after"]) <= 61)
        self.assert_status(good.get("/api/content/items/posts"), 200)
        self.assert_stops(server)


if __name__ == "__main__":
    house.main()
