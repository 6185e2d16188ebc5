"""A zot registry comes in: what its configuration says about people and patterns (oci-registry.md 13 and 14)."""
import json
import os
import random
import re

import house

ACTIONS = "read", "create", "update", "delete"
SECRET = "do-not-tell-me"
HTPASSWD = "ann:$2y$05$" + "a" * 53 + "\nbob:$6$salt$" + "b" * 86 + "\n# a comment\ncid:$5$salt$" + "c" * 43 + "\nnot a line\n"


def control(**more):
    return {"repositories": {
        "**": {"anonymousPolicy": ["read"], "defaultPolicy": ["read"]},
        "infra/**": {"policies": [{"users": ["ann"], "actions": ["read", "create", "update", "delete"]}, {"groups": ["dev"], "actions": ["read"]}]},
        "infra/secret": {"policies": [{"users": ["bob"], "actions": ["read"]}]},
        "{tmp,cache}/*": {"defaultPolicy": ["read", "create"]}},
        "groups": {"dev": {"users": ["bob"]}}, "adminPolicy": {"users": ["root"], "actions": list(ACTIONS)}} | more


def config(**more):
    return {"distSpecVersion": "1.1.1", "storage": {"rootDirectory": "/var/lib/zot", "dedupe": True},
            "http": {"address": "0.0.0.0", "port": "5000", "auth": {"htpasswd": {"path": "htpasswd"}}, "accessControl": control()} | more}


def glob(pattern):
    """As an expression; what the patterns here use of doublestar's."""
    out, i = "", 0
    while i < len(pattern):
        if pattern.startswith("/**", i) and i + 3 == len(pattern):
            out, i = out + "(/.*)?", i + 3
        elif pattern.startswith("**/", i):
            out, i = out + "([^/]*/)*", i + 3
        elif pattern.startswith("**", i):
            out, i = out + ".*", i + 2
        else:
            out += {"*": "[^/]*", "?": "[^/]", "{": "(", "}": ")", ",": "|"}.get(pattern[i], re.escape(pattern[i]))
            i += 1
    return out


def allows(rules, user, action, name):
    """oci-registry.md 13, step by step."""
    groups = [g for g, one in rules.get("groups", {}).items() if user in one["users"]]
    named = lambda p: (user and user in p.get("users", [])) or any(g in p.get("groups", []) for g in groups)
    fits = [p for p in rules["repositories"] if re.fullmatch(glob(p), name)]
    if fits:
        entry = rules["repositories"][max(fits, key=len)]
        if any(named(p) and action in p["actions"] for p in entry.get("policies", [])):
            return True
        if action in entry.get("defaultPolicy" if user else "anonymousPolicy", []):
            return True
    admins = rules.get("adminPolicy", {})
    return bool(named(admins)) and action in admins["actions"]


class Zot(house.Case):
    def setUp(self):
        super().setUp()
        self.write("htpasswd", HTPASSWD)

    def bring(self, what, *words, code=0):
        said = self.run_vitrine("import", "--from", "zot", self.write("config.json", what), "--data", self.data, *words)
        self.assertEqual(said.code, code, said)
        self.assertNotIn(SECRET, said.out + said.errors)
        return said

    def items(self, collection):
        return [json.loads(line) for line in self.command("export", "--collection", collection).splitlines()]

    def names(self, collection, **more):
        return sorted(item["name"] for item in self.items(collection) if more.items() <= item.items())

    def serve_people(self, people):
        keys = {name: self.make_key("--user", f"{name}@zot.invalid") if name else None for name in people}
        server = self.serve()
        return {name: server.client(key) for name, key in keys.items()}

    def may(self, client, action, name):
        """By what the server does, not by what it says that it would."""
        if action == "read":
            return client.get(f"/v2/{name}/tags/list").status == 200
        answer = client.post(f"/v2/{name}/blobs/uploads/", b"")
        return answer.status == 202

    def compare(self, rules, people, names):
        by = self.serve_people(["root-of-all", *people])
        for name in names:  # so that there is something to read
            self.assert_status(by["root-of-all"].post(f"/v2/{name}/blobs/uploads/?digest=sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
                                                      b"{}", headers={"Content-Type": "application/octet-stream"}), 201)
        for user in people:
            for name in names:
                for action in "read", "create":
                    with self.subTest(user=user, name=name, action=action, rules=rules):
                        self.assertEqual(self.may(by[user], action, name), allows(rules, user, action, name))

    def make_root(self):
        self.command("user", "add", "--email", "root-of-all@zot.invalid", "--name", "root-of-all", "--role", "admin",
                     "--password-file", self.write("password", house.PASSWORD))

    def test_decisions_are_those_of_zot(self):
        self.make_root()
        said = self.bring(config())
        self.assertIn("http.address: set listen in the configuration instead", said.errors)
        self.assertIn("storage.rootDirectory is not translated", said.errors)
        self.assertEqual(self.names("users"), ["ann", "bob", "cid", "root", "root-of-all"])
        self.assertEqual(self.names("groups"), ["zot.dev"])
        self.assertNotIn("$2y$05$", " ".join(self.dump()))
        self.compare(control(), ["", "ann", "bob", "cid", "root"], ["infra", "infra/app", "infra/secret", "infra/secret/x", "tmp/a", "tmp/a/b", "cache/b", "other"])

    def test_who_comes_later_is_known_as_in_zot(self):
        self.make_root()
        self.bring(config())
        self.import_rows("users", [{"name": "new", "email": "new@zot.invalid"}])
        by = self.serve_people(["", "new"])
        self.assertEqual([self.may(by[who], "create", "tmp/a") for who in ("", "new")], [False, True])

    def test_decisions_by_chance_are_those_of_zot(self):
        dice = random.Random(house.SEED)
        patterns = ["**", "a/**", "a/b*", "a/b/**", "**/c", "{a,b}/*/d", "b/x/c", "?/b", "b/?/**"]
        self.make_root()
        people = ["", "ann", "bob", "cid"]
        some = lambda words: [word for word in words if dice.random() < 0.4]
        entry = lambda: {"policies": [{"users": some(people[1:]), "groups": some(["dev"]), "actions": some(ACTIONS)} for _ in range(2)],
                         "defaultPolicy": some(ACTIONS), "anonymousPolicy": some(ACTIONS)}
        lengths = {len(p): p for p in dice.sample(patterns, len(patterns))}  # one of each length: of two, zot takes any
        for turn in range(2):  # the second run leaves nothing of the first
            rules = {"repositories": {p: entry() for p in some(lengths.values())} | {"z": {}}, "groups": {"dev": {"users": some(people[1:])}},
                     "adminPolicy": {"users": some(people[1:]), "groups": some(["dev"]), "actions": some(ACTIONS)}}
            self.bring(config(accessControl=rules))
        self.compare(rules, people, ["a", "a/b", "a/bb", "a/b/c", "a/x/d", "b/x/c", "b/b/d", "z", "c"])

    def test_what_cannot_be_said_is_denied_and_told(self):
        self.make_root()
        rules = control()
        rules["repositories"]["infra/**"]["policies"][0]["conditions"] = [{"expression": "req.tls.enabled", "message": "no"}]
        rules["repositories"]["tmp/{**,deeper/one}"] = {"defaultPolicy": ["read", "detectManifestCollision"]}
        rules["repositories"]["x"] = {"defaultPolicies": ["read"]}
        said = self.bring(config(accessControl=rules))
        for sentence in ("infra/** has conditions", "The action detectManifestCollision", "tmp/{**,deeper/one} is not translated", "defaultPolicies of x is not known"):
            self.assertIn(sentence, said.errors)
        by = self.serve_people(["", "ann", "root"])
        self.assertFalse(self.may(by["ann"], "create", "infra/app"))
        self.assertFalse(self.may(by["ann"], "create", "tmp/a"))
        self.assertTrue(self.may(by["root"], "create", "tmp/a"))

    def test_a_later_file_takes_away_what_it_does_not_say(self):
        self.bring(config())
        self.command("user", "reset", "bob@zot.invalid", "--password-file", self.write("password", house.PASSWORD))
        role = [item["_id"] for item in self.items("roles") if item["name"] == "admin"]
        bob = next(item for item in self.items("users") if item["name"] == "bob")
        self.command("import", "--collection", "users", "--replace", self.write_rows("users.ndjson", [
            {"_id": bob["_id"], "name": "bob", "email": "bob@example.com", "roles": [r["_id"] for r in bob["roles"]] + role, "groups": [g["_id"] for g in bob["groups"]]}]))
        self.bring(config(accessControl={"repositories": {"**": {"defaultPolicy": ["read"]}}}))
        self.assertEqual({(g["collection"], *g["verbs"]) for g in self.items("grants") if g["collection"] == "repositories"}, {("repositories", "read")})
        roles = {item["_id"]: item["name"] for item in self.items("roles")}
        bob = next(item for item in self.items("users") if item["name"] == "bob")
        self.assertEqual(sorted(roles[r["_id"]] for r in bob["roles"]), ["admin"])  # what he was given here stays
        self.assertEqual(bob.get("groups") or [], [])
        root = next(item for item in self.items("users") if item["name"] == "root")
        self.assertEqual(root.get("roles") or [], [])  # the file does not know him any more

    def test_providers_come_with_their_secrets(self):
        self.write("keys.json", {"clientid": "from-file", "clientsecret": SECRET + "2"})
        providers = {"oidc": {"name": "House", "issuer": "https://id.example.com", "keypath": "keys.json", "scopes": ["openid", "groups"]},
                     "google": {"clientid": "g", "clientsecret": SECRET}, "github": {"clientid": "h", "clientsecret": SECRET}}
        said = self.bring(config(auth={"openid": {"providers": providers}, "apikey": True, "ldap": {"address": "ldap.example.com"}}))
        self.assertIn("github is left out", said.errors)
        self.assertIn("http.auth.ldap is not translated", said.errors)
        found = {item["name"]: item for item in self.items("identity_providers")}
        self.assertEqual({name: (item["issuer"], item["client_id"]) for name, item in found.items()},
                         {"oidc": ("https://id.example.com", "from-file"), "google": ("https://accounts.google.com", "g")})
        self.assertEqual(found["oidc"]["role_mapping"], {"dev": "zot.group.dev"})
        self.assertNotIn(SECRET, " ".join(self.dump()))

    def test_registries_that_are_synced_become_upstreams(self):
        self.write("login.json", {"one.example.com": {"username": "u", "password": SECRET}})
        registries = [
            {"urls": ["https://one.example.com/", "https://two.example.com"], "pollInterval": "1h30m", "onDemand": True, "onlySigned": True, "content": [
                {"prefix": "/plain/**", "tags": {"regex": "^v1", "semver": True}}, {"prefix": "plain/x"}, {"prefix": "/a/b/**", "destination": "/to"},
                {"prefix": "/a/b/**", "destination": "/to", "stripPrefix": True}, {"prefix": "/c/d*", "destination": "/to", "stripPrefix": True},
                {"prefix": "/e/name", "destination": "/f/name", "stripPrefix": True}, {"prefix": "/e/name", "destination": "/other", "stripPrefix": True},
                {"prefix": "/g", "unheard": 1}]},
            {"urls": ["http://127.0.0.1:5000"], "onDemand": True, "tlsVerify": False}, {"urls": []}]
        said = self.bring(config(accessControl={}) | {"extensions": {"sync": {"enable": True, "credentialsFile": "login.json", "registries": registries}}})
        for sentence in ("other addresses", "what is not signed", "outbound.http", "its prefix or its tags", "unheard of a content", "has no address"):
            self.assertIn(sentence, said.errors)
        found = {item["name"]: item for item in self.items("upstreams")}
        one = found["one.example.com"]
        self.assertEqual((one["url"], one["username"], one["every"], one["on_demand"]), ("https://one.example.com", "u", 90, True))
        self.assertEqual({(item["prefix"], item["remote_prefix"]) for name, item in found.items() if name.startswith("one")},
                         {("plain/", "plain/"), ("to/", ""), ("to/", "a/b/"), ("f/", "e/")})
        self.assertEqual([c["repositories"] for c in one["content"]], ["plain/**", "plain", "plain/x"])
        self.assertTrue(re.fullmatch(one["content"][0]["tags"], "v1.2.3"))
        self.assertFalse(re.fullmatch(one["content"][0]["tags"], "v2.0.0") or re.fullmatch(one["content"][0]["tags"], "v1x"))
        two = found["127.0.0.1:5000"]
        self.assertEqual((two["prefix"], two.get("content") or [], two.get("every")), ("", [], None))
        self.assertNotIn(SECRET, " ".join(self.dump()))

    def test_retention_becomes_rules(self):
        policies = [{"repositories": ["infra/**", "**/x", "a/**/b", "plain*"], "deleteReferrers": True, "keepTags": [
                        {"patterns": ["v1.*", "^r"], "pulledWithin": "168h", "mostRecentlyPushedCount": 3}, {"pushedWithin": "1h30m"}],
                     "keepUntagged": {"pushedWithin": "720h"}},
                    {"repositories": ["tmp/**"], "deleteUntagged": False}, {"repositories": ["{a,b}/**"]}, {"repositories": ["**"], "keepTags": [{"patterns": ["x"]}]}]
        what = config() | {"storage": {"rootDirectory": "/x", "retention": {"dryRun": True, "delay": "24h", "policies": policies}}}
        said = self.bring(what)
        self.assertIn("policy 3 is left out, and so are those behind it", said.errors)
        rules = sorted(self.items("retention_rules"), key=lambda rule: rule["order"])
        self.assertEqual([sorted(rule["repositories"]) for rule in rules],
                         [["**/x", "a/**/b", "a/b", "infra", "infra/**", "plain*", "x"], ["tmp", "tmp/**"]])
        self.assertEqual([(rule["delay"], rule["dry_run"], rule["enabled"], rule["delete_untagged"], rule["delete_referrers"]) for rule in rules],
                         [("86400", True, True, True, True), ("86400", True, True, False, False)])
        self.assertEqual([{k: v for k, v in keep.items() if v not in (None, [])} for keep in rules[0]["keep"]],
                         [{"patterns": ["v1.*", "^r"], "pulled_within": "604800", "most_recently_pushed": 3}, {"pushed_within": "5400"}])
        self.assertEqual(rules[0]["keep_untagged"]["pushed_within"], "2592000")
        what["storage"]["retention"]["policies"] = policies[:1]
        self.bring(what)
        self.assertEqual(len(self.items("retention_rules")), 1)

    def test_a_pattern_of_many_ways_is_left_out(self):
        policies = [{"repositories": ["a/" + "**/b/" * 40 + "c"], "keepTags": []}]
        said = self.bring(config() | {"storage": {"rootDirectory": "/x", "retention": {"policies": policies}}})
        self.assertIn("policy 1 is left out", said.errors)
        self.assertEqual(self.items("retention_rules"), [])

    def test_every_key_is_known_or_told(self):
        what = config(realm="zot", tls={"cert": "c", "key": "k"}, surprise={"a": 1})
        what |= {"log": {"level": "debug", "output": "/log"}, "extensions": {"ui": {"enable": True}, "unheard": {"of": 1}}, "odd": True}
        said = self.bring(what)
        for sentence in ("http.realm is not translated", "http.tls.cert: set tls.cert", "http.surprise is not known", "log.level: set log.level",
                         "extensions.unheard is not known", "odd is not known", "log.output is not translated"):
            self.assertIn(sentence, said.errors)
        self.assertNotIn("extensions.ui", said.errors)

    def test_an_open_registry_is_not_opened_here(self):
        said = self.bring({"storage": {"rootDirectory": "/x"}, "http": {"port": "8080"}})
        self.assertIn("zot.public", said.errors)
        self.assertEqual(self.items("settings"), [])

    def test_a_dry_run_changes_nothing(self):
        self.make_model([{"name": "other", "fields": []}])
        before = self.dump()
        self.assertRegex(self.bring(config(), "--dry-run").out, r"grants +\d+ taken +0 refused")
        self.assertEqual(self.dump(), before)

    def test_what_is_broken_changes_nothing(self):
        self.make_model([{"name": "other", "fields": []}])
        before = self.dump()
        wrong = {"no json": "storage:\n  rootDirectory: /x\n", "a list": [], "something else": {"name": "x"}, "empty": "",
                 "patterns": config(accessControl={"repositories": []}), "policies": config(accessControl={"repositories": {"a": {"policies": {}}}}),
                 "deep": "[" * 100000, "twice": '{"http":{},"http":{}}', "large": " " * (1 << 20) + "{}"}
        for name, content in wrong.items():
            with self.subTest(name):
                self.bring(content, code=1)
                self.assertEqual(self.dump(), before)
        self.assertEqual(self.run_vitrine("import", "--from", "zot", self.path("none"), "--data", self.data).code, 1)


if __name__ == "__main__":
    house.main()
