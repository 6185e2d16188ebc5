"""Killed while several clients hand in, sign, renew and revoke and lists are written: no serial number comes twice, no list's number
goes back, a request has its certificate or has none, and every revocation that was acknowledged is in the list and in OCSP
(notary.md 15, security CA-4, CA-7)."""
import http.client
import json
import random
import re
import threading
import urllib.parse

import house
from oidc_double import openssl

CAS, REQUESTS, CERTIFICATES = (f"/api/content/item/{name}" for name in ("certificate_authorities", "certificate_requests", "certificates"))
KILLS, CLIENTS, CSRS, ASKED_AT_ONCE = 16, 4, 24, 16


class Cut(Exception):
    """The server was killed under a request."""


class Ledger:
    """What was acknowledged. Of what was cut off nobody knows."""

    def __init__(self):
        self.lock = threading.Condition()
        self.issued, self.revoked = set(), set()  # ids of certificates
        self.lists = {}  # id of an authority -> the highest number of its list that was seen
        self.count = 0

    def promised(self, into, what):
        with self.lock:
            into.add(what)
            self.count += 1
            self.lock.notify_all()

    def listed(self, authority, number):
        with self.lock:
            self.lists[authority] = max(number, self.lists.get(authority, 0))
            self.count += 1
            self.lock.notify_all()

    def await_count(self, count):
        with self.lock:
            assert self.lock.wait_for(lambda: self.count >= count, house.PATIENCE), "The clients hang"


class Manager:
    """One client at its desk. `active`: requests with a certificate, each with those of its certificates that are good, its own last."""

    def __init__(self, server, key, ledger, seed, csrs, authorities, active):
        self.client, self.ledger, self.dice = server.client(key), ledger, random.Random(seed)
        self.csrs, self.authorities, self.active = csrs, authorities, active

    def ask(self, method, path, body=None):
        try:
            answer = self.client.ask(method, path, body)
        except (OSError, http.client.HTTPException) as broken:
            raise Cut from broken
        assert answer.status == 200, answer
        return answer.json

    def act(self, request, action, **said):
        certificate = self.ask("POST", f"{REQUESTS}/{request}/{action}", said)["certificate"]
        self.ledger.promised(self.ledger.issued, certificate)
        self.active.setdefault(request, []).append(certificate)

    def begin(self):
        request = self.ask("POST", REQUESTS, {"data": {"csr": self.csrs.pop()}})["_id"]
        self.act(request, "sign", authority=self.dice.choice(self.authorities))

    def revoke_one(self, request):
        certificate = self.active[request].pop(0)  # an older one, so that the request goes on
        self.ask("POST", f"{CERTIFICATES}/{certificate}/revoke", {"reason": "superseded"})
        self.ledger.promised(self.ledger.revoked, certificate)

    def revoke_all(self, request):
        certificates = self.active.pop(request)
        self.ask("POST", f"{REQUESTS}/{request}/revoke", {"reason": "keyCompromise"})
        for certificate in certificates:
            self.ledger.promised(self.ledger.revoked, certificate)

    def write_list(self):
        authority = self.dice.choice(self.authorities)
        self.ask("POST", f"{CAS}/{authority}/crl", {})
        self.ledger.listed(authority, self.ask("GET", f"{CAS}/{authority}?fields=crl_number")["crl_number"])

    def step(self):
        dice = self.dice.random()
        request = self.dice.choice(sorted(self.active)) if self.active else None
        if self.csrs and (not request or dice < 0.15):
            self.begin()
        elif not request or dice < 0.25:
            self.write_list()
        elif len(self.active[request]) > 1 and dice < 0.6:
            self.revoke_one(request)
        elif dice > 0.95:
            self.revoke_all(request)
        else:
            self.act(request, "renew")

    def work_until_killed(self):
        try:
            while True:
                self.step()
        except Cut:
            pass


class Crash(house.Case):
    def setUp(self):
        super().setUp()
        self.random, self.ledger = random.Random(house.SEED), Ledger()
        print(f"seed {house.SEED}")
        self.server = self.serve()
        self.key = self.make_key()
        self.client = self.server.client(self.key)
        root = self.make_authority("Root", self_signed=True, key_type="ed25519")
        below = self.make_authority("Below", key_type="ec-p256")
        self.assert_status(self.client.post(f"{CAS}/{below['_id']}/sign", {"authority": root["_id"]}), 200)
        self.authorities = {one["_id"]: one["serial"] for one in (root, below)}
        for name, number in self.authorities.items():
            self.write(f"{number}.pem", self.client.get(f"{CAS}/{name}").json["chain"].split("\n\n")[0])
        self.csrs = self.make_requests()
        self.serials, self.entries, self.active = {}, 0, {}
        self.told = {"numbers": {}, "made": set(), "revoked": set(), "requests": {}}  # by the journal

    def make_authority(self, name, **more):
        return self.assert_status(self.client.post(CAS, {"data": {"subject": {"CN": name}, **more}}), 200).json

    def make_requests(self):
        key = self.write("key.pem", openssl("genpkey", "-algorithm", "ed25519").decode())
        return [openssl("req", "-new", "-key", key, "-subj", f"/CN=h{i}.example.org").decode() for i in range(CSRS)]

    def rows(self, collection, fields, where=None):
        query = urllib.parse.urlencode({"limit": 1000, "fields": fields, "filter": json.dumps(where or {}), "sort": "_id"})
        found = self.assert_status(self.client.get(f"/api/content/items/{collection}?{query}"), 200).json
        self.assertLess(len(found), 1000, "more than one page: make less")
        return {row["_id"]: row for row in found}

    # ---- after each kill ----

    def read_journal(self):
        """What it says of certificates since the last look, in its order."""
        query = urllib.parse.urlencode({"limit": 1000, "sort": "seq", "filter": json.dumps(
            {"seq": {"$gt": self.entries}, "collection": {"$in": ["certificates", "certificate_requests", "certificate_authorities"]}})})
        entries = self.assert_status(self.client.get(f"/api/content/items/journal?{query}"), 200).json
        self.assertLess(len(entries), 1000)
        for entry in entries:
            self.entries, item, after = entry["seq"], entry["item"], entry["after"] or {}
            if entry["collection"] == "certificate_requests":
                self.told["requests"].setdefault(item, {}).update({k: after[k] for k in ("status", "certificate") if k in after})
            elif entry["collection"] == "certificates" and entry["verb"] == "create":
                self.told["made"].add(item)
            elif entry["collection"] == "certificates" and after.get("revoked_at"):
                self.told["revoked"].add(item)
            elif "crl_number" in after and entry["verb"] != "create":  # which stands behind what it brings about
                before = self.told["numbers"].get(item, after["crl_number"])
                self.assertIn(after["crl_number"] - before, (0, 1), "a number was left out, or came again")
                self.told["numbers"][item] = after["crl_number"]

    def check_certificates(self, certificates):
        serials = [row["serial"] for row in certificates.values()]
        self.assertEqual(len(serials), len(set(serials)), "a serial number came twice")
        for name, serial in self.serials.items():
            self.assertEqual(certificates[name]["serial"], serial, "what was there is gone, or another one")
        self.serials = {name: row["serial"] for name, row in certificates.items()}
        self.assertLessEqual(self.ledger.issued, set(certificates), "an acknowledged certificate is lost")
        self.assertEqual(self.told["made"], set(certificates), "the journal says otherwise")
        revoked = {name for name, row in certificates.items() if row["revoked_at"]}
        self.assertLessEqual(self.ledger.revoked, revoked, "an acknowledged revocation is lost")
        self.assertEqual(self.told["revoked"], revoked, "the journal says otherwise")

    def check_requests(self, certificates):
        """A status, a certificate's row, its chain and the journal's entry: all of them or none."""
        self.active = {}
        issued_to = {row["request"]["_id"] for row in certificates.values() if row["request"]}
        for name, row in self.rows("certificate_requests", "status,certificate,chain").items():
            own = row["certificate"] and certificates[row["certificate"]["_id"]]
            self.assertEqual(row["status"] in ("Active", "Revoked"), own is not None, row)
            self.assertEqual(own is not None, name in issued_to, "half issued")
            self.assertEqual(own is not None, bool(row["chain"]))
            said = self.told["requests"][name]
            self.assertEqual((said["status"], said.get("certificate")), (row["status"], own and own["_id"]), "the journal says otherwise")
            if own:
                self.assertTrue(row["chain"].startswith(own["pem"].rstrip()), "the chain is another certificate's")
                self.assertEqual(row["status"] == "Revoked", own["revoked_at"] is not None)
                self.assertEqual(own["request"]["_id"], name)
            if row["status"] == "Active":
                self.active[name] = [own["_id"]]
        for name, row in certificates.items():  # the older ones first, its own last
            request = row["request"] and row["request"]["_id"]
            if request in self.active and not row["revoked_at"] and name not in self.active[request]:
                self.active[request].insert(0, name)

    def check_lists(self, certificates):
        for authority, row in self.rows("certificate_authorities", "crl,crl_number,enabled").items():
            self.assertGreaterEqual(row["crl_number"], self.ledger.lists.get(authority, 0), "a number goes back")
            self.assertEqual(row["crl_number"], self.told["numbers"][authority], "the journal says otherwise")
            self.ledger.lists[authority] = row["crl_number"]
            handed_out = self.server.client().get(f"/pki/crl/{self.authorities[authority]}.pem").body
            self.assertEqual(handed_out.decode(), row["crl"])
            text = openssl("crl", "-noout", "-text", stdin=handed_out).decode()
            self.assertEqual(int(re.search(r"CRL Number: *\s*(\w+)", text)[1], 0), row["crl_number"])
            self.assertEqual({serial.lower() for serial in re.findall(r"Serial Number: (\w+)", text)},
                             {one["serial"] for one in certificates.values()
                              if one["authority"] and one["authority"]["_id"] == authority and one["revoked_at"]}, "the list is another one")

    def check_ocsp(self, certificates):
        authority, number = self.random.choice(sorted(self.authorities.items()))
        mine = {row["serial"]: row for row in certificates.values() if row["authority"] and row["authority"]["_id"] == authority}
        serials = self.random.sample(sorted(mine), min(ASKED_AT_ONCE, len(mine)))
        which = ["ocsp", "-issuer", self.path(f"{number}.pem"), "-no_nonce"]
        which += [word for serial in serials for word in ("-serial", "0x" + serial)]
        answer = self.server.client().post(f"/pki/ocsp/{number}", openssl(*which, "-reqout", "/dev/stdout"),
                                           headers={"Content-Type": "application/ocsp-request"})
        with open(self.path("answer.der"), "wb") as out:
            out.write(answer.body)
        said = openssl(*which, "-respin", self.path("answer.der"), "-noverify").decode().lower()
        for serial in serials:
            self.assertIn(f"0x{serial}: {'revoked' if mine[serial]['revoked_at'] else 'good'}", said)

    def verify(self):
        self.client = self.server.client(self.key)
        self.read_journal()
        certificates = self.rows("certificates", "serial,revoked_at,authority,request,pem,number")
        self.check_certificates(certificates)
        self.check_requests(certificates)
        self.check_lists(certificates)
        self.check_ocsp(certificates)

    def load_and_kill(self):
        kill_after = self.ledger.count + self.random.randrange(1, 25)
        names = sorted(self.active)
        managers = [Manager(self.server, self.key, self.ledger, self.random.random(), self.csrs, list(self.authorities),
                            {name: self.active[name] for name in names[i::CLIENTS]}) for i in range(CLIENTS)]
        finish = house.together(lambda i: managers[i].work_until_killed(), CLIENTS)
        try:
            self.ledger.await_count(kill_after)
        finally:
            self.server.kill()
            finish()

    def test_kills_leave_nothing_half_done(self):
        for kill in range(KILLS):
            self.load_and_kill()
            self.server = self.serve()
            self.verify()
            print(f"kill {kill + 1}: {len(self.ledger.issued)} issued, {len(self.ledger.revoked)} revoked, "
                  f"ready in {self.server.ready_s * 1000:.0f} ms", flush=True)
        self.assert_stops(self.server)
        self.assert_sound()


if __name__ == "__main__":
    house.main()
