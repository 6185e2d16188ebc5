"""Signatures of images against the real program, made by openssl as cosign and notation make them (oci-registry.md 11.5): keys uploaded
as zot takes them, what zot's search and the content API then say, before and after a restart."""
import base64
import json
import os
import time

import house
from oidc_double import encode, openssl, raw_of
from registry import CONFIG, MANIFEST, Registry, descriptor, digest, image

SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
COSIGN, NOTATION = "application/vnd.dev.cosign.artifact.sig.v1+json", "application/vnd.cncf.notary.signature"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
NOTE = "dev.cosignproject.cosign/signature"
HEAD = {"alg": "ES256", "cty": "application/vnd.cncf.notary.payload.v1+json", "crit": ["io.cncf.notary.signingScheme"],
        "io.cncf.notary.signingScheme": "notary.x509"}


def standard(data):
    return base64.b64encode(data).decode()


def cbor(value):
    """As much of it as an envelope has; a pair is a tag and what it is about."""
    def head(major, n):
        size = 0 if n < 24 else 1 if n < 256 else 2 if n < 65536 else 4
        return bytes([major << 5 | n]) if not size else bytes([major << 5 | {1: 24, 2: 25, 4: 26}[size]]) + n.to_bytes(size, "big")
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())
    return head(6, value[0]) + cbor(value[1])


class Signer:
    def __init__(self, folder, name):
        self.key, self.file = os.path.join(folder, name + ".key"), os.path.join(folder, name + ".crt")
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.key)
        self.public = openssl("pkey", "-in", self.key, "-pubout")

    def sign(self, text):
        return openssl("dgst", "-sha256", "-sign", self.key, stdin=text)

    def certify(self, name, by=None, days="2"):
        """Its certificate: its own root, or a leaf for code below another one's."""
        extensions = ["keyUsage=critical,keyCertSign", "basicConstraints=critical,CA:TRUE"] if by is None else \
            ["keyUsage=critical,digitalSignature", "extendedKeyUsage=codeSigning", "basicConstraints=critical,CA:FALSE"]
        request = openssl("req", "-new", "-key", self.key, "-subj", f"/C=DE/CN={name}")
        with open(self.file + ".ext", "w") as f:
            f.write("\n".join(extensions))
        signed = ["-signkey", self.key] if by is None else ["-CA", by.file, "-CAkey", by.key, "-CAcreateserial"]
        self.pem = openssl("x509", "-req", *signed, "-days", days, "-extfile", self.file + ".ext", stdin=request)
        self.der = openssl("x509", "-outform", "DER", stdin=self.pem)
        with open(self.file, "wb") as f:
            f.write(self.pem)
        return self


def payload(manifest, reference="registry.example/pub/app"):
    return json.dumps({"critical": {"identity": {"docker-reference": reference}, "image": {"docker-manifest-digest": digest(manifest)},
                                    "type": "cosign container image signature"}, "optional": None}).encode()


def target(manifest):
    return json.dumps({"targetArtifact": {"mediaType": MANIFEST, "digest": digest(manifest), "size": len(manifest)}}).encode()


def jws(manifest, *chain):
    head = HEAD | {"io.cncf.notary.signingTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    text = encode(json.dumps(head).encode()) + "." + encode(target(manifest))
    protected, body = text.split(".")
    return json.dumps({"payload": body, "protected": protected, "header": {"x5c": [standard(one.der) for one in chain]},
                       "signature": encode(raw_of(chain[0].sign(text.encode())))}).encode()


def cose(manifest, *chain):
    head = cbor({1: -7, 2: HEAD["crit"], 3: HEAD["cty"], "io.cncf.notary.signingScheme": "notary.x509",
                 "io.cncf.notary.signingTime": (1, int(time.time()))})
    signature = raw_of(chain[0].sign(cbor(["Signature1", head, b"", target(manifest)])))
    return cbor((18, [head, {33: [one.der for one in chain]}, target(manifest), signature]))


def bundle(manifest, signer):
    statement = json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"sha256": digest(manifest)[7:]}}],
                            "predicateType": "https://sigstore.dev/cosign/sign/v1", "predicate": {}}).encode()
    kind = "application/vnd.in-toto+json"
    signature = signer.sign(f"DSSEv1 {len(kind)} {kind} {len(statement)} ".encode() + statement)
    return json.dumps({"mediaType": BUNDLE, "verificationMaterial": {"publicKey": {"hint": "x"}},
                       "dsseEnvelope": {"payload": standard(statement), "payloadType": kind, "signatures": [{"sig": standard(signature)}]}}).encode()


class Trust(Registry):
    def setUp(self):
        super().setUp()
        self.own, self.strange = Signer(self.folder, "own"), Signer(self.folder, "strange")
        self.root = Signer(self.folder, "root").certify("root")
        self.leaf = Signer(self.folder, "leaf").certify("signer", self.root)
        self.other_root = Signer(self.folder, "other-root").certify("root")
        self.other_leaf = Signer(self.folder, "other-leaf").certify("signer", self.other_root)

    def trust(self, body, path="cosign", by=None):
        return (by or self.admin).post(f"/v2/_zot/ext/{path}", body)

    def attach(self, manifest, content, kind, artifact, name="pub/app", tag=None, **note):
        self.push(name, content)
        self.push(name, b"{}")
        layer = descriptor(content, kind) | ({"annotations": note["note"]} if note else {})
        more = {} if tag else {"artifactType": artifact, "subject": descriptor(manifest, MANIFEST)}
        body = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(b"{}", CONFIG), "layers": [layer]} | more).encode()
        self.assert_status(self.put(name, tag or digest(body), body), 201)

    def sign(self, manifest, signer, told=None, altered=None, **more):
        told = told or payload(manifest)
        self.attach(manifest, altered or told, SIMPLE, COSIGN, note={NOTE: standard(signer.sign(told))}, **more)

    def search(self, query, by=None):
        answer = self.assert_status((by or self.admin).post("/v2/_zot/ext/search", json.dumps({"query": query}).encode(),
                                                            headers={"Content-Type": "application/json"}), 200).json
        self.assertNotIn("errors", answer)
        return answer["data"]

    def info(self, image="pub/app:1", by=None):
        """[(tool, trusted, author)] of zot's search, which the action of the content API agrees with."""
        found = self.search('{Image(image:"%s"){Digest IsSigned SignatureInfo{Tool IsTrusted Author} Manifests{SignatureInfo{IsTrusted}}}}' % image, by)["Image"]
        self.assertEqual(found["IsSigned"], bool(found["SignatureInfo"]))
        rows = self.admin.get(f"/api/content/items/manifests?filter[digest]={found['Digest']}&filter[repository.name]={image.split(':')[0]}").json
        said = self.assert_status(self.admin.post(f"/api/content/item/manifests/{rows[0]['_id']}/signatures", b""), 200).json["signatures"]
        self.assertEqual([(s["tool"], s["trusted"], s["author"]) for s in said],
                         [(s["Tool"], s["IsTrusted"], s["Author"]) for s in found["SignatureInfo"]])
        self.assertEqual([m["SignatureInfo"] for m in found["Manifests"]], [[{"IsTrusted": s["IsTrusted"]} for s in found["SignatureInfo"]]])
        return [(s["Tool"], s["IsTrusted"], s["Author"]) for s in found["SignatureInfo"]]

    def test_cosign(self):
        manifest = self.push_image("pub/app", "1")
        self.assertEqual(self.info(), [])
        self.sign(manifest, self.own, tag=f"sha256-{digest(manifest)[7:]}.sig")
        self.assertEqual(self.info(), [("cosign", False, "")])
        self.code(self.trust(self.own.public, by=self.by["pusher"]), 403, "DENIED")
        self.code(self.trust(self.own.public, by=self.server.client()), 401, "UNAUTHORIZED")
        self.code(self.trust(b"no key"), 400, "UNSUPPORTED")
        self.code(self.trust(b"\n" * (64 << 10) + self.own.public), 413, "SIZE_INVALID")
        for _ in range(2):
            self.assertEqual(self.assert_status(self.trust(self.own.public), 200).body, b"")
        mine = ("cosign", True, self.own.public.decode())
        self.assertEqual(self.info(), [mine])
        elsewhere = payload(manifest, "registry.example/else/where")
        self.sign(manifest, self.strange)
        self.sign(manifest, self.own, told=payload(manifest + b" "))
        self.sign(manifest, self.own, altered=elsewhere)
        self.sign(manifest, self.own, told=elsewhere + b" ")  # where it was signed is told and binds nobody
        self.attach(manifest, bundle(manifest, self.own), BUNDLE, BUNDLE)
        self.attach(manifest, bundle(manifest, self.strange), BUNDLE, BUNDLE)
        no = ("cosign", False, "")
        self.assertEqual(self.info(), [mine, no, no, no, mine, mine, no])
        self.assertEqual(self.info(by=self.by["puller"]), self.info())
        self.push_image("pub/plain", "1")
        self.assertEqual(self.info("pub/plain:1"), [])
        signed = self.search('{GlobalSearch(query:"pub/",filter:{HasToBeSigned:true}){Repos{Name NewestImage{IsSigned}}}}')["GlobalSearch"]["Repos"]
        self.assertEqual([r["Name"] for r in signed], ["pub/app"])
        self.assert_stops(self.server)
        self.start()
        self.assertEqual(self.info(), [mine, no, no, no, mine, mine, no])
        rows = self.admin.get("/api/content/items/trust_keys").json
        self.assertEqual([(r["tool"], r["pem"], r["author"]) for r in rows], [("cosign",) + (self.own.public.decode(),) * 2])
        self.assert_status(self.admin.ask("DELETE", f"/api/content/item/trust_keys/{rows[0]['_id']}"), 200)
        self.assertEqual({trusted for _, trusted, _ in self.info()}, {False})
        self.assert_stops(self.server)
        self.assert_sound()

    def test_notation(self):
        manifest = self.push_image("pub/app", "1")
        for envelope, kind in ((jws, "application/jose+json"), (cose, "application/cose")):
            self.attach(manifest, envelope(manifest, self.leaf, self.root), kind, NOTATION)
            self.attach(manifest, envelope(manifest, self.other_leaf, self.other_root), kind, NOTATION)
            self.attach(manifest, envelope(manifest + b" ", self.leaf, self.root), kind, NOTATION)
        no = ("notation", False, "")
        self.assertEqual(self.info(), [no] * 6)
        self.code(self.trust(self.root.pem, "notation?truststoreType=else"), 400, "UNSUPPORTED")
        self.code(self.trust(self.leaf.pem, "notation?truststoreType=ca"), 400, "UNSUPPORTED")
        self.assert_status(self.trust(self.root.pem, "notation?truststoreType=signingAuthority"), 200)
        self.assertEqual(self.info(), [no] * 6)
        self.assert_status(self.trust(self.root.der, "notation"), 200)
        yes = ("notation", True, "CN=signer,C=DE")
        self.assertEqual(self.info(), [yes, no, no] * 2)
        self.assertEqual(sorted(r["store"] for r in self.admin.get("/api/content/items/trust_keys").json), ["ca", "signingAuthority"])

    def test_by_graphql(self):
        manifest = self.push_image("pub/app", "1")
        self.sign(manifest, self.own)
        ask = lambda document, **variables: self.assert_status(self.admin.post(
            "/graphql", json.dumps({"query": document, "variables": variables}).encode(), headers={"Content-Type": "application/json"}), 200).json
        made = ask("mutation($pem: String!){createTrustKey(data:{tool: cosign, pem: $pem, name: \"release\"}){author}}", pem=self.own.public.decode())
        self.assertEqual(made, {"data": {"createTrustKey": {"author": self.own.public.decode()}}})
        row = self.admin.get(f"/api/content/items/manifests?filter[digest]={digest(manifest)}").json[0]["_id"]
        said = ask("mutation($id: ID!){signaturesManifest(_id: $id)}", id=row)["data"]["signaturesManifest"]["signatures"]
        self.assertEqual([(s["trusted"], s["reason"], s["reference"]) for s in said], [(True, None, "registry.example/pub/app")])
        self.assertIn("errors", ask("mutation{createTrustKey(data:{tool: cosign, pem: \"x\"}){_id}}"))


if __name__ == "__main__":
    house.main()
