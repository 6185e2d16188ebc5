"""Who is nobody gets nothing, and who claims to be somebody and is not is told so, on every path."""
import re

import house

# What looks at no credential, since it is how one gets some, or is about none (tests/gate/test_credentials.c says why each
# of them may): a wrong one must not keep a probe from its answer, a browser with an old cookie from signing in.
UNASKED = {"/livez", "/readyz", "/startupz", "/health", "/ready", "/status", "/api/system/healthcheck", "/", "/admin", "/admin/", "/docs/errors",
           "/.well-known/jwks.json", "/api/auth/methods", "/api/auth/login", "/api/auth/leaked", "/api/auth/logout", "/api/auth/setup", "/api/auth/second",
           "/api/auth/accept", "/api/auth/reset", "/api/auth/reset/confirm", "/api/auth/magic", "/api/auth/magic/confirm",
           "/api/auth/oidc/x", "/api/auth/oidc/x/callback", "/api/auth/passkey/begin", "/api/auth/passkey/finish", "/login", "/auth/login",
           "/zot/auth/login", "/zot/auth/callback/x",
           "/api/v1/login", "/api/v1/device_authorization", "/api/v1/info", "/api/v1/version", "/api/v1/users/x/activate", "/api_keys"}
# What anybody may ask: who they are, what a registry can do, for a token of the public's. What nobody can ask, but is told to say
# right first.
OPEN = UNASKED | {"/api/auth/me", "/logout", "/auth/logout", "/zot/auth/logout", "/api/v1/logout", "/v2/_oci/ext/discover",
                  "/v2/_zot/ext/mgmt", "/v2/_zot/ext/userprefs", "/v2/token", "/api/v1/cluster/members/join"}
JUDGES_BODIES_FIRST = {"/api/auth/token", "/api/auth/invite", "/api/auth/verify/confirm", "/api/auth/password", "/api/auth/explain",
                       "/api/auth/passkeys/finish", "/api/auth/step-up", "/api/auth/totp/confirm"}
# What they may ask is described to them, and that is little.
DESCRIBED = {"/api/openapi.json", "/openapi.json"}
UNKNOWN = [("GET", "/nope"), ("GET", "/api"), ("GET", "/api/nope"), ("POST", "/api/content/nope"), ("GET", "/v2/nope"),
           ("DELETE", "/api/content/items/posts"), ("PUT", "/metrics"), ("GET", "/api/content/items/posts/more/of/it"),
           ("POST", "/nope")]
WRONG = [{"api-key": "x"}, {"api-key": ""}, {"X-API-Key": "vtr_s_F5AKJ7X0SSRJ_7eT2He8LXL0nnPYkN70FSUVPH7CGt8zNjZVmGpm7qRI1QTUQV"},
         {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp6YWtfMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="}, {"Authorization": "Basic"},
         {"Authorization": "Digest x"}, {"api-key": "API-" + "0" * 40}]


class Rights(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.import_rows("posts", [{"_id": house.item_id(5), "title": "Secret title", "_state": 1}])
        self.server = self.serve()
        self.admin = self.server.client(self.make_key())

    def tearDown(self):
        self.assert_stops(self.server)

    def routes(self):
        """(method, path) of all that the program says it has."""
        paths = self.assert_status(self.admin.get("/api/openapi.json"), 200).json["paths"]
        found = [(method.upper(), path) for path, methods in paths.items() for method in methods
                 if method in ("get", "post", "put", "patch", "delete", "head")]
        found += [("GET", path) for path in ("/metrics", "/openapi.json", "/admin/", "/livez", "/readyz")]
        self.assertGreater(len(found), 30)
        values = {"model": "posts", "id": house.item_id(5), "name": "main"}
        return sorted({(m, re.sub(r"\{(\w+)\+?\}", lambda v: values.get(v.group(1), "x"), path)) for m, path in found})

    def ask(self, client, method, path, headers):
        body = {"data": {"title": "Mine"}} if method in ("POST", "PUT", "PATCH") else None
        answer = client.ask(method, path, body, headers=headers)
        self.assertNotIn(b"Secret title", answer.body)
        return answer

    def test_a_wrong_credential_is_refused_on_every_path(self):
        self.make_role(1, "public", [{"collection": "posts", "verbs": ["read"]}])
        self.import_rows("settings", [{"public_role": house.item_id(1)}])
        client = self.server.client()
        self.assertIn(b"Secret title", client.get("/api/content/items/posts").body)
        routes = [route for route in self.routes() if route[1] not in UNASKED and not route[1].startswith("/acme/")]  # messages say who asks
        for method, path in routes + UNKNOWN:
            for headers in WRONG:
                with self.subTest(method=method, path=path, headers=headers):
                    answer = self.assert_status(self.ask(client, method, path, headers), 401)
                    self.assertIn("www-authenticate", answer.headers)

    def test_two_credentials_are_refused(self):
        client = self.server.client(self.make_key())
        other = {"X-API-Key": self.admin.headers["api-key"]}
        self.assert_status(self.ask(client, "GET", "/api/content/items/posts", other), 400)

    def test_anybody_gets_nothing_without_a_public_role(self):
        client = self.server.client()
        for method, path in self.routes():
            with self.subTest(method=method, path=path):
                answer = self.ask(client, method, path, {})
                if path in OPEN or path.startswith(("/admin/", "/pki/", "/acme/")) or path.endswith(("/crl", "/crl.der", "/crl.pem")):  # verifiers have no credential
                    self.assertNotEqual(answer.status, 500)
                elif path in JUDGES_BODIES_FIRST:
                    self.assertIn(answer.status, (400, 401, 422))
                elif path in DESCRIBED:
                    self.assert_status(answer, 200)
                    self.assertNotIn(b"readers", answer.body)
                else:
                    self.assert_status(answer, 401)
        for method, path in UNKNOWN:
            with self.subTest(method=method, path=path):
                self.assertIn(self.ask(client, method, path, {}).status, (401, 404, 405))
        self.assertEqual(client.get("/api/auth/me").json, {"kind": "public", "user": None, "roles": [], "session": None, "csrf": None})
        # Whether a collection is there is not to be learned either.
        there, gone = (client.get(f"/api/content/items/{name}") for name in ("posts", "gone"))
        self.assertEqual((there.status, there.json["detail"]), (gone.status, gone.json["detail"]))

    def content(self):
        """All but what is noted of attempts."""
        return [line for line in self.dump() if "vitrine_journal" not in line and "vitrine_checkpoints" not in line]

    def test_what_was_refused_changed_nothing(self):
        routes = self.routes()
        house.until("the use of the administrator's key is written down", lambda: any("'127.0.0.1'" in line for line in self.content()))
        before = self.content()
        client = self.server.client()
        for headers in ({}, {"api-key": "x"}):
            for method, path in routes:
                self.ask(client, method, path, headers)
        self.assertEqual(self.content(), before)


if __name__ == "__main__":
    house.main()
