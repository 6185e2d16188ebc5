"""zot's documentation with a real curl: every command in it that is about keys and signing in, as it is written."""
import json
import re
import shlex
import subprocess

import house

MAKE = """curl -u user:password -X POST http://localhost:8080/auth/apikey -d '{"label": "myAPIKEY", "scopes": ["repo1", "repo2"], "expirationDate": "%s"}'"""
LIST = "curl -u user:password -X GET http://localhost:8080/auth/apikey"
DROP = "curl -u user:password -X DELETE http://localhost:8080/v2/auth/apikey?id=%s"
DISCOVER = "curl -X GET http://localhost:8080/v2/_oci/ext/discover"
MEMBERS = ["createdAt", "expirationDate", "isExpired", "creatorUa", "generatedBy", "lastUsed", "label", "scopes", "uuid"]


class Zot(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.make_role(1, "reader", [{"collection": "repositories", "verbs": ["read", "create", "update", "delete"]}])
        self.command("user", "add", "--email", "user@example.com", "--name", "user", "--role", "reader", "--password-file", "-",
                     stdin=b"password\n")
        self.server = self.serve()

    def tearDown(self):
        self.assert_stops(self.server)

    def curl(self, line, *more):
        """Status, headers and body."""
        words = [word.replace("http://localhost:8080", self.server.url) for word in shlex.split(line)]
        done = subprocess.run([words[0], "-s", "-D", "-", *words[1:], *more], capture_output=True, check=True, timeout=house.PATIENCE,
                              env=house.environment())
        head, _, body = done.stdout.decode().partition("\r\n\r\n")
        return int(head.split()[1]), head.lower(), body

    def make(self, expires="2093-08-28T17:10:05+03:00"):
        status, _, body = self.curl(MAKE % expires)
        self.assertEqual(status, 201, body)
        return json.loads(body)

    def test_the_documented_commands_work(self):
        key = self.make()
        self.assertEqual(list(key), MEMBERS + ["apiKey"])
        self.assertRegex(key["creatorUa"], r"^curl/")
        self.assertRegex(key["apiKey"], r"^zak_[0-9a-f]{32}$")
        self.assertRegex(key["uuid"], r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertEqual(key["expirationDate"], "2093-08-28T17:10:05+03:00")
        self.assertEqual(key["scopes"], ["repo1", "repo2"])
        status, _, body = self.curl(LIST)
        self.assertEqual(status, 200)
        listed = json.loads(body)["apiKeys"]
        self.assertEqual([list(k) for k in listed], [MEMBERS])
        self.assertEqual(listed[0], {name: key[name] for name in MEMBERS})
        self.assertEqual(self.curl(DROP % key["uuid"])[::2], (200, ""))
        self.assertEqual(json.loads(self.curl(LIST)[2]), {"apiKeys": []})
        self.assertEqual(self.curl(MAKE % "2023-08-28T17:10:05+03:00")[::2], (400, ""))
        self.assertEqual(json.loads(self.curl(DISCOVER)[2])["extensions"][0]["name"], "_zot")

    def test_a_key_is_a_password(self):
        key = self.make()["apiKey"]
        for name in ("user", "user@example.com", "anything", ""):
            with self.subTest(name=name):
                self.assertEqual(self.curl("curl http://localhost:8080/v2/", "-u", f"{name}:{key}")[0], 200)
        self.assertEqual(self.curl("curl http://localhost:8080/v2/", "-H", f"Authorization: Bearer {key}")[0], 200)
        self.assertEqual(self.curl("curl http://localhost:8080/v2/", "-u", "user:zak_e77bcb9e9f634f1581756abbf9ecd269")[0], 401)
        self.assertEqual(self.curl("curl http://localhost:8080/v2/", "-u", "user:wrong password")[0], 401)

    def test_the_door_tells_container_clients_where_to_go(self):
        status, head, _ = self.curl("curl http://localhost:8080/v2/")
        host = self.server.url.removeprefix("http://")
        self.assertEqual(status, 401)
        self.assertIn(f'www-authenticate: bearer realm="http://{host}/v2/token",service="{host}"', head)
        self.assertIn("docker-distribution-api-version: registry/2.0", head)

    def test_a_session_of_the_page(self):
        ui = ("-H", "X-ZOT-API-CLIENT: zot-ui")
        status, head, _ = self.curl("curl -u user:password http://localhost:8080/v2/", *ui)
        self.assertEqual(status, 200)
        secret = re.search(r"set-cookie: session=(\w+);", head)
        self.assertIn("set-cookie: user=user; path=/; max-age=7200", head)
        jar = self.path("jar")
        self.curl("curl -u user:password http://localhost:8080/v2/", *ui, "-c", jar)
        self.assertIsNotNone(secret)
        keys = f"curl -b {jar} http://localhost:8080/zot/auth/apikey"
        self.assertEqual(self.curl(keys, *ui)[0], 200)
        self.assertEqual(self.curl(keys)[0], 401)
        self.assertEqual(self.curl(keys, *ui, "-d", "{}")[0], 403)  # a form could send this
        self.assertEqual(self.curl(keys, *ui, "-H", "Content-Type: application/json", "-d", "{}")[0], 201)
        self.assertEqual(self.curl(f"curl -b {jar} -X POST http://localhost:8080/zot/auth/logout", *ui)[::2], (200, "{}"))
        self.assertEqual(self.curl(keys, *ui)[0], 401)


if __name__ == "__main__":
    house.main()
