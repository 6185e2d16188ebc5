"""What has ended stays ended: in the process that heard of it, in another one on the same data, and after a restart of
both (SE-2). The table of what ends what is tests/gate/test_replay.c; here it is asked from outside."""
import base64
import json

import house

ITEMS = "/api/content/items/posts"
FINE, DEAD, LOST = 200, 401, 404


class Replay(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.make_role(1, "reader", [{"collection": "posts", "verbs": ["read"]}])
        for name, role in (("root", "admin"), ("ada", "reader")):
            self.command("user", "add", "--email", f"{name}@example.com", "--role", role, "--name", name, "--password-file", "-",
                         stdin=house.PASSWORD.encode())
        self.servers = [self.serve(), self.serve()]
        self.key_id, self.shown = None, {}
        self.show()

    def clients(self):
        return [server.client() for server in self.servers]

    def asked(self):
        """What each credential opens, in each process."""
        return {name: [client.get(ITEMS, headers=headers).status for client in self.clients()] for name, headers in self.shown.items()}

    def sign_in(self):
        answer = self.clients()[0].post("/api/auth/login", {"user": "ada", "password": house.PASSWORD})
        self.assert_status(answer, 200)
        return {"Cookie": answer.headers["set-cookie"].split(";")[0]}, answer.json["csrf"]

    def show(self):
        key = self.make_key("--user", "ada@example.com", "--kind", "zot")
        self.key_id = next(k["_id"] for k in json.loads(self.command("key", "list", "--json")) if k["kind"] == "zot")
        self.shown["key"] = {"api-key": key}
        basic = lambda password: {"Authorization": "Basic " + base64.b64encode(f"ada:{password}".encode()).decode()}
        self.shown["key as Basic"] = basic(key)
        self.shown["password"] = basic(house.PASSWORD)
        self.shown["cookie"], self.csrf = self.sign_in()
        self.shown["another cookie"], _ = self.sign_in()
        client = self.clients()[1]
        for name, proof in (("key", {}), ("cookie", {"Origin": self.servers[1].url, "X-CSRF-Token": self.csrf})):
            answer = client.post("/api/auth/token", {"expires_in": 3600}, headers=self.shown[name] | proof)
            self.assert_status(answer, 201)
            self.shown[f"token of the {name}"] = {"Authorization": "Bearer " + answer.json["access_token"]}

    def check(self, **wanted):
        names = {"key": ("key", "key as Basic", "token of the key"), "password": ("password",),
                 "session": ("cookie", "token of the cookie"), "other": ("another cookie",)}
        expected = {name: [wanted.get(sort, FINE)] * 2 for sort, list_ in names.items() for name in list_}
        self.assertEqual(self.asked(), expected)
        for server in self.servers:
            self.assert_stops(server)
        self.servers = [self.serve(), self.serve()]
        self.assertEqual(self.asked(), expected, "after a restart")

    def test_nothing_happened(self):
        self.check()

    def test_signing_out(self):
        answer = self.clients()[0].ask("POST", "/api/auth/logout", headers=self.shown["cookie"] | {
            "Origin": self.servers[0].url, "X-CSRF-Token": self.csrf})
        self.assert_status(answer, 204)
        self.check(session=DEAD)

    def test_a_new_password(self):
        self.assertEqual(set(sum(self.asked().values(), [])), {FINE})
        self.command("user", "reset", "ada@example.com", "--password-file", "-", stdin=b"another horse altogether")
        self.check(password=DEAD, session=DEAD, other=DEAD)

    def test_switched_off(self):
        self.assertEqual(set(sum(self.asked().values(), [])), {FINE})
        self.command("user", "disable", "ada@example.com")
        self.check(key=DEAD, password=DEAD, session=DEAD, other=DEAD)

    def test_a_key_revoked(self):
        self.assertEqual(set(sum(self.asked().values(), [])), {FINE})
        self.command("key", "revoke", self.key_id)
        self.check(key=DEAD)

    def test_a_key_rotated(self):
        self.assertEqual(set(sum(self.asked().values(), [])), {FINE})
        self.command("key", "rotate", self.key_id)
        asked = self.asked()
        self.assertEqual([asked["key"], asked["key as Basic"], asked["cookie"]], [[DEAD] * 2, [DEAD] * 2, [FINE] * 2])

    def test_a_role_that_grants_no_more(self):
        self.assertEqual(set(sum(self.asked().values(), [])), {FINE})
        root = self.servers[1].client(self.make_key("--user", "root@example.com"))
        self.assert_status(root.ask("DELETE", f"/api/content/item/grants/{house.item_id(1000)}"), 200)
        self.check(key=LOST, password=LOST, session=LOST, other=LOST)


if __name__ == "__main__":
    house.main()
