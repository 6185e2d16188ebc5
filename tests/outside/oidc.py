"""Signing in at identity providers (SE-6, SE-4, B-5): the real program against a strict provider that can also
be a bad one (oidc_double.py)."""
import json
import os
import urllib.parse

import house
from oidc_double import CLIENT_ID, CLIENT_SECRET, MISCHIEF, Double

SITE = "https://cms.example.org"
CALLBACK = SITE + "/api/auth/oidc/double/callback"
ADA = {"sub": "ada-1", "email": "ada@example.com", "email_verified": True, "name": "Ada Lovelace"}


class Browser:
    """Keeps cookies, goes where it is sent, and knows the dashboard's token for changes."""

    def __init__(self, case, server):
        self.case, self.client, self.cookies, self.csrf = case, server.client(), {}, None

    def ask(self, method, path, body=None):
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        if method != "GET":
            headers |= {"Origin": self.client.url, "X-CSRF-Token": self.csrf or ""}
        answer = self.client.ask(method, path, body, headers)
        for line in [v for k, v in answer.pairs if k.lower() == "set-cookie"]:
            name, value = line.split(";")[0].split("=", 1)
            self.cookies.pop(name, None)
            if "Max-Age=0" not in line:
                self.cookies[name] = value
        return answer

    def leave(self, provider="double", to=None):
        """To the provider's page and back to where it sends us: the path at the server."""
        answer = self.ask("GET", f"/api/auth/oidc/{provider}" + (f"?to={urllib.parse.quote(to)}" if to else ""))
        self.case.assert_status(answer, 302)
        return self.agree(answer.headers["location"])

    def agree(self, location):
        back = self.case.double.authorize(location)
        self.case.assertIsNotNone(back, self.case.double.complaints)
        self.case.assertTrue(back.startswith(SITE + "/"))
        return back[len(SITE):]

    def sign_in(self, to=None):
        return self.ask("GET", self.leave(to=to))

    def me(self):
        answer = self.case.assert_status(self.ask("GET", "/api/auth/me"), 200)
        self.csrf = answer.json["csrf"]
        return answer.json["user"]

    def login(self, email, password):
        self.client.headers["Origin"] = self.client.url
        answer = self.ask("POST", "/api/auth/login", {"user": email, "password": password})
        if answer.status == 200:
            self.csrf = answer.json["csrf"]
        return answer


class Oidc(house.Case):
    def setUp(self):
        super().setUp()
        self.doubles = 0

    def start(self, provider=None, env=None, **more):
        """A server that knows one double as its provider."""
        self.doubles += 1
        folder = self.path(f"double{self.doubles}")
        os.mkdir(folder)
        self.double = Double(folder, CALLBACK, **more)
        self.addCleanup(self.double.close)
        self.make_role(1, "editor", [{"collection": "assets", "verbs": ["read"]}])
        self.make_role(2, "author", [])
        self.make_role(3, "helper", [])
        self.key = self.make_key()
        settings = {"VITRINE_SITE_URL": SITE, "VITRINE_OUTBOUND_ALLOW": "127.0.0.0/8", "VITRINE_OUTBOUND_HTTP": "true",
                    "VITRINE_OUTBOUND_PORTS": str(self.double.port)}
        self.server = self.serve(env=settings | (env or {}))
        self.admin = self.server.client(self.key)
        item = {"name": "double", "label": "The double", "issuer": self.double.url, "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET, "allow_signup": True} | (provider or {})
        self.provider = self.assert_status(self.admin.post("/api/content/item/identity_providers", {"data": item}), 200).json["_id"]

    def items(self, collection, **where):
        answer = self.admin.get(f"/api/content/items/{collection}?filter=" + urllib.parse.quote(json.dumps(where)))
        return self.assert_status(answer, 200).json

    def change(self, collection, item, **values):
        return self.assert_status(self.admin.ask("PATCH", f"/api/content/item/{collection}/{item}", {"data": values}), 200)

    def user(self, email):
        found = self.items("users", email=email)
        return found[0] if found else None

    def add_user(self, email, password, role="helper"):
        word = self.write("password", password)
        self.command("user", "add", "--email", email, "--role", role, "--password-file", word)
        return self.user(email)["_id"]

    def roles_of(self, email):
        names = {r["_id"]: r["name"] for r in self.items("roles")}
        return sorted(names[r["_id"]] for r in self.user(email).get("roles") or [])

    # ---- the good ways

    def test_people_come_in_and_come_back(self):
        self.start()
        for alg in ("RS256", "ES256", "EdDSA"):
            self.double.rotate(alg)
            self.double.person = ADA
            browser = Browser(self, self.server)
            answer = browser.sign_in("/admin/content/posts?page=2")
            self.assert_status(answer, 302)
            self.assertEqual(answer.headers["location"], SITE + "/admin/content/posts?page=2")
            self.assertEqual(answer.headers["referrer-policy"], "no-referrer")
            self.assertEqual(list(browser.cookies), ["vitrine_session"])
            self.assertEqual(browser.me()["email"], "ada@example.com")
            if alg == "ES256":
                self.assertEqual(self.double.asked.count("/jwks"), 2)  # a key that was not known was looked for
                self.restart()
        user = self.user("ada@example.com")
        self.assertEqual((user["full_name"], user["verified"]), ("Ada Lovelace", True))
        self.assertEqual(len(self.items("external_identities")), 1)
        self.assertEqual({s["strength"] for s in self.items("sessions")}, {"oidc"})
        self.assertEqual(self.double.complaints, [])
        methods = self.server.client().get("/api/auth/methods").json
        self.assertEqual(methods["providers"], [{"name": "double", "label": "The double"}])

    def test_zots_page_comes_back_to_its_own_place(self):
        """Its own cookies afterwards, and nowhere else than here (oci-registry.md 11.2)."""
        self.start()
        self.double.person = ADA
        self.double.redirect_uri = SITE + "/zot/auth/callback/double"
        ways = self.server.client().get("/v2/_zot/ext/mgmt").json["http"]["auth"]
        self.assertEqual(ways["openid"], {"providers": {"double": {"name": "The double"}}})
        for wanted, there in (("/explore?x=1", "/explore?x=1"), (SITE + "/home", "/home"), ("https://evil.example/home", "/"),
                              ("//evil.example", "/"), (SITE + ".evil.example/", "/"), (None, "/")):
            with self.subTest(wanted=wanted):
                browser = Browser(self, self.server)
                where = "/zot/auth/login?provider=double" + ("&callback_ui=" + urllib.parse.quote(wanted, safe="") if wanted else "")
                back = browser.agree(self.assert_status(browser.ask("GET", where), 302).headers["location"])
                answer = self.assert_status(browser.ask("GET", back), 302)
                self.assertEqual((answer.headers["location"], answer.headers["referrer-policy"]), (SITE + there, "no-referrer"))
                self.assertEqual(sorted(browser.cookies), ["session", "user"])
                self.assert_status(browser.ask("GET", "/v2/"), 401)
                browser.client.headers["X-ZOT-API-CLIENT"] = "zot-ui"
                self.assert_status(browser.ask("GET", "/v2/"), 200)
                self.assert_status(browser.ask("POST", "/zot/auth/logout"), 200)
                self.assertEqual(browser.cookies, {})
        # What was begun at one place does not end at the other.
        browser = Browser(self, self.server)
        back = browser.agree(browser.ask("GET", "/zot/auth/login?provider=double").headers["location"])
        self.assert_status(browser.ask("GET", back.replace("/zot/auth/callback/double", "/api/auth/oidc/double/callback")), 401)
        self.double.redirect_uri = CALLBACK
        back = browser.leave()
        self.assert_status(browser.ask("GET", back.replace("/api/auth/oidc/double/callback", "/zot/auth/callback/double")), 401)
        self.assertEqual(browser.cookies, {})
        for path in ("/zot/auth/login", "/zot/auth/login?provider="):
            self.assert_status(self.server.client().get(path), 400)
        for path in ("/zot/auth/login?provider=nobody", "/auth/login?provider=nobody", "/zot/auth/callback/nobody?code=x&state=y"):
            self.assert_status(self.server.client().get(path), 404)
        self.assertEqual(self.double.complaints, [])

    def restart(self):
        """Without what it remembers of the provider, or the pause between two looks would have to be waited for."""
        env = {"VITRINE_SITE_URL": SITE, "VITRINE_OUTBOUND_ALLOW": "127.0.0.0/8", "VITRINE_OUTBOUND_HTTP": "true",
               "VITRINE_OUTBOUND_PORTS": str(self.double.port)}
        self.assert_stops(self.server)
        self.server = self.serve(env=env)
        self.admin = self.server.client(self.key)

    def test_a_provider_may_want_the_secret_in_the_form(self):
        self.start(post_only=True)
        self.double.person = ADA
        self.assert_status(Browser(self, self.server).sign_in(), 302)
        self.assertEqual(self.double.complaints, [])

    def test_secrets_stay_secret(self):
        self.start()
        for path in ("/api/content/items/identity_providers", f"/api/content/item/identity_providers/{self.provider}",
                     "/api/content/items/journal"):
            self.assertNotIn(CLIENT_SECRET, self.admin.get(path).body.decode())
        self.assertNotIn(CLIENT_SECRET, "\n".join(self.dump()))

    def test_only_administrators_name_providers(self):
        self.start()
        self.make_role(4, "powerful", [{"collection": "identity_providers", "verbs": ["*"]}])
        other = self.server.client(self.make_key("--role", "powerful"))
        evil = {"name": "evil", "issuer": "https://evil.example", "client_id": "x"}
        self.assert_status(other.post("/api/content/item/identity_providers", {"data": evil}), 403)
        self.assert_status(other.ask("PATCH", f"/api/content/item/identity_providers/{self.provider}", {"data": evil}), 403)

    # ---- roles

    def test_roles_follow_the_claim_and_only_those_that_are_mapped(self):
        mapping = {"editors": "editor", "staff": ["editor", "author"]}
        self.start({"roles_claim": "realm/groups", "role_mapping": mapping})
        for claim, wanted in ((["editors"], ["editor"]), (["staff", "unknown"], ["author", "editor"]), ("staff", ["author", "editor"]),
                              ([], []), (None, []), ({"editors": True}, []), (["editors"], ["editor"])):
            self.double.person = ADA | ({} if claim is None else {"realm": {"groups": claim}})
            self.assert_status(Browser(self, self.server).sign_in(), 302)
            self.assertEqual(self.roles_of("ada@example.com"), wanted, claim)
        helper = next(r["_id"] for r in self.items("roles", name="helper"))
        editor = next(r["_id"] for r in self.items("roles", name="editor"))
        self.change("users", self.user("ada@example.com")["_id"], roles=[helper, editor])
        self.double.person = ADA
        self.assert_status(Browser(self, self.server).sign_in(), 302)
        self.assertEqual(self.roles_of("ada@example.com"), ["helper"])

    # ---- bad providers

    def test_a_bad_token_lets_nobody_in(self):
        for alg in ("RS256", "EdDSA"):
            self.data = self.path(f"data-{alg}")
            self.start(alg=alg)
            self.double.person = ADA
            for mischief in sorted(MISCHIEF):
                with self.subTest(alg=alg, mischief=mischief):
                    self.double.mischief = mischief
                    browser = Browser(self, self.server)
                    self.assert_status(browser.sign_in(), 401)
                    self.assertEqual(browser.cookies, {})
            self.assertIsNone(self.user("ada@example.com"))
            self.assertEqual(self.items("external_identities"), [])
            self.assertEqual(self.double.complaints, [])
            self.double.mischief = None
            self.assert_status(Browser(self, self.server).sign_in(), 302)
            # Keys that nobody has were asked for once, not every time.
            self.assertLessEqual(self.double.asked.count("/jwks"), 3)

    def test_a_provider_that_answers_nonsense(self):
        self.start()
        for status, body in ((500, b"{}"), (200, b"<html>"), (200, b"[]"), (200, b"{}"), (200, b"x" * 300000), (302, b"{}"),
                             (200, json.dumps({"issuer": "https://evil.example"}).encode())):
            self.double.answer_with = (status, body)
            answer = self.server.client().get("/api/auth/oidc/double")
            self.assert_status(answer, 503)
            self.assertNotIn("set-cookie", answer.headers)
        self.double.answer_with = None
        self.assert_status(self.server.client().get("/api/auth/oidc/double"), 302)

    def test_nothing_inside_is_reached(self):
        self.start()
        for issuer in ("http://169.254.169.254", "http://[::1]", "http://localhost:22", "http://0", "https://user@127.0.0.1",
                       f"http://[::ffff:10.0.0.1]:{self.double.port}"):
            self.change("identity_providers", self.provider, issuer=issuer)
            self.assert_status(self.server.client().get("/api/auth/oidc/double"), 503)
        self.assertEqual(self.double.asked, [])

    def test_certificates_are_looked_at(self):
        self.start(tls=True, env={"VITRINE_OUTBOUND_HTTP": "false"})
        self.double.person = ADA
        self.assert_status(self.server.client().get("/api/auth/oidc/double"), 503)
        self.change("identity_providers", self.provider, certificates=self.double.certificate)
        self.assert_status(Browser(self, self.server).sign_in(), 302)

    # ---- bad browsers

    def test_a_way_back_counts_once_and_for_its_browser(self):
        self.start()
        self.double.person = ADA
        one, other = Browser(self, self.server), Browser(self, self.server)
        back, its = one.leave(), other.leave()
        self.assert_status(Browser(self, self.server).ask("GET", back), 401)   # no cookie: forced sign-in
        self.assert_status(other.ask("GET", back), 401)                        # another's cookie; it is used up by that
        self.assert_status(other.ask("GET", its), 401)
        cookies = dict(one.cookies)
        self.assert_status(one.ask("GET", back), 302)
        one.cookies = cookies
        self.assert_status(one.ask("GET", back), 401)
        for change in (lambda q: q.update(state="x" * 43), lambda q: q.pop("state"), lambda q: q.update(iss="https://evil.example"),
                       lambda q: q.pop("iss"), lambda q: q.pop("code"), lambda q: q.update(code="x"), lambda q: q.update(error="no")):
            browser = Browser(self, self.server)
            path, _, query = browser.leave().partition("?")
            pairs = dict(urllib.parse.parse_qsl(query))
            change(pairs)
            self.assert_status(browser.ask("GET", path + "?" + urllib.parse.urlencode(pairs)), 401)
            self.assertNotIn("vitrine_session", browser.cookies)
        browser = Browser(self, self.server)
        back = browser.leave()
        name, value = next(iter(browser.cookies.items()))
        browser.cookies[name] = value[:-2] + ("AA" if value[-2:] != "AA" else "BB")
        self.assert_status(browser.ask("GET", back), 401)

    def test_another_providers_way_back_is_none(self):
        self.start()
        item = {"name": "second", "issuer": self.double.url, "client_id": CLIENT_ID}
        self.assert_status(self.admin.post("/api/content/item/identity_providers", {"data": item}), 200)
        browser = Browser(self, self.server)
        self.assert_status(browser.ask("GET", browser.leave().replace("/double/", "/second/")), 401)

    def test_nobody_is_sent_away_from_here(self):
        self.start()
        for to in ("//evil.example", "/\\evil.example", "https://evil.example", "/%09/evil", "@evil.example", "/..//evil", ""):
            answer = self.server.client().get("/api/auth/oidc/double?to=" + urllib.parse.quote(to))
            self.assert_status(answer, 400)
        for path in ("/api/auth/oidc/nobody", "/api/auth/oidc/nobody/callback?code=x&state=y"):
            self.assert_status(self.server.client().get(path), 404)
        self.change("identity_providers", self.provider, enabled=False)
        self.assert_status(self.server.client().get("/api/auth/oidc/double"), 404)
        self.assertEqual(self.server.client().get("/api/auth/methods").json["providers"], [])

    # ---- whose account it is (CVE-2024-38351, CVE-2026-44166)

    def test_an_address_counts_when_both_sides_have_verified_it(self):
        self.start()
        self.double.person = ADA  # makes a verified account, which then loses its link
        self.assert_status(Browser(self, self.server).sign_in(), 302)
        self.change("users", self.user("ada@example.com")["_id"], password=house.PASSWORD)
        link = self.items("external_identities")[0]["_id"]
        self.assert_status(self.admin.ask("DELETE", f"/api/content/item/external_identities/{link}"), 200)
        for wrong in (False, None, "true", 1):
            self.double.person = ADA | {"email_verified": wrong}
            self.assert_status(Browser(self, self.server).sign_in(), 401)
        self.assertEqual(self.items("external_identities"), [])
        self.double.person = ADA | {"email": "Ada@Example.com"}
        browser = Browser(self, self.server)
        self.assert_status(browser.sign_in(), 302)
        self.assertEqual(browser.me()["_id"], self.user("ada@example.com")["_id"])
        self.assert_status(Browser(self, self.server).login("ada@example.com", house.PASSWORD), 200)  # nothing was taken
        self.double.person = ADA | {"sub": "ada-1", "email": "other@example.com"}  # from now on by subject alone
        self.assert_status(Browser(self, self.server).sign_in(), 302)
        self.double.person = {"sub": "eve", "email": "ada@example.com", "email_verified": False}
        self.assert_status(Browser(self, self.server).sign_in(), 401)

    def test_who_waits_inside_an_account_meets_nobody(self):
        """First here: somebody made an account with an address of somebody else's, unverified."""
        self.start()
        self.add_user("ada@example.com", house.PASSWORD)
        self.double.person = ADA
        self.assert_status(Browser(self, self.server).sign_in(), 401)
        self.assertEqual(self.items("external_identities"), [])

    def test_who_was_there_first_is_gone_when_the_address_is_shown(self):
        """First there: an account with a link, a password and a key, whose address is verified later."""
        self.start()
        self.double.person = ADA
        browser = Browser(self, self.server)
        self.assert_status(browser.sign_in(), 302)
        user = self.user("ada@example.com")["_id"]
        self.change("users", user, email="vic@example.com", password=house.PASSWORD)
        self.assertFalse(self.user("vic@example.com")["verified"])
        planted = self.server.client(self.make_key("--user", "vic@example.com"))
        self.assert_status(planted.get("/api/auth/me"), 200)
        waiting = Browser(self, self.server)
        self.assert_status(waiting.login("vic@example.com", house.PASSWORD), 200)
        self.double.person = ADA | {"email": "vic@example.com"}
        owner = Browser(self, self.server)
        self.assert_status(owner.sign_in(), 302)
        self.assertEqual(owner.me()["_id"], user)
        self.assertTrue(self.user("vic@example.com")["verified"])
        self.assert_status(planted.get("/api/auth/me"), 401)
        self.assert_status(waiting.ask("GET", "/api/auth/me"), 401)
        self.assert_status(Browser(self, self.server).login("vic@example.com", house.PASSWORD), 401)
        self.assertEqual(len(self.items("external_identities")), 1)

    def test_strangers_stay_out_where_they_are_not_wanted(self):
        self.start({"allow_signup": False})
        self.double.person = ADA
        self.assert_status(Browser(self, self.server).sign_in(), 401)
        self.assertIsNone(self.user("ada@example.com"))

    def test_who_is_switched_off_stays_off(self):
        self.start()
        self.double.person = ADA
        self.assert_status(Browser(self, self.server).sign_in(), 302)
        self.change("users", self.user("ada@example.com")["_id"], active=False)
        self.assert_status(Browser(self, self.server).sign_in(), 401)

    def test_people_link_themselves(self):
        self.start({"allow_signup": False})
        user = self.add_user("ada@example.com", house.PASSWORD)
        self.double.person = {"sub": "ada-7"}
        browser = Browser(self, self.server)
        self.assert_status(browser.login("ada@example.com", house.PASSWORD), 200)
        session = dict(browser.cookies)
        answer = self.assert_status(browser.ask("POST", "/api/auth/oidc/double/link", {}), 200)
        browser.cookies = {k: v for k, v in browser.cookies.items() if k not in session}  # SameSite=Strict stays home
        self.assert_status(browser.ask("GET", browser.agree(answer.json["location"])), 302)
        self.assertEqual([i["subject"] for i in self.items("external_identities")], ["ada-7"])
        again = Browser(self, self.server)
        self.assert_status(again.sign_in(), 302)
        self.assertEqual(again.me()["_id"], user)
        self.assert_status(Browser(self, self.server).ask("POST", "/api/auth/oidc/double/link", {}), 401)
        # The same identity is not a second person's.
        self.add_user("eve@example.com", house.PASSWORD)
        eve = Browser(self, self.server)
        self.assert_status(eve.login("eve@example.com", house.PASSWORD), 200)
        answer = self.assert_status(eve.ask("POST", "/api/auth/oidc/double/link", {}), 200)
        self.assert_status(eve.ask("GET", eve.agree(answer.json["location"])), 401)


if __name__ == "__main__":
    house.main()
