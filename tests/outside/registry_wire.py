"""The registry on the wire: names and paths of every form, ranges, bodies of every framing, Expect, lines that break, and many at
once (oci-registry.md 1, 2, 4, 5, 20). Requests are written by hand where no library would write them."""
import base64
import http.client
import os
import socket

import house
from registry import MANIFEST, digest, image
from registry_conformance import NOBODY, OneServer

NAMES = ["a", "0", "a.b", "a_b", "a__b", "a-b", "a---b", "a/b/c/d/e/f/g/h", "blobs", "manifests", "tags", "uploads", "referrers", "a/blobs/b", "x/tags/list/y", "x/tags/list",
         "manifests/manifests", "manifests/v1/manifests", "blobs/uploads", "a/blobs/uploads", "a/blobs/uploads/b", "referrers/referrers", "tags/list", "uploads/blobs/uploads/blobs",
         "auth/apikey", "token", "a/token", "v2", "v2/v2", "oci/ext/discover", "0123456789/" * 23 + "ab", "a" * 255, "a/" * 127 + "a"]
NO_NAMES = ["A", "a/B", "a..b", "a___b", "a.-b", "a-.b", "-a", "a-", ".a", "a.", "_a", "a_", "a/-b", "a/b-", "a+b", "a~b", "a@b", "a,b", "a%20b", "%C3%A4", "a:b", "a" * 256, "a/" * 128 + "a", "a" * 5000]
NO_PATHS = ["a%0Ab", "a%09", "a%00", "a%7Fb", "a/" * 200 + "a"]  # refused before anybody asks whose name it is


class Ear:
    """What comes on a line, for one answer after the other: none of them reads what is the next one's, or hangs up."""

    def __init__(self, line):
        self.file = line.makefile("rb")
        self.readline, self.read, self.read1, self.readinto = self.file.readline, self.file.read, self.file.read1, self.file.readinto

    def makefile(self, _):
        return self

    def flush(self):
        pass

    close = flush


class Line:
    """A connection that says what it is told to."""

    def __init__(self, server, key):
        host, port = server.url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=house.PATIENCE)
        self.ear = Ear(self.socket)
        self.head = f"Host: {host}:{port}\r\napi-key: {key}\r\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ear.file.close()
        self.socket.close()

    def say(self, method, path, *headers, body=b""):
        lines = "".join(f"{header}\r\n" for header in headers)
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\n{self.head}{lines}\r\n".encode() + body)
        return self

    def send(self, some):
        self.socket.sendall(some)
        return self

    def answer(self, method="GET"):
        response = http.client.HTTPResponse(self.ear, method=method)
        response.begin()
        return house.Answer(response)

    def line(self):
        """One line, as it is on the wire."""
        return self.ear.readline()

    def closed(self):
        """Nothing more comes."""
        try:
            return self.ear.read(1) == b""
        except ConnectionResetError:
            return True


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


class Wire(OneServer):
    def line(self):
        return Line(self.server, self.keys["admin"])

    def once(self, method, path, *headers, body=b""):
        with self.line() as line:
            return line.say(method, path if path.startswith("/") else f"{self.base}/{path}", *headers, body=body).answer(method)


class Names(Wire):
    def test_push_names_valid(self):
        """Also those that have the words of the paths in them: the longest name counts."""
        for name in NAMES:
            with self.subTest(name=name[:40]):
                body = self.push_image(name, "v1")
                self.assertEqual(self.assert_status(self.admin.get(f"/v2/{name}/manifests/v1"), 200).body, body)
                self.assertEqual(self.admin.get(f"/v2/{name}/tags/list").json, {"name": name, "tags": ["v1"]})
                self.assertEqual(self.assert_status(self.admin.get(f"/v2/{name}/referrers/{digest(body)}"), 200).json["manifests"], [])
                self.assertEqual(self.admin.get(f"/v2/{name}/blobs/{digest(b'layer')}").body, b"layer")
                where = self.assert_status(self.admin.post(f"/v2/{name}/blobs/uploads/", b""), 202).headers["location"]
                self.assert_status(self.admin.get(where), 204)
                self.assert_status(self.admin.ask("DELETE", where), 204)
        self.assertEqual(set(NAMES) - set(self.admin.get("/v2/_catalog").json["repositories"]), set())
        for name in NAMES:
            self.assert_status(self.admin.ask("DELETE", f"/v2/{name}/manifests/{digest(image(b'{}', b'layer'))}"), 202)

    def test_push_names_invalid(self):
        before = self.admin.get("/v2/_catalog").json
        for name in NO_NAMES + NO_PATHS:
            for method, path, body in (("POST", "blobs/uploads/", b""), ("POST", f"blobs/uploads/?digest={digest(b'x')}", b"x"), ("PUT", "manifests/v1", image(b"{}")), ("GET", "manifests/v1", None),
                                       ("GET", f"blobs/{NOBODY}", None), ("GET", "tags/list", None), ("GET", f"referrers/{NOBODY}", None), ("DELETE", "manifests/v1", None)):
                with self.subTest(name=name[:40], method=method, path=path):
                    answer = self.refused(self.admin.ask(method, f"/v2/{name}/{path}", body), 400)
                    if name not in NO_PATHS:
                        self.assertEqual(answer.json["errors"][0]["code"], "NAME_INVALID")
        self.assertEqual(self.admin.get("/v2/_catalog").json, before)

    def test_tags_valid(self):
        tags = ["_", "a", "A", "latest", "LATEST", "1.0", "v1-rc.1_x", "a" * 128, "blobs", "list", "0"]
        body = self.manifest(tags[0])
        for tag in tags[1:]:
            self.assert_status(self.put(self.name, tag, body), 201)
        self.assertEqual(self.tags().json["tags"], sorted(tags))

    def test_tags_invalid(self):
        body = self.manifest("good")
        for tag in ("-a", ".a", "a" * 129, "a+b", "a%20b", "a%0A", "%0A", "a%2Fb", "%2Fa", "a%00", "%00", "a%00b", "%C3%A4", "a*", "a@b", "a,b"):
            with self.subTest(tag=tag[:20]):
                self.refused(self.put(self.name, tag, body), 400, 404)
                self.refused(self.ask("DELETE", f"manifests/{tag}"), 400, 404)
        self.assertEqual(self.tags().json["tags"], ["good"])

    def test_paths_are_decoded_once_and_part_by_part(self):
        body = self.manifest("v1")
        self.assertEqual(self.once("GET", f"/v2/%70ub/{self.name[4:]}/manifests/%761").body, body)
        self.assertEqual(self.once("GET", f"manifests/{digest(body).replace(':', '%3A')}").body, body)
        for path in (f"/v2/{self.name.replace('/', '%2F')}/manifests/v1", f"/v2/{self.name.replace('/', '%2f')}/tags/list", f"/v2/%2570ub/{self.name[4:]}/manifests/v1",
                     f"{self.base}/manifests%2Fv1", f"{self.base}/manifests/v1%00", f"/v2/pub%00/{self.name[4:]}/manifests/v1", f"{self.base}/manifests/%", f"{self.base}/manifests/%7",
                     f"{self.base}/manifests/%zz", f"{self.base}/manifests/v1%0d%0aX:%20y", f"{self.base}/manifests/v1/", f"{self.base}//manifests/v1", f"/v2//{self.name}/manifests/v1",
                     f"/v2/./{self.name}/manifests/v1", f"{self.base}/../{self.name[4:]}/manifests/v1", f"{self.base}/%2e%2e/{self.name[4:]}/manifests/v1", f"{self.base}/x/../manifests/v1",
                     f"{self.base}/manifests/../manifests/v1", f"{self.base}/blobs/uploads/..%2F..%2Fmanifests%2Fv1", f"{self.base}/blobs/..", f"{self.base}/manifests/.."):
            for method in ("GET", "DELETE"):
                with self.subTest(method=method, path=path):
                    self.refused(self.once(method, path), 400, 404, 405)
        self.assertEqual(self.ask("GET", "manifests/v1").body, body)

    def test_long_lines_are_refused_in_the_same_form(self):
        answer = self.once("GET", f"/v2/{'a' * 20000}/tags/list")
        self.assertIn(answer.status, (400, 414))
        self.assertEqual(self.ask("GET", "/v2/").status, 200)


class Ranges(Wire):
    def setUp(self):
        super().setUp()
        self.content = self.blob(bytes(range(256)) * 8)
        self.path = f"blobs/{digest(self.content)}"

    def part(self, said, **headers):
        return self.ask("GET", self.path, Range=said, **headers)

    def test_one_range_is_a_part(self):
        size = len(self.content)
        for said, first, end in (("bytes=0-0", 0, 1), ("bytes=500-1499", 500, 1500), ("bytes=500-", 500, size), ("bytes=-500", size - 500, size), ("bytes=-1", size - 1, size), ("bytes=2000-5000", 2000, size),
                                 (f"bytes=-{size}", 0, size), ("bytes=-5000", 0, size), (f"bytes={size - 1}-", size - 1, size), ("bytes=0-99999999999999999999", 0, size), ("BYTES=1-2", 1, 3)):
            with self.subTest(said=said):
                answer = self.assert_status(self.part(said), 206)
                self.assertEqual(answer.body, self.content[first:end])
                self.assertEqual((answer.headers["content-range"], answer.headers["content-length"]), (f"bytes {first}-{end - 1}/{size}", str(end - first)))
                self.assertEqual(answer.headers["docker-content-digest"], digest(self.content))

    def test_what_is_beyond_is_refused(self):
        size = len(self.content)
        for said in (f"bytes={size}-", "bytes=5000-10000", "bytes=500-0", "bytes=-0", "bytes=99999999999999999999-"):
            with self.subTest(said=said):
                answer = self.refused(self.part(said), 416)
                self.assertEqual(answer.headers["content-range"], f"bytes */{size}")
                self.assertEqual(answer.headers["content-length"], str(len(answer.body)))  # of what is said, not of the blob
                self.assertEqual(self.ask("GET", self.path).body, self.content)  # the line is as good as before

    def test_what_is_no_range_is_passed_over(self):
        for said in ("bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "items=0-1", "0-1", "bytes 0-1", "bytes=1-2x", "nonsense", "bytes=--1", "bytes=1--2"):
            with self.subTest(said=said):
                answer = self.assert_status(self.part(said), 200)
                self.assertEqual((answer.body, answer.headers.get("content-range")), (self.content, None))

    def test_several_ranges_are_the_whole_or_parts(self):
        for said in ("bytes=0-1,5-6", "bytes=0-0,-1", "bytes=0-1, 1-2 ,9-9", "bytes=" + ",".join(f"{i}-{i}" for i in range(0, 100, 2)), "bytes=" + ",".join(["0-"] * 500)):
            answer = self.part(said)
            self.assertIn(answer.status, (200, 206, 416), said[:40])
            if answer.status == 200:
                self.assertEqual(answer.body, self.content)

    def test_if_range_holds_the_part_to_the_blob(self):
        tag = f'"{digest(self.content)}"'
        self.assertEqual(self.assert_status(self.part("bytes=1-2", If_Range=tag), 206).body, self.content[1:3])
        for other in ('"x"', f"W/{tag}", digest(self.content), "Sun, 06 Nov 1994 08:49:37 GMT"):
            self.assertEqual(self.assert_status(self.part("bytes=1-2", If_Range=other), 200).body, self.content, other)
        self.assert_status(self.part("bytes=1-2", If_None_Match=tag), 304)

    def test_heads_of_parts_are_heads(self):
        answer = self.ask("HEAD", self.path, Range="bytes=1-2")
        self.assertIn((answer.status, answer.headers["content-length"]), ((206, "2"), (200, str(len(self.content)))))
        self.assertEqual(answer.body, b"")

    def test_nothing_has_no_parts(self):
        self.blob(b"")
        for said in ("bytes=0-", "bytes=0-0", "bytes=-1", "bytes=1-"):
            answer = self.ask("GET", f"blobs/{digest(b'')}", Range=said)
            self.assertIn(answer.status, (200, 416), said)
            if answer.status == 200:
                self.assertEqual(answer.body, b"")
        answer = self.assert_status(self.ask("GET", f"blobs/{digest(b'')}"), 200)
        self.assertEqual((answer.body, answer.headers["content-length"]), (b"", "0"))


class Bodies(Wire):
    def test_chunked_bodies_are_bodies(self):
        """18: in PATCH, in the closing PUT, in a single POST, and with manifests."""
        content, pieces = b"abcdefgh", (b"abc", b"d", b"efgh")
        where = self.begin()
        answer = self.assert_status(self.once("PATCH", where, "Transfer-Encoding: chunked", body=chunked(*pieces)), 202)
        self.assertEqual(answer.headers["range"], "0-7")
        self.assert_status(self.once("PUT", f"{where}?digest={digest(content + content)}", "Transfer-Encoding: chunked", body=chunked(*pieces)), 201)
        where = self.begin()
        self.assert_status(self.once("PUT", f"{where}?digest={digest(content)}", "Transfer-Encoding: chunked", body=chunked(*pieces)), 201)
        self.assert_status(self.once("POST", f"blobs/uploads/?digest={digest(content)}", "Transfer-Encoding: chunked", body=chunked(*pieces)), 201)
        where = self.begin()
        self.assert_status(self.once("PATCH", where, "Transfer-Encoding: chunked", "Content-Range: 0-7", body=chunked(*pieces)), 202)
        for body in (chunked(b"i"), chunked(b"ijk")):  # the range said two
            self.code(self.once("PATCH", where, "Transfer-Encoding: chunked", "Content-Range: 8-9", body=body), 400, "SIZE_INVALID")
            self.assertEqual(self.ask("GET", where).headers["range"], "0-7")
        self.blob()
        body = image(b"{}")
        self.assert_status(self.once("PUT", "manifests/v1", f"Content-Type: {MANIFEST}", "Transfer-Encoding: chunked", body=chunked(body[:9], body[9:])), 201)
        self.assertEqual(self.ask("GET", "manifests/v1").body, body)
        self.assert_status(self.once("PUT", f"{where}?digest={digest(content)}", "Transfer-Encoding: chunked", body=chunked()), 201)

    def test_two_lengths_are_one_too_many(self):
        """18: whoever reads the one and not the other reads the next request wrong."""
        where = self.begin()
        for framing in (("Content-Length: 3", "Transfer-Encoding: chunked"), ("Transfer-Encoding: chunked", "Content-Length: 0"), ("Content-Length: 3", "Content-Length: 4"), ("Transfer-Encoding: gzip, chunked", "Content-Length: 3")):
            with self.subTest(framing=framing), self.line() as line:
                answer = line.say("PATCH", where, *framing, body=chunked(b"abc")).answer("PATCH")
                self.assertEqual(answer.status, 400, answer)
                self.assertTrue(line.closed())
        self.assertEqual(self.ask("GET", where).headers["range"], "0-0")

    def test_a_refusal_leaves_the_line_in_step(self):
        """What was sent in vain is read past, or the line is closed: nothing of it is taken for a request."""
        inside = b"GET /v2/_catalog HTTP/1.1\r\nHost: a\r\n\r\n"
        for size in (0, 1000, 60000, 1 << 20):
            for path in (f"blobs/uploads/?digest={NOBODY[:-1]}", "manifests/sha256:1", "blobs/uploads/none"):
                with self.subTest(size=size, path=path), self.line() as line:
                    method = "POST" if "?" in path else "PUT"
                    body = inside * (size // len(inside))
                    try:
                        line.say(method, f"{self.base}/{path}", f"Content-Length: {len(body)}", body=body)
                    except (BrokenPipeError, ConnectionResetError):
                        continue
                    answer = line.answer(method)
                    self.assertIn(answer.status, (400, 404), answer)
                    if answer.headers.get("connection", "").lower() == "close":
                        self.assertTrue(line.closed())
                    else:
                        self.assertEqual(line.say("GET", "/v2/").answer().body, b"{}")

    def test_expect_is_answered_at_once(self):
        """A go-ahead before a byte of the body, or the refusal in its place."""
        content, where = os.urandom(1 << 21), self.begin()
        with self.line() as line:
            for method, path, status in (("PATCH", where, 202), ("PUT", f"{where}?digest={digest(content + content)}", 201), ("POST", f"{self.base}/blobs/uploads/?digest={digest(content)}", 201)):
                line.say(method, path, f"Content-Length: {len(content)}", "Expect: 100-continue")
                self.assertEqual((line.line(), line.line()), (b"HTTP/1.1 100 Continue\r\n", b"\r\n"), method)
                self.assert_status(line.send(content).answer(method), status)
        self.blob()
        body = image(b"{}")
        with self.line() as line:
            line.say("PUT", f"{self.base}/manifests/v1", f"Content-Type: {MANIFEST}", f"Content-Length: {len(body)}", "Expect: 100-continue")
            self.assertEqual((line.line(), line.line()), (b"HTTP/1.1 100 Continue\r\n", b"\r\n"))
            self.assert_status(line.send(body).answer("PUT"), 201)
        gone = self.begin()
        self.assert_status(self.ask("DELETE", gone), 204)
        for method, path, status in (("PATCH", gone, 404), ("PUT", f"{gone}?digest={digest(content)}", 404), ("POST", "blobs/uploads/?digest=x", 400), ("POST", "/v2/No/blobs/uploads/", 400),
                                     ("PUT", "manifests/sha256:1", 400)):
            with self.subTest(method=method, path=path):
                self.refused(self.once(method, path, f"Content-Length: {len(content)}", "Expect: 100-continue"), status)
        where = self.begin()
        answer = self.refused(self.once("PATCH", where, "Content-Length: 10", "Content-Range: 5-14", "Expect: 100-continue"), 416)
        self.assertEqual(answer.headers["range"], "0-0")

    def test_heads_have_no_bodies_on_the_wire(self):
        self.manifest("v1")
        with self.line() as line:
            for path, status in (("manifests/v1", 200), ("manifests/none", 404), (f"blobs/{digest(b'{}')}", 200), (f"blobs/{NOBODY}", 404), ("blobs/x", 400), ("/v2/No/manifests/v1", 400)):
                answer = line.say("HEAD", path if path[0] == "/" else f"{self.base}/{path}").answer("HEAD")
                self.assertEqual((answer.status, answer.body), (status, b""), path)
            self.assertEqual(line.say("GET", "/v2/").answer().body, b"{}")  # nothing was left on the line

    def test_answers_without_bodies_have_none(self):
        with self.line() as line:
            where = line.say("POST", f"{self.base}/blobs/uploads/", "Content-Length: 0").answer("POST").headers["location"]
            for method, path, status in (("GET", where, 204), ("PATCH", where, 202), ("DELETE", where, 204)):
                answer = line.say(method, path, *(("Content-Length: 0",) if method == "PATCH" else ())).answer(method)
                self.assertEqual((answer.status, answer.body), (status, b""))
                self.assertEqual(answer.headers.get("content-length"), None if status == 204 else "0")
            self.assertEqual(line.say("GET", "/v2/").answer().body, b"{}")

    def test_one_line_is_enough_for_a_push(self):
        """One connection, one request behind the other, without waiting for answers."""
        content = b"together"
        with self.line() as line:
            line.say("POST", f"{self.base}/blobs/uploads/?digest={digest(content)}", f"Content-Length: {len(content)}", body=content)
            line.say("POST", f"{self.base}/blobs/uploads/?digest={digest(b'{}')}", "Content-Length: 2", body=b"{}")
            body = image(b"{}", content)
            line.say("PUT", f"{self.base}/manifests/v1", f"Content-Type: {MANIFEST}", f"Content-Length: {len(body)}", body=body)
            line.say("GET", f"{self.base}/manifests/v1")
            self.assertEqual([line.answer(method).status for method in ("POST", "POST", "PUT")], [201] * 3)
            self.assertEqual(line.answer().body, body)


    def test_codings_are_chunked_or_none(self):
        where = self.begin()
        for header, status in (("Transfer-Encoding: gzip", 400), ("Transfer-Encoding: chunked, gzip", 400), ("Content-Encoding: gzip", 415), ("Expect: 200-perhaps", 400)):
            with self.subTest(header=header):
                length = () if header.startswith("Transfer") else ("Content-Length: 1",)
                self.refused(self.once("PATCH", where, header, *length, body=b"x"), status)
        self.assert_status(self.once("PATCH", where, "Transfer-Encoding: chunked", body=b"3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n"), 202)  # extensions, trailers
        self.assert_status(self.once("PATCH", where, "Content-Encoding: identity", "Content-Length: 1", body=b"d"), 202)
        self.assert_status(self.once("PUT", f"{where}?digest={digest(b'abcd')}"), 201)  # no body, and no length of it

    def test_a_session_is_its_users_whatever_he_signs_in_with(self):
        """Tokens end within minutes, pushes of large layers do not."""
        login = {"Authorization": "Basic " + base64.b64encode(f"x:{self.keys['admin']}".encode()).decode()}
        token = lambda: self.server.client().get(f"/v2/token?scope=repository:{self.name}:pull,push", headers=login).json["token"]
        first, second = (self.server.client(headers={"Authorization": "Bearer " + token()}) for _ in range(2))
        where = self.assert_status(first.post(f"{self.base}/blobs/uploads/", b""), 202).headers["location"]
        self.assert_status(second.ask("PATCH", where, b"abc"), 202)
        self.assert_status(self.server.client(headers=login).get(where), 204)
        head = self.assert_status(self.ask("HEAD", where), 204)
        self.assertEqual((head.headers["range"], head.headers["location"]), ("0-2", where))
        self.assert_status(self.ask("PUT", f"{where}?digest={digest(b'abc')}", b""), 201)


class Broken(Wire):
    def offset(self, where):
        return self.assert_status(self.ask("GET", where), 204).headers["range"]

    def test_robust_truncated_patch_resume(self):
        """18: of every framing; what came is kept, the client asks how much that was, and goes on."""
        content = os.urandom(300000)
        half = content[:150000]
        rows = [("a stream", ("Content-Length: 300000",), half), ("chunks of transfer", ("Transfer-Encoding: chunked",), b"%x\r\n%s\r\n" % (len(half), half)),
                ("a chunk", ("Content-Length: 300000", "Content-Range: 0-299999"), half)]
        for said, headers, sent in rows:
            with self.subTest(said=said):
                where = self.begin()
                with self.line() as line:
                    line.say("PATCH", where, *headers, body=sent)
                self.assertEqual(house.until("the bytes are kept", lambda: self.offset(where) if self.offset(where) != "0-0" else None), "0-149999")
                self.assert_status(self.ask("PATCH", where, content[150000:200000], Content_Range="150000-199999"), 202)
                self.assert_status(self.ask("PUT", f"{where}?digest={digest(content)}", content[200000:]), 201)
                self.assertEqual(self.ask("GET", f"blobs/{digest(content)}").body, content)
                self.assert_status(self.ask("DELETE", f"blobs/{digest(content)}"), 202)

    def test_a_closing_put_that_breaks_closes_nothing(self):
        content = os.urandom(200000)
        where = self.begin()
        self.assert_status(self.ask("PATCH", where, content[:100000]), 202)
        with self.line() as line:
            line.say("PUT", f"{where}?digest={digest(content)}", "Content-Length: 100000", body=content[100000:150000])
        house.until("the bytes are kept", lambda: self.offset(where) == "0-149999")
        self.assert_status(self.ask("PUT", f"{where}?digest={digest(content)}", content[150000:]), 201)

    def test_what_breaks_leaves_nothing(self):
        """A single POST, and a manifest, that were never whole."""
        content, body = b"x" * 1000, image(b"{}")
        self.blob()
        for method, path, whole in (("POST", f"blobs/uploads/?digest={digest(content)}", content), ("PUT", "manifests/v1", body)):
            with self.line() as line:
                line.say(method, f"{self.base}/{path}", f"Content-Type: {MANIFEST}", f"Content-Length: {len(whole)}", body=whole[:-1])
                line.socket.shutdown(socket.SHUT_WR)
                try:
                    self.assertNotEqual(line.answer(method).status, 201)
                except (http.client.RemoteDisconnected, ConnectionResetError):
                    pass  # nobody is there to hear an answer
        self.code(self.ask("GET", f"blobs/{digest(content)}"), 404, "BLOB_UNKNOWN")
        self.code(self.ask("GET", "manifests/v1"), 404, "MANIFEST_UNKNOWN")

    def test_a_broken_chunk_is_told(self):
        where = self.begin()
        for bad in (b"zz\r\nabc\r\n0\r\n\r\n", b"-1\r\nabc\r\n", b"ffffffffffffffffff\r\nabc\r\n", b"3\r\nabcd\r\n0\r\n\r\n"):
            with self.subTest(bad=bad), self.line() as line:
                line.say("PATCH", where, "Transfer-Encoding: chunked", body=bad)
                line.socket.shutdown(socket.SHUT_WR)
                answer = line.answer("PATCH")
                self.assertIn(answer.status, (400, 413, 415), answer)
                self.assertTrue(line.closed())

    def test_two_at_one_session_never_mix(self):
        """The second is refused while the first runs, or finds the session further on; no byte of it gets in between."""
        first, second, where = b"a" * 200000, b"b" * 200000, self.begin()
        with self.line() as line:
            line.say("PATCH", where, f"Content-Length: {len(first)}", "Expect: 100-continue")
            self.assertEqual((line.line(), line.line()), (b"HTTP/1.1 100 Continue\r\n", b"\r\n"))  # it is at it
            line.send(first[:100000])
            begun = lambda: self.ask("PATCH", where, second, Content_Range=f"0-{len(second) - 1}")
            self.refused(begun(), 409)
            self.refused(self.ask("PUT", f"{where}?digest={digest(second)}", second), 409)
            answer = self.assert_status(line.send(first[100000:]).answer("PATCH"), 202)
        self.assertEqual(answer.headers["range"], f"0-{len(first) - 1}")
        self.code(begun(), 416, "BLOB_UPLOAD_INVALID")
        self.assert_status(self.ask("PUT", f"{where}?digest={digest(first)}", b""), 201)

    def test_twelve_push_the_same_blob(self):
        """In sessions of their own, each with every form of push."""
        content = os.urandom(100000)

        def work(number):
            client = self.server.client(self.keys["admin"])
            for _ in range(3):
                where = self.assert_status(client.post(f"{self.base}/blobs/uploads/", b""), 202).headers["location"]
                half = len(content) // 2 if number % 2 else 0
                if half:
                    self.assert_status(client.ask("PATCH", where, content[:half]), 202)
                self.assert_status(client.ask("PUT", f"{where}?digest={digest(content)}", content[half:]), 201)
                self.assertEqual(client.get(f"{self.base}/blobs/{digest(content)}").body, content)

        house.together(work, 12)()


if __name__ == "__main__":
    house.main()
