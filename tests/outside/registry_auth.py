"""Signing in to the registry as container tools do, and the wire's manners before a handler sees anything (oci-registry.md 2, 10):
every client finds its way by one shape of challenge, anonymous where the public may and by name where it may not."""
import base64
import json
import socket
import urllib.parse

import house
import registry
from container_tools import PLAIN, ContainerTools, needs


class Signing(registry.Registry):
    def setUp(self):
        super().setUp()
        self.make_role(4, "everybody", [{"collection": "repositories", "verbs": ["read"], "where": {"name": {"$startsWith": "pub/"}}}])
        self.assert_status(self.admin.ask("PATCH", "/api/content/item/settings", {"public_role": house.item_id(4)}), 200)
        user = {"name": "ada", "email": "ada@example.com", "password": house.PASSWORD, "roles": [house.item_id(3)]}
        self.assert_status(self.admin.post("/api/content/item/users", {"data": user}), 200)
        self.host = self.server.url.removeprefix("http://")
        self.anybody = self.server.client()

    def form(self, **fields):
        return self.anybody.post("/v2/token", urllib.parse.urlencode(fields).encode(),
                                 headers={"Content-Type": "application/x-www-form-urlencoded"})

    def bearer(self, token):
        return self.server.client(headers={"Authorization": f"Bearer {token}"})


class Tokens(Signing):
    def test_a_refresh_token_outlives_the_server_and_ends_with_the_password(self):
        ask = {"grant_type": "password", "service": self.host, "client_id": "x", "access_type": "offline", "username": "ada"}
        self.code(self.form(**ask, password="wrong"), 401, "UNAUTHORIZED")
        refresh = self.assert_status(self.form(**ask, password=house.PASSWORD), 200).json["refresh_token"]
        self.server.kill()
        self.start()
        self.anybody = self.server.client()
        again = {"grant_type": "refresh_token", "service": self.server.url.removeprefix("http://"), "client_id": "x", "refresh_token": refresh}
        answer = self.assert_status(self.form(**again, scope="repository:pub/app:pull,push"), 200).json
        self.assertEqual(answer["scope"], "repository:pub/app:pull,push")
        self.push_image("pub/app", "v1", by=self.bearer(answer["token"]))
        user = self.admin.get('/api/content/items/users?filter={"name":"ada"}&fields=name').json[0]["_id"]
        self.assert_status(self.admin.ask("PATCH", f"/api/content/item/users/{user}", {"password": house.PASSWORD + "!"}), 200)
        self.code(self.form(**again), 401, "UNAUTHORIZED")
        self.assert_status(self.bearer(answer["token"]).get("/v2/"), 401)
        self.assertFalse([line for line in self.dump() if refresh in line])  # a digest is all that is kept
        self.assert_stops(self.server)
        self.assertNotIn(refresh, self.server.said())

    def test_two_processes_know_of_each_others_revocations(self):
        other = self.serve()
        refresh = self.admin.get("/v2/token?offline_token=true").json["refresh_token"]
        ask = urllib.parse.urlencode({"grant_type": "refresh_token", "refresh_token": refresh}).encode()
        typed = {"Content-Type": "application/x-www-form-urlencoded"}
        token = self.assert_status(other.client().post("/v2/token", ask, headers=typed), 200).json["token"]
        item = self.admin.get('/api/content/items/tokens?filter={"kind":"refresh"}&fields=kind').json[0]["_id"]
        self.assert_status(self.admin.ask("DELETE", f"/api/content/item/tokens/{item}"), 200)
        self.assert_status(other.client().post("/v2/token", ask, headers=typed), 401)
        self.assert_status(other.client(headers={"Authorization": f"Bearer {token}"}).get("/v2/"), 401)


class Wire(Signing):
    def say(self, text, then=b""):
        """Bytes over a line of their own; everything that comes until it is closed."""
        host, port = self.host.split(":")
        with socket.create_connection((host, int(port)), timeout=house.PATIENCE) as line:
            line.sendall(text.replace("\n", "\r\n").encode() + then)
            got = b""
            while piece := line.recv(65536):
                got += piece
        head, _, body = got.partition(b"\r\n\r\n")
        return head.decode(), body

    def refusal(self, text, status, code):
        head, body = self.say(text)
        self.assertTrue(head.startswith(f"HTTP/1.1 {status} "), head)
        self.assertIn("\r\nDocker-Distribution-API-Version: registry/2.0", head)
        self.assertEqual(json.loads(body)["errors"][0]["code"], code)
        return head

    def test_what_no_handler_sees_is_refused_in_the_registrys_words(self):
        host = f"Host: {self.host}\n"
        key = f"api-key: {self.keys['admin']}\n"
        begin = f"POST /v2/pub/app/blobs/uploads/ HTTP/1.1\n{host}{key}"
        both = self.refusal(f"{begin}Content-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n", 400, "UNSUPPORTED")
        self.assertIn("\r\nConnection: close", both)
        self.refusal(f"GET /v2/{'a/' * 5000}tags/list HTTP/1.1\n{host}\n", 414, "UNSUPPORTED")
        self.refusal(f"GET /v2/x/manifests/y?{'tag=z&' * 9000} HTTP/1.1\n{host}\n", 414, "UNSUPPORTED")
        self.refusal(f"GET /v2/pub/%2e%2e/manifests/y HTTP/1.1\n{host}\n", 400, "UNSUPPORTED")
        self.refusal(f"GET /v2/pub%2Fapp/manifests/y HTTP/1.1\n{host}\n", 400, "UNSUPPORTED")
        self.refusal(f"GET /v2/pub/app%00/manifests/y HTTP/1.1\n{host}\n", 400, "UNSUPPORTED")
        self.refusal(f"GET /v2/pub/app/manifests/y HTTP/1.1\n{host}x: {'y' * 20000}\n\n", 431, "UNSUPPORTED")
        self.refusal("GET /v2/ HTTP/1.1\n\n", 400, "UNSUPPORTED")  # no Host
        self.refusal(f"BREW /v2/ HTTP/1.1\n{host}\n", 501, "UNSUPPORTED")
        head, body = self.say(f"GET /api/{'a' * 9000} HTTP/1.1\n{host}\n")
        self.assertIn("\r\nContent-Type: application/problem+json", head)  # others keep theirs
        self.assertEqual(json.loads(body)["status"], 414)

    def test_names_that_are_too_long_are_no_errors_of_ours(self):
        self.code(self.admin.get(f"/v2/{'a' * 5000}/tags/list"), 400, "NAME_INVALID")
        self.code(self.admin.get(f"/v2/{'a' * 256}/manifests/x"), 400, "NAME_INVALID")
        self.code(self.admin.get(f"/v2/{'a' * 255}/manifests/x"), 404, "NAME_UNKNOWN")

    def test_methods_that_a_path_does_not_take(self):
        rows = [("PUT", "/v2/", "GET, HEAD"), ("POST", "/v2/_catalog", "GET, HEAD"), ("DELETE", "/v2/pub/app/tags/list", "GET, HEAD"),
                ("PATCH", "/v2/pub/app/manifests/v1", "GET, HEAD, PUT, DELETE"), ("POST", "/v2/_zot/ext/mgmt", "GET, HEAD"),
                ("POST", "/v2/pub/app/blobs/" + registry.digest(b""), "GET, HEAD, DELETE")]
        for method, path, allow in rows:
            with self.subTest(path=path):
                answer = self.code(self.admin.ask(method, path), 405, "UNSUPPORTED")
                self.assertEqual(set(answer.headers["allow"].split(", ")), set(allow.split(", ")))
        answer = self.assert_status(self.anybody.ask("OPTIONS", "/v2/pub/app/manifests/v1"), 204)
        self.assertEqual(set(answer.headers["allow"].split(", ")), {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})

    def test_every_answer_says_that_it_is_a_registrys(self):
        search = "/v2/_zot/ext/search?query=" + urllib.parse.quote("{ImageList(repo: \"\") {Results {Tag}}}")
        ada = self.server.client(headers={"Authorization": "Basic " + base64.b64encode(f"ada:{house.PASSWORD}".encode()).decode()})
        for client in (self.anybody, self.admin, ada, self.server.client("wrong")):
            for path in ("/v2/", "/v2/token", "/v2/_catalog", "/v2/_oci/ext/discover", "/v2/_zot/ext/mgmt", search, "/v2/auth/apikey", "/v2/nothing",
                         "/v2/pub/app/tags/list", "/v2/pub/app/manifests/x", "/v2/pub/app/blobs/x", "/v2/pub/app/referrers/x"):
                with self.subTest(path=path):
                    values = [v for k, v in client.get(path).pairs if k.lower() == "docker-distribution-api-version"]
                    self.assertEqual(values, ["registry/2.0"])

    def test_a_body_is_asked_for_when_it_is_wanted_and_not_before(self):
        content, host = b"x" * 100000, f"Host: {self.host}\nConnection: close\nExpect: 100-continue\nContent-Length: 100000\n"
        where = f"POST /v2/pub/app/blobs/uploads/?digest={registry.digest(content)} HTTP/1.1\n{host}"
        for key, wanted in ((self.keys["admin"], "HTTP/1.1 100 Continue"), (self.keys["puller"], "HTTP/1.1 403 "), ("no", "HTTP/1.1 401 ")):
            with self.subTest(wanted=wanted):
                address, port = self.host.split(":")
                with socket.create_connection((address, int(port)), timeout=house.PATIENCE) as line:
                    line.sendall((where + f"api-key: {key}\n\n").replace("\n", "\r\n").encode())
                    got = line.recv(65536)  # before a byte of the body was sent
                    self.assertTrue(got.startswith(wanted.encode()), got)
                    if b" 100 " in got:
                        line.sendall(content)
                        self.assertIn(b"HTTP/1.1 201 ", got[len(wanted):] + line.recv(65536))
        self.assertEqual(self.admin.get(f"/v2/pub/app/blobs/{registry.digest(content)}").body, content)

    def test_every_endpoint_takes_every_credential(self):
        """Basic with a password, Basic with a key, the token of either, api-key."""
        self.push_image("secret/app", "v1")
        secret = lambda word: {"Authorization": "Basic " + base64.b64encode(word.encode()).decode()}
        ways = [secret(f"ada:{house.PASSWORD}"), secret(f"x:{self.keys['mover']}"), {"api-key": self.keys["mover"]},
                {"X-API-Key": self.keys["mover"]}, {"Authorization": f"Bearer {self.keys['mover']}"}]
        scope = "?scope=repository:secret/app:pull,push&scope=registry:catalog:*"
        ways += [{"Authorization": "Bearer " + self.server.client(headers=way).get("/v2/token" + scope).json["token"]} for way in ways[:2]]
        empty = registry.digest(b"{}")
        for way in ways:
            client = self.server.client(headers=way)
            with self.subTest(way=[k + ": " + v[:12] for k, v in way.items()]):
                for path in ("/v2/", "/v2/_catalog", "/v2/secret/app/manifests/v1", f"/v2/secret/app/blobs/{empty}", "/v2/secret/app/tags/list",
                             f"/v2/secret/app/referrers/{empty}", "/v2/secret/app/_oci/ext/discover", "/v2/_oci/ext/discover"):
                    self.assert_status(client.get(path), 200)
                where = self.assert_status(client.post("/v2/secret/app/blobs/uploads/", b""), 202).headers["location"]
                self.assert_status(client.ask("PATCH", where, b"ab", headers=registry.BYTES), 202)
                self.assert_status(client.ask("DELETE", where), 204)
                self.assert_status(client.ask("DELETE", "/v2/secret/app/manifests/v1"), 401 if "Bearer ey" in str(way) else 403)
        self.assert_status(self.anybody.get("/v2/secret/app/manifests/v1"), 401)


class Tools(ContainerTools, Signing):
    """The last row of 10.1's table: public reads behind a door that asks. Each tool by itself, with homes of their own."""

    def setUp(self):
        super().setUp()
        self.write("auth.json", {})

    def remotes(self):
        return f"docker://{self.host}/pub/app:v1", f"docker://{self.host}/secret/app:v1"

    @needs("skopeo")
    def test_skopeo(self):
        self.push_image("pub/app", "v1")
        self.push_image("secret/app", "v1")
        public, secret = self.remotes()
        plain = "--tls-verify=false"
        self.tool("skopeo", "inspect", "--raw", plain, public)  # nobody
        self.tool("skopeo", "inspect", "--raw", plain, secret, code=1)
        self.tool("skopeo", "copy", "-q", "--src-tls-verify=false", public, "dir:" + self.path("pulled"))
        to = ["skopeo", "copy", "-q", "--dest-tls-verify=false", "dir:" + self.path("pulled")]
        self.tool(*to, f"docker://{self.host}/pub/app:v2", code=1)
        self.tool("skopeo", "login", plain, "-u", "ada", "-p", "wrong", self.host, code=1)
        self.tool("skopeo", "login", plain, "-u", "ada", "--password-stdin", self.host, stdin=house.PASSWORD.encode())
        self.tool("skopeo", "inspect", "--raw", plain, public)
        self.tool("skopeo", "inspect", "--raw", plain, secret)
        self.tool(*to, f"docker://{self.host}/pub/app:v2")
        self.assertEqual(json.loads(self.tool("skopeo", "list-tags", plain, f"docker://{self.host}/pub/app"))["Tags"], ["v1", "v2"])
        self.tool("skopeo", "logout", self.host)
        self.tool("skopeo", "inspect", "--raw", plain, secret, code=1)
        self.tool("skopeo", "inspect", "--raw", plain, public)

    @needs("skopeo")
    def test_skopeo_with_a_refresh_token(self):
        self.push_image("secret/app", "v1")
        look = ["skopeo", "inspect", "--raw", "--tls-verify=false", self.remotes()[1]]
        ada = "Basic " + base64.b64encode(f"ada:{house.PASSWORD}".encode()).decode()
        refresh = self.anybody.get("/v2/token?offline_token=true&client_id=skopeo", headers={"Authorization": ada}).json["refresh_token"]
        for word, code in ((refresh, 0), (refresh[:-1] + ("a" if refresh[-1] != "a" else "b"), 1)):
            self.write("auth.json", {"auths": {self.host: {"auth": base64.b64encode(b"ada:").decode(), "identitytoken": word}}})
            self.tool(*look, code=code)

    @needs("docker")
    def test_docker_without_its_daemon(self):
        """Its login asks for a refresh token, and everything after it is done with that."""
        self.push_image("pub/app", "v1")
        self.push_image("secret/app", "v1")
        docker = ["docker", "--config", self.path("docker"), "--host", "unix://" + self.path("nobody")]
        look = [*docker, "manifest", "inspect", "--insecure"]
        public, secret = f"{self.host}/pub/app:v1", f"{self.host}/secret/app:v1"
        self.tool(*look, public)
        self.tool(*look, secret, code=1)
        self.tool(*docker, "login", "-u", "ada", "--password-stdin", self.host, stdin=b"wrong", code=1)
        self.tool(*docker, "login", "-u", "ada", "--password-stdin", self.host, stdin=house.PASSWORD.encode())
        with open(self.path("docker/config.json"), encoding="utf-8") as f:
            kept = json.load(f)["auths"][self.host]
        self.assertTrue(kept["identitytoken"].startswith("vtf_"))
        self.assertEqual(base64.b64decode(kept["auth"]), b"ada:")  # and not the password
        self.tool(*look, public)
        self.tool(*look, secret)
        item = self.admin.get('/api/content/items/tokens?filter={"kind":"refresh"}&fields=label').json[0]
        self.assertEqual(item["label"], "registry: docker")
        self.assert_status(self.admin.ask("DELETE", f"/api/content/item/tokens/{item['_id']}"), 200)
        self.tool(*look, secret, code=1)

    @needs("podman")
    def test_podman(self):
        registry.Skopeo.layout(self)
        self.assert_tag(self.path("layout"))
        self.trust_everything()
        plain, policy = PLAIN, self.policy()
        self.podman("pull", "-q", plain, policy, f"{self.host}/pub/multi:v1")  # nobody
        self.podman("pull", "-q", plain, policy, f"{self.host}/secret/multi:v1", code=1)
        self.podman("push", "-q", plain, f"{self.host}/pub/multi:v1", f"{self.host}/pub/multi:v2", code=1)
        self.podman("login", plain, "-u", "ada", "-p", "wrong", self.host, code=1)
        self.podman("login", plain, "-u", "ada", "--password-stdin", self.host, stdin=house.PASSWORD.encode())
        self.podman("push", "-q", plain, f"{self.host}/pub/multi:v1", f"{self.host}/pub/multi:v2")
        self.podman("push", "-q", plain, f"{self.host}/pub/multi:v1", f"{self.host}/secret/multi:v2")
        self.podman("pull", "-q", plain, policy, f"{self.host}/secret/multi:v2")
        found = self.podman("search", plain, f"{self.host}/", "--format", "{{.Name}}").split()
        self.assertEqual(sorted(found), [f"{self.host}/pub/multi", f"{self.host}/secret/multi"])
        self.podman("logout", self.host)
        self.podman("pull", "-q", plain, policy, f"{self.host}/secret/multi:v2", code=1)

    def assert_tag(self, layout):
        for name in ("pub/multi", "secret/multi"):
            self.tool("skopeo", "copy", "-q", "--all", "--dest-tls-verify=false", f"--dest-creds=x:{self.keys['admin']}",
                      f"oci:{layout}:it", f"docker://{self.host}/{name}:v1")

    @needs("curl")
    def test_curl(self):
        self.push_image("pub/app", "v1")
        self.push_image("secret/app", "v1")
        status = lambda *words: self.tool("curl", "-s", "-o", self.path("answer"), "-w", "%{http_code}", *words)
        url = self.server.url
        self.assertEqual(status(f"{url}/v2/pub/app/manifests/v1"), "200")
        self.assertEqual(status(f"{url}/v2/secret/app/manifests/v1"), "401")
        self.assertEqual(status("-u", f"ada:{house.PASSWORD}", f"{url}/v2/secret/app/manifests/v1"), "200")
        self.assertEqual(status("-u", "ada:wrong", f"{url}/v2/pub/app/manifests/v1"), "401")
        content = b"y" * (2 << 20)  # more than curl sends without asking
        with open(self.path("content"), "wb") as f:
            f.write(content)
        push = f"{url}/v2/pub/app/blobs/uploads/?digest={registry.digest(content)}"
        sent = ["-X", "POST", "-H", "Content-Type: application/octet-stream", "--data-binary", "@" + self.path("content"), push]
        self.assertEqual(status(*sent), "401")
        self.assertEqual(status("-u", f"ada:{house.PASSWORD}", *sent), "201")


if __name__ == "__main__":
    house.main()
