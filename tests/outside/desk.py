"""Rights at the certificate desk by every door: whoever hands requests in sees his own requests and certificates and nobody else's,
wherever he looks, and nobody writes what the server decides (AZ-1 to AZ-5, CA-7)."""
import house
from oidc_double import openssl

ITEM, ITEMS = "/api/content/item/", "/api/content/items/"
REQUESTOR = [{"collection": "certificate_requests", "verbs": ["read"], "where": {"_cby": "$user"}},
             {"collection": "certificate_requests", "verbs": ["create"]},
             {"collection": "certificates", "verbs": ["read"], "where": {"request._cby": "$user"}},
             {"collection": "certificate_profiles", "verbs": ["read"]}]
OWNED = ("certificate_requests", "certificates", "certificate_authorities", "certificate_profiles", "issuing_rules")
MANAGER = [{"collection": name, "verbs": ["*"]} for name in OWNED] + [{"collection": "journal", "verbs": ["read"]}]
READER = [{"collection": name, "verbs": ["read"]} for name in OWNED]

# What the server alone writes, and something to write there.
LOCKED = {
    "certificate_requests": {"serial": 77, "digest": "0" * 64, "status": "Active", "subject": "CN=evil", "names": ["dns:evil.test"],
                             "key_type": "rsa-1", "certificate": house.item_id(9), "chain": "x", "rule": "x", "approved_by": "x",
                             "decided_at": "2026-01-01T00:00:00Z", "reason": "x"},
    "certificate_authorities": {"serial": 77, "csr": "x", "certificate": house.item_id(9), "chain": "x", "crl": "x", "crl_number": 77,
                                "crl_count": 7, "crl_next": "2026-01-01T00:00:00Z", "private_key": "x"},
    "certificates": {"pem": "x", "number": 77, "fingerprint": "0" * 64, "serial": "77", "subject": "CN=evil", "names": ["dns:evil.test"],
                     "is_authority": True, "issuer": house.item_id(9), "authority": house.item_id(9), "request": house.item_id(9),
                     "profile": "x", "key_type": "x", "not_before": "2026-01-01T00:00:00Z", "not_after": "2099-01-01T00:00:00Z",
                     "revoked_at": "2026-01-01T00:00:00Z", "revocation": "superseded", "expiry_told": 1},
}
# Each way to change one item: method, path, body. $C its collection, $I its id.
WAYS = [
    ("PATCH", ITEM + "$C/$I", lambda v, i: v),
    ("PUT", ITEM + "$C/$I", lambda v, i: v),
    ("POST", ITEM + "$C", lambda v, i: {"data": {"_id": i, **v}}),
    ("POST", ITEMS + "$C", lambda v, i: {"data": [{"_id": i, **v}]}),
    ("PUT", ITEMS + "$C?key=_id", lambda v, i: {"data": [{"_id": i, **v}]}),
    ("PATCH", ITEMS + '$C?filter={"_id":"$I"}', lambda v, i: {"data": v}),
    ("POST", "/api/batch", lambda v, i: {"changes": [{"op": "update", "collection": "$C", "id": i, "data": v}]}),
    ("POST", "/api/batch", lambda v, i: {"changes": [{"op": "create", "collection": "$C", "data": v}]}),
]
# Where somebody may look for another one's things. $I is an id of it, $N its number.
LOOKS = [
    ITEMS + "certificate_requests", ITEMS + "certificates", ITEMS + "certificate_requests?count=true", ITEM + "certificate_requests",
    ITEM + "certificate_requests/$I", ITEM + "certificate_requests/$I/history", ITEM + "certificate_requests/$I/diff", ITEM + "certificates/$L",
    ITEM + "certificates/$L/history", ITEMS + 'certificate_requests?filter={"subject":{"$regex":"hers"}}', ITEMS + "certificates?populate=2",
    ITEMS + "certificate_requests?populate=2", ITEMS + "certificate_profiles?populate=3",
    ITEMS + 'certificate_profiles?populate={"certificate_requests_via_profile":{}}',
    '/api/content/aggregate/certificate_requests?pipeline=[{"$group":{"_id":"$subject"}}]',
    '/api/content/aggregate/certificates?pipeline=[{"$group":{"_id":"$subject"}}]',
    "/api/content/groups/certificate_requests?by=subject", "/api/content/groups/certificates?by=subject",
    "/api/content/search?q=hers", "/api/content/trash/certificate_requests", "/api/content/trash/certificates", ITEMS + "journal?limit=200",
    '/api/content/items?models={"certificate_requests":{},"certificates":{}}',
    "/api/v1/certificate_requests", "/api/v1/certificate_requests/$N", "/api/v1/certificate_authorities",
]


class Desk(house.Case):
    def person(self, number, name, grants):
        self.make_role(number, name, grants)
        self.command("user", "add", "--email", f"{name}@example.com", "--name", name, "--role", name, "--password-file", "-",
                     stdin=b"a long enough password")
        return self.make_key("--user", name)

    def setUp(self):
        super().setUp()
        keys = {name: self.person(number, name, grants) for number, (name, grants) in enumerate(
            (("ada", REQUESTOR), ("eve", REQUESTOR), ("boss", MANAGER), ("rita", READER)), 10)}
        admin = self.make_key()
        self.server = self.serve()
        self.who = {name: self.server.client(key) for name, key in keys.items()}
        self.admin = self.server.client(admin)
        boss = self.who["boss"]
        profile = self.assert_status(boss.post(ITEM + "certificate_profiles", {"data": {"name": "web"}}), 200).json
        self.ca = self.assert_status(boss.post(ITEM + "certificate_authorities", {"data": {"subject": {"CN": "Root"}, "self_signed": True}}), 200).json
        csr = openssl("req", "-new", "-newkey", "ed25519", "-nodes", "-keyout", self.path("key"), "-subj", "/CN=hers.example.org").decode()
        self.request = self.assert_status(self.who["ada"].post(ITEM + "certificate_requests", {"data": {"csr": csr, "profile": profile["_id"]}}), 200).json
        path = ITEM + "certificate_requests/" + self.request["_id"]
        self.assert_status(boss.post(path + "/sign", {"authority": self.ca["_id"]}), 200)
        self.request = self.assert_status(boss.get(path), 200).json
        self.leaf = self.request["certificate"]["_id"]

    def tearDown(self):
        self.assert_stops(self.server)

    def filled(self, path):
        return (path.replace("$I", self.request["_id"]).replace("$L", self.leaf).replace("$N", str(self.request["serial"]))
                .replace("{", "%7B").replace("}", "%7D").replace('"', "%22").replace("[", "%5B").replace("]", "%5D"))

    def graphql(self, client, text):
        return client.post("/graphql", {"query": text})

    def test_every_door(self):
        """One server for all: starting it is most of the time."""
        self.nobody_sees_what_is_not_his()
        self.nobody_writes_what_the_server_decides()
        self.no_schema_takes_what_the_server_decides()

    def nobody_sees_what_is_not_his(self):
        secrets = (b"hers", self.request["_id"].encode(), self.leaf.encode())
        seen = 0
        for path in LOOKS:
            for name in ("eve", "ada"):
                answer = self.who[name].get(self.filled(path))
                shown = [s for s in secrets if s in answer.body.replace(path.encode(), b"")]
                with self.subTest(who=name, path=path, answer=answer.body[:300]):
                    if name == "eve":
                        self.assertEqual(shown, [])
                        self.assertNotIn(b'"total":1', answer.body)
                    else:
                        seen += bool(shown)
        self.assertGreaterEqual(seen, 12, "she should see her own")
        for name, wanted in (("eve", 0), ("ada", 1), ("boss", 1), ("rita", 1)):
            fields = {f["name"] for f in self.graphql(self.who[name], "{__schema{queryType{fields{name}}}}").json["data"]["__schema"]["queryType"]["fields"]}
            lists = sorted(f for f in fields if "ertificate" in f and not f.startswith("_"))
            self.assertTrue(lists, name)
            for field in lists:
                for inside in ("{_id subject}", "{edges{node{_id subject}} totalCount}", "{nodes{_id subject} total}", "{count}", "{count totalCount}"):
                    body = self.graphql(self.who[name], "{" + field + inside + "}").body
                    with self.subTest(who=name, field=field, inside=inside, body=body[:200]):
                        if wanted == 0:
                            self.assertFalse(any(s in body for s in secrets))

    def nobody_writes_what_the_server_decides(self):
        items = {"certificate_requests": self.request["_id"], "certificate_authorities": self.ca["_id"], "certificates": self.leaf}
        before = {c: self.admin.get(ITEM + f"{c}/{i}").json for c, i in items.items()}
        counts = {c: len(self.admin.get(ITEMS + c).json) for c in items}
        for name, ways in (("boss", WAYS), ("ada", WAYS[::3]), ("rita", WAYS[:1])):
            for collection, fields in LOCKED.items():
                for field, value in fields.items():
                    for method, path, body in ways:
                        path = path.replace("$C", collection).replace("$I", items[collection])
                        said = body({field: value}, items[collection])
                        if path == "/api/batch":
                            said["changes"][0]["collection"] = collection
                        answer = self.who[name].ask(method, self.filled(path), said)
                        with self.subTest(who=name, field=f"{collection}.{field}", method=method, path=path):
                            self.assertIn(answer.status, (400, 403, 404, 409, 422, 428), answer)
        self.assertEqual({c: self.admin.get(ITEM + f"{c}/{i}").json for c, i in items.items()}, before)
        self.assertEqual({c: len(self.admin.get(ITEMS + c).json) for c in items}, counts)

    def no_schema_takes_what_the_server_decides(self):
        seen = []
        for name in ("ada", "boss", "rita"):
            types = self.graphql(self.who[name], "{__schema{types{name kind inputFields{name}}}}").json["data"]["__schema"]["types"]
            for collection, type_name in (("certificate_requests", "CertificateRequest"), ("certificates", "Certificate"),
                                          ("certificate_authorities", "CertificateAuthority")):
                for made in types:
                    if made["kind"] == "INPUT_OBJECT" and made["name"] in (type_name + "Create", type_name + "Update"):
                        seen.append(made["name"])
                        with self.subTest(who=name, type=made["name"]):
                            self.assertFalse({f["name"] for f in made["inputFields"]} & set(LOCKED[collection]))
        self.assertIn("CertificateRequestCreate", seen)
        self.assertIn("CertificateAuthorityUpdate", seen)


if __name__ == "__main__":
    house.main()
