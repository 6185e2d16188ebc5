"""A strict OpenID provider of our own: refuses whatever a good client would not send, and sends whatever a bad
provider might, on request. Keys and signatures are made by the openssl program.

    double = Double(folder)          # .url is its issuer; double.person = {...} is who signs in
    location = double.authorize(url) # what its sign-in page does: where the browser is sent back to
    double.mischief = "alg-none"     # one of MISCHIEF, for the tokens from now on
    double.complaints                # what clients did wrong
"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import secrets
import ssl
import subprocess
import threading
import time
import urllib.parse

import house

CLIENT_ID, CLIENT_SECRET = "vitrine client", "s3cr%t: of+us"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*words, stdin=b""):
    return subprocess.run(["openssl", *words], input=stdin, capture_output=True, check=True).stdout


class Key:
    """One signing key; alg is RS256, ES256 or EdDSA."""

    def __init__(self, folder, alg, kid):
        self.alg, self.kid = alg, kid
        self.file = os.path.join(folder, f"{kid}.pem")
        kinds = {"RS256": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                 "ES256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "EdDSA": ["-algorithm", "ED25519"]}
        openssl("genpkey", *kinds[alg], "-out", self.file)
        self.der = openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")
        self.pem = openssl("pkey", "-in", self.file, "-pubout")

    def jwk(self):
        more = {"kid": self.kid, "use": "sig", "alg": self.alg}
        if self.alg == "RS256":
            modulus = openssl("rsa", "-in", self.file, "-modulus", "-noout").decode().strip().split("=")[1]
            return more | {"kty": "RSA", "n": encode(bytes.fromhex(modulus)), "e": "AQAB"}
        if self.alg == "ES256":
            return more | {"kty": "EC", "crv": "P-256", "x": encode(self.der[-64:-32]), "y": encode(self.der[-32:])}
        return more | {"kty": "OKP", "crv": "Ed25519", "x": encode(self.der[-32:])}

    def sign(self, text):
        if self.alg == "EdDSA":
            path = self.file + ".in"
            with open(path, "wb") as f:
                f.write(text)
            return openssl("pkeyutl", "-sign", "-inkey", self.file, "-rawin", "-in", path)
        der = openssl("dgst", "-sha256", "-sign", self.file, stdin=text)
        return der if self.alg == "RS256" else raw_of(der)


def raw_of(der):
    """An ECDSA signature out of its SEQUENCE of two INTEGERs."""
    numbers, at = [], 2
    for _ in range(2):
        length = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:at + 2 + length], "big"))
        at += 2 + length
    return b"".join(n.to_bytes(32, "big") for n in numbers)


def now():
    return int(time.time())


# How a token goes wrong: changes header or claims, or signs another way.
MISCHIEF = {
    "alg-none": lambda t: t.header.update(alg="none"),
    "alg-None": lambda t: t.header.update(alg="None"),
    "no-alg": lambda t: t.header.pop("alg"),
    "hs256-with-public-key": lambda t: t.header.update(alg="HS256"),
    "hs256-with-client-secret": lambda t: t.header.update(alg="HS256"),
    "rs512": lambda t: t.header.update(alg="RS512"),
    "embedded-jwk": lambda t: t.header.update(jwk=t.other.jwk()),
    "jku": lambda t: t.header.update(jku="https://evil.example/jwks"),
    "x5c": lambda t: t.header.update(x5c=["AAAA"]),
    "crit": lambda t: t.header.update(crit=["x"]),
    "unknown-kid": lambda t: t.header.update(kid="nobody's"),
    "stranger-signs": lambda t: None,
    "broken-signature": lambda t: None,
    "no-signature": lambda t: None,
    "wrong-iss": lambda t: t.claims.update(iss="https://evil.example"),
    "iss-with-slash": lambda t: t.claims.update(iss=t.claims["iss"] + "/"),
    "no-iss": lambda t: t.claims.pop("iss"),
    "wrong-aud": lambda t: t.claims.update(aud="somebody else"),
    "no-aud": lambda t: t.claims.pop("aud"),
    "two-auds-no-azp": lambda t: t.claims.update(aud=[CLIENT_ID, "somebody else"]),
    "wrong-azp": lambda t: t.claims.update(aud=[CLIENT_ID, "somebody else"], azp="somebody else"),
    "wrong-nonce": lambda t: t.claims.update(nonce="another"),
    "no-nonce": lambda t: t.claims.pop("nonce"),
    "expired": lambda t: t.claims.update(exp=now() - 300),
    "no-exp": lambda t: t.claims.pop("exp"),
    "not-yet": lambda t: t.claims.update(nbf=now() + 300),
    "from-the-future": lambda t: t.claims.update(iat=now() + 300),
    "old": lambda t: t.claims.update(iat=now() - 3600),
    "no-iat": lambda t: t.claims.pop("iat"),
    "wrong-at-hash": lambda t: t.claims.update(at_hash=encode(b"x" * 16)),
    "no-sub": lambda t: t.claims.pop("sub"),
    "empty-sub": lambda t: t.claims.update(sub=""),
    "sub-is-a-number": lambda t: t.claims.update(sub=1),
    "exp-is-a-text": lambda t: t.claims.update(exp="tomorrow"),
    "typ-access-token": lambda t: t.header.update(typ="at+jwt"),
    "claims-are-a-list": lambda t: None,
    "not-a-token": lambda t: None,
}


class Token:
    def __init__(self, double, claims):
        self.double, self.key, self.other = double, double.key, double.stranger
        self.header = {"alg": self.key.alg, "kid": self.key.kid, "typ": "JWT"}
        self.claims = claims

    def text(self):
        mischief = self.double.mischief
        if mischief:
            MISCHIEF[mischief](self)
        claims = [self.claims] if mischief == "claims-are-a-list" else self.claims
        signed = (encode(json.dumps(self.header).encode()) + "." + encode(json.dumps(claims).encode())).encode()
        if mischief == "not-a-token":
            return "x"
        return signed.decode() + "." + encode(self.signature(signed, mischief))

    def signature(self, signed, mischief):
        if mischief in ("alg-none", "alg-None", "no-signature"):
            return b""
        if mischief == "hs256-with-public-key":
            return hmac.digest(self.key.pem, signed, "sha256")
        if mischief == "hs256-with-client-secret":
            return hmac.digest(CLIENT_SECRET.encode(), signed, "sha256")
        if mischief in ("stranger-signs", "embedded-jwk"):
            return self.other.sign(signed)
        signature = self.key.sign(signed)
        return signature[:-1] + bytes([signature[-1] ^ 1]) if mischief == "broken-signature" else signature


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """Clients that hang up in the middle, or do not like our certificate."""


class Double:
    def __init__(self, folder, redirect_uri, alg="RS256", tls=False, post_only=False):
        self.folder, self.redirect_uri, self.post_only = folder, redirect_uri, post_only
        self.stranger = Key(folder, alg, "stranger")
        self.rotate(alg)
        self.person = {"sub": "1"}
        self.mischief = self.answer_with = None
        self.codes, self.complaints, self.asked = {}, [], []
        self.server = Server(("127.0.0.1", 0), self.handler())
        self.port = self.server.server_address[1]
        self.certificate = self.make_certificate() if tls else None
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def rotate(self, alg):
        self.key = Key(self.folder, alg, "k" + secrets.token_hex(4))

    def make_certificate(self):
        key, certificate = os.path.join(self.folder, "tls.key"), os.path.join(self.folder, "tls.pem")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=double", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        with open(certificate, encoding="utf-8") as f:
            return f.read()

    # ---- what it says of itself

    def discovery(self):
        ways = ["client_secret_post"] if self.post_only else ["client_secret_basic", "client_secret_post"]
        return {"issuer": self.url, "authorization_endpoint": self.url + "/authorize?tenant=1", "token_endpoint": self.url + "/token",
                "jwks_uri": self.url + "/jwks", "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [self.key.alg], "token_endpoint_auth_methods_supported": ways,
                "authorization_response_iss_parameter_supported": True}

    def jwks(self):
        return {"keys": [{"kty": "oct", "kid": "odd"}, self.key.jwk()]}

    # ---- the sign-in page

    def complain(self, what):
        self.complaints.append(what)
        return None

    def authorize(self, url):
        """A person who agrees: where the browser is sent to, None when the request is not right."""
        parts = urllib.parse.urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}{parts.path}" != self.url + "/authorize":
            return self.complain(f"another place: {url}")
        query = urllib.parse.parse_qs(parts.query, strict_parsing=True)
        wanted = {"tenant": "1", "response_type": "code", "client_id": CLIENT_ID, "redirect_uri": self.redirect_uri,
                  "code_challenge_method": "S256"}
        for name, value in wanted.items():
            if query.get(name) != [value]:
                return self.complain(f"{name} is {query.get(name)}")
        for name in ("state", "nonce", "code_challenge", "scope"):
            if len(query.get(name, [])) != 1 or (name != "scope" and len(query[name][0]) < 43):
                return self.complain(f"{name} is {query.get(name)}")
        if "openid" not in query["scope"][0].split(" "):
            return self.complain(f"scope is {query['scope']}")
        code = secrets.token_urlsafe(24)
        self.codes[code] = {name: values[0] for name, values in query.items()}
        answer = {"code": code, "state": query["state"][0], "iss": self.url}
        return self.redirect_uri + "?" + urllib.parse.urlencode(answer)

    # ---- codes for tokens

    def client_is_right(self, headers, form):
        scheme, _, rest = headers.get("Authorization", "").partition(" ")
        if self.post_only:
            return not scheme and (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        user, _, password = base64.b64decode(rest).decode().partition(":")
        return scheme == "Basic" and "client_secret" not in form and \
            (urllib.parse.unquote_plus(user), urllib.parse.unquote_plus(password)) == (CLIENT_ID, CLIENT_SECRET)

    def token(self, headers, body):
        if headers.get_content_type() != "application/x-www-form-urlencoded":
            return self.complain("the form is no form")
        pairs = urllib.parse.parse_qsl(body.decode(), strict_parsing=True)
        form = dict(pairs)
        if len(form) != len(pairs) or form.get("grant_type") != "authorization_code":
            return self.complain(f"a strange form: {form}")
        if not self.client_is_right(headers, form):
            return self.complain("it does not say who it is")
        asked = self.codes.pop(form.get("code"), None)
        if asked is None:
            return self.complain("the code is nobody's, or was used")
        if form.get("redirect_uri") != asked["redirect_uri"]:
            return self.complain("the code goes to another address")
        challenge = encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if not hmac.compare_digest(challenge, asked["code_challenge"]):
            return self.complain("the verifier does not fit")
        return self.tokens(asked)

    def tokens(self, asked):
        access = secrets.token_urlsafe(16)
        digest = hashlib.sha512 if self.key.alg == "EdDSA" else hashlib.sha256
        half = digest(access.encode()).digest()
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now(), "exp": now() + 300, "nonce": asked["nonce"],
                  "at_hash": encode(half[:len(half) // 2])} | self.person
        return {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": Token(self, claims).text()}

    # ---- HTTP

    def handler(double):
        class Handler(house.Receiver):
            def tell(self, value):
                status, body = (200, json.dumps(value).encode()) if value is not None else (400, b'{"error":"invalid_request"}')
                if double.answer_with:
                    status, body = double.answer_with
                self.answer(status, body, Content_Type="application/json")

            def do_GET(self):
                double.asked.append(self.path)
                pages = {"/.well-known/openid-configuration": double.discovery, "/jwks": double.jwks}
                self.tell(pages[self.path]() if self.path in pages else None)

            def do_POST(self):
                double.asked.append(self.path)
                body = self.taken()
                self.tell(double.token(self.headers, body) if self.path == "/token" else None)

        return Handler
