"""ZenML's documentation of its API with real clients: every command in it, as it is written."""
import importlib.util
import json
import shlex
import shutil
import subprocess
import urllib.parse

import house

SERVER = "https://your-zenml-server"
ACCOUNT = ["""curl -H "Authorization: Bearer YOUR_API_TOKEN" https://your-zenml-server/api/v1/current-user""",
           """wget -qO- --header="Authorization: Bearer YOUR_API_TOKEN" https://your-zenml-server/api/v1/current-user"""]
LOGIN = ["""curl -X POST -d "password=<YOUR_API_KEY>" https://your-zenml-server/api/v1/login""",
         r"""wget -qO- --post-data="password=<YOUR_API_KEY>" \
           --header="Content-Type: application/x-www-form-urlencoded" \
           https://your-zenml-server/api/v1/login"""]
PYTHON_LOGIN = """
import requests
import json

response = requests.post(
    "https://your-zenml-server/api/v1/login",
    data={"password": "<YOUR_API_KEY>"},
    headers={"Content-Type": "application/x-www-form-urlencoded"}
)

print(json.dumps(response.json()))
"""
PYTHON_ACCOUNT = """
import json
import requests

response = requests.get(
    "https://your-zenml-server/api/v1/current-user",
    headers={"Authorization": f"Bearer YOUR_API_TOKEN"}
)

print(json.dumps(response.json()))
"""


class ZenML(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.server = self.serve("--config", self.write("zenml.json", '{zenml: {prefix: "/elsewhere/v1", token_minutes: 60}}'))
        self.admin = self.server.client(self.make_key())

    def tearDown(self):
        self.assert_stops(self.server)

    def fill(self, line, key="", token=""):
        return line.replace(SERVER, self.server.url).replace("<YOUR_API_KEY>", key).replace("YOUR_API_TOKEN", token)

    def run_line(self, line):
        words = shlex.split(line.replace("\\\n", " "))
        if not shutil.which(words[0]):
            self.skipTest(f"there is no {words[0]}")
        quiet = ["-s"] if words[0] == "curl" else ["--no-config"]
        done = subprocess.run([words[0], *quiet, *words[1:]], capture_output=True, check=True, timeout=house.PATIENCE,
                              env=house.environment({"no_proxy": "*"}))
        return json.loads(done.stdout)

    def run_python(self, program):
        done = subprocess.run(["python3", "-c", program], capture_output=True, check=True, timeout=house.PATIENCE,
                              env=house.environment({"no_proxy": "*"}))
        return json.loads(done.stdout)

    def make_service_key(self, name):
        account = self.assert_status(self.admin.post("/api/v1/service_accounts", {"name": name, "active": True}), 200).json
        path = f"/api/v1/service_accounts/{account['id']}/api_keys"
        return self.assert_status(self.admin.post(path, {"name": "default"}), 200).json["body"]["key"]

    def check_login(self, answer):
        self.assertEqual(list(answer), ["access_token", "token_type", "expires_in", "refresh_token", "scope"])
        self.assertEqual([answer["token_type"], answer["expires_in"], answer["refresh_token"], answer["scope"]],
                         ["bearer", 3600, None, None])
        return answer["access_token"]

    def test_the_documented_commands_work(self):
        key = self.make_service_key("myserviceaccount")
        self.assertEqual(len(key), 167)
        for login in LOGIN:
            token = self.check_login(self.run_line(self.fill(login, key=key)))
            for account in ACCOUNT:
                self.assertEqual(self.run_line(self.fill(account, token=token))["name"], "myserviceaccount")

    def test_the_documented_programs_work(self):
        if not importlib.util.find_spec("requests"):
            self.skipTest("there is no requests")
        key = self.make_service_key("myserviceaccount")
        token = self.check_login(self.run_python(self.fill(PYTHON_LOGIN, key=key)))
        self.assertEqual(self.run_python(self.fill(PYTHON_ACCOUNT, token=token))["name"], "myserviceaccount")

    def test_another_prefix_is_the_same_api(self):
        key = self.make_service_key("elsewhere")
        form = urllib.parse.urlencode({"password": key}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        stranger = self.server.client()
        for prefix in ("/api/v1", "/elsewhere/v1"):
            token = self.check_login(self.assert_status(stranger.ask("POST", prefix + "/login", form, headers=headers), 200).json)
            bearer = {"Authorization": f"Bearer {token}"}
            self.assertEqual(stranger.get(prefix + "/current-user", headers=bearer).json["name"], "elsewhere")
        self.assert_status(stranger.get("/elsewhere/v1x/info"), 404)
        self.assert_status(stranger.get("/elsewhere/v1"), 404)
        self.assertEqual(stranger.get("/elsewhere/v1/nothing").json, {"error": "Not Found", "detail": "Not Found"})

    def test_the_pages_about_the_api_load_nothing_from_elsewhere(self):
        client = self.server.client()
        for path in ("/docs", "/redoc"):
            answer = self.assert_status(client.get(path), 200)
            self.assertIn("default-src 'none'; script-src 'self'", answer.headers["content-security-policy"])
            self.assertNotIn(b"http", answer.body.replace(b"https://", b"http"))
            self.assertNotIn(b"<script>", answer.body)
        self.assertEqual(client.get("/docs/page.js").headers["content-type"], "text/javascript; charset=utf-8")
        self.assertEqual(client.get("/docs/page.css").headers["content-type"], "text/css; charset=utf-8")

    def test_parallel_makers_of_one_name(self):
        """Defect 9: of many who make an account of one name at once, one does."""
        answers = []

        def make(_):
            client = self.server.client(self.admin.headers["api-key"])
            answers.append(client.post("/api/v1/service_accounts", {"name": "one", "active": True}).status)

        house.together(make, 8)()
        self.assertEqual(sorted(answers), [200] + [409] * 7)


class Browser(house.Case):
    """With the cookie of a sign-in, what changes something proves where it comes from."""

    def setUp(self):
        super().setUp()
        self.make_model()
        self.command("user", "add", "--email", "ada@example.com", "--name", "ada", "--role", "admin", "--password-file", "-",
                     stdin=(house.PASSWORD + "\n").encode())
        self.server = self.serve("--config", self.write("more.json", "{zenml: {extended_login: true, token_minutes: 5}}"))

    def tearDown(self):
        self.assert_stops(self.server)

    def test_a_cookie_needs_a_proof(self):
        client = self.server.client()
        form = urllib.parse.urlencode({"username": "ada", "password": house.PASSWORD}).encode()
        answer = client.ask("POST", "/api/v1/login", form, headers={"Content-Type": "application/x-www-form-urlencoded"})
        self.assert_status(answer, 200)
        self.assertEqual(list(answer.json), ["access_token", "token_type", "expires_in", "refresh_token", "scope", "cookie_name",
                                             "device_id", "device_metadata", "csrf_token"])
        self.assertEqual(answer.json["expires_in"], 300)
        cookie = {"Cookie": answer.headers["set-cookie"].split(";")[0]}
        self.assertTrue(cookie["Cookie"].startswith(answer.json["cookie_name"] + "="))
        self.assertEqual(client.get("/api/v1/current-user", headers=cookie).json["name"], "ada")
        for more, status in (({}, 403), ({"X-CSRF-Token": "x"}, 403), ({"Origin": "https://elsewhere.example"}, 403),
                             ({"Origin": "https://elsewhere.example", "X-CSRF-Token": answer.json["csrf_token"]}, 403),
                             ({"X-CSRF-Token": answer.json["csrf_token"]}, 200), ({"Origin": self.server.url}, 200)):
            with self.subTest(more=more):
                answer_ = client.ask("PUT", "/api/v1/current-user", {"full_name": "Ada"}, headers=cookie | more)
                self.assert_status(answer_, status)
        self.assert_status(client.get("/api/v1/logout", headers=cookie), 200)
        self.assert_status(client.get("/api/v1/current-user", headers=cookie), 401)


class Switched(house.Case):
    def test_without_zenml_its_paths_are_nobodys(self):
        server = self.serve("--config", self.write("off.json", "{zenml: {enabled: false}}"))
        for path in ("/api/v1/info", "/health"):
            self.assert_status(server.client().get(path), 404)
        self.assert_status(server.client().get("/docs"), 200)
        self.assert_stops(server)


if __name__ == "__main__":
    house.main()
