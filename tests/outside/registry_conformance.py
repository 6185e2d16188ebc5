"""The distribution specification, 1.1 and what the draft of 1.2 adds, requirement by requirement (oci-registry.md 2 to 8), and
the lines of 18. Lists and deletions are in registry_discovery.py, names, paths, ranges and broken lines in registry_wire.py; what
other files show already is in ELSEWHERE."""
import base64
import itertools
import json
import re
import unittest

import registry
from registry import BYTES, CONFIG, INDEX, LAYER, MANIFEST, descriptor, digest, image

# A requirement and where it is shown; test_what_is_elsewhere_is_there holds the names to it.
ELSEWHERE = {
    "pull.blob.isolated": "registry.Layers.test_r_3_bytes_are_shared_and_rights_are_not",
    "push.blob.single-post": "registry.Layers.test_push_all_at_once_and_pull",
    "push.chunk.order": "registry.Layers.test_chunks_in_order_and_out_of_it",
    "push.digest.mismatch": "registry.Layers.test_other_bytes_than_announced_are_not_kept",
    "push.session.owner": "registry.Layers.test_r_7_an_upload_is_its_repositorys_and_its_makers",
    "push.session.restart": "registry.Layers.test_an_upload_goes_on_after_a_kill",
    "push.concurrent.same-blob": "registry.Layers.test_many_push_the_same_at_once",
    "push.concurrent.patch": "registry.Layers.test_many_push_the_same_at_once",
    "robust.truncated-patch-resume": "registry.Layers.test_what_came_before_a_line_broke_is_kept",
    "push.mount.unreadable": "registry.Layers.test_r_3_bytes_are_shared_and_rights_are_not",
    "push.manifest.invalid": "registry.Manifests.test_bad_ones_change_nothing",
    "push.manifest.blob-unknown": "registry.Manifests.test_bad_ones_change_nothing",
    "push.manifest.too-large": "registry.Manifests.test_bad_ones_change_nothing",
    "push.manifest.conditions": "registry.Manifests.test_conditions_compare_and_swap",
    "push.manifest.tags": "registry.Manifests.test_tags_together_are_all_or_none",
    "push.tag.move": "registry.Manifests.test_a_moved_tag_leaves_its_manifest",
    "delete.in-use": "registry.Manifests.test_what_goes_goes_with_what_is_its_own",
    "delete.digest.takes-tags": "registry.Manifests.test_what_goes_goes_with_what_is_its_own",
    "discover.referrers": "registry.Manifests.test_referrers_are_told_and_filtered",
    "discover.catalog.rights": "registry.Lists.test_r_4_names_are_those_that_may_be_read",
    "discover.tags.pages": "registry.Lists.test_tags_page_by_page",
}

CODES = {"BLOB_UNKNOWN", "BLOB_UPLOAD_INVALID", "BLOB_UPLOAD_UNKNOWN", "DIGEST_INVALID", "MANIFEST_BLOB_UNKNOWN", "MANIFEST_INVALID",
         "MANIFEST_UNKNOWN", "NAME_INVALID", "NAME_UNKNOWN", "SIZE_INVALID", "UNAUTHORIZED", "DENIED", "UNSUPPORTED", "TOOMANYREQUESTS"}
DOCKER = "application/vnd.docker.distribution.manifest."
EMPTY = "application/vnd.oci.empty.v1+json"
NOBODY = digest(b"nobody has pushed this")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
numbers = itertools.count(1)


class OneServer(registry.Registry):
    """One server for all tests of a class, a repository for each."""

    @classmethod
    def setUpClass(cls):
        cls.world = registry.Registry()
        cls.addClassCleanup(cls.world.doCleanups)
        cls.world.setUp()

    @classmethod
    def tearDownClass(cls):
        cls.world.assert_stops(cls.world.server)
        cls.world.assert_sound()

    def setUp(self):
        for name in ("folder", "data", "keys", "server", "by", "admin"):
            setattr(self, name, getattr(self.world, name))
        for client in self.server.clients:  # a line that idles is let go when others wait: each test has new ones
            client.close()
        self.name = f"pub/t{next(numbers)}"
        self.base = f"/v2/{self.name}"

    def ask(self, method, path, body=None, **headers):
        """A path of this test's repository, or a whole one."""
        return self.admin.ask(method, path if path.startswith("/") else f"{self.base}/{path}", body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def begin(self, query=""):
        return self.assert_status(self.ask("POST", f"blobs/uploads/{query}", b""), 202).headers["location"]

    def blob(self, content=b"{}"):
        self.push(self.name, content)
        return content

    def manifest(self, reference, body=None, kind=MANIFEST, **headers):
        """Pushed, with what it needs; its bytes."""
        self.blob()
        body = body or image(b"{}")
        self.assert_status(self.put(self.name, reference, body, kind=kind, **headers), 201)
        return body

    def tags(self, query=""):
        return self.assert_status(self.ask("GET", f"tags/list{query}"), 200)

    def referrers(self, subject, query=""):
        return self.assert_status(self.ask("GET", f"referrers/{subject}{query}"), 200)

    def refused(self, answer, *statuses):
        """A 4xx in the specification's form, with one of its codes."""
        self.assertIn(answer.status, statuses, answer)
        self.assertEqual(answer.headers["content-type"], "application/json", answer)
        self.assertEqual(answer.headers["docker-distribution-api-version"], "registry/2.0", answer)
        self.assertTrue(answer.json["errors"], answer)
        for error in answer.json["errors"]:
            self.assertIn(error["code"], CODES, answer)
            self.assertIsInstance(error["message"], str, answer)
        return answer


class Table(unittest.TestCase):
    def test_what_is_elsewhere_is_there(self):
        for requirement, name in ELSEWHERE.items():
            _, group, test = name.split(".")
            self.assertTrue(hasattr(getattr(registry, group), test), requirement)


class Answers(OneServer):
    def test_the_base_is_there_for_who_has_signed_in(self):
        self.assertEqual(self.assert_status(self.ask("GET", "/v2/"), 200).headers["docker-distribution-api-version"], "registry/2.0")
        answer = self.refused(self.server.client().get("/v2/"), 401)
        self.assertTrue(answer.headers["www-authenticate"].startswith("Bearer realm="))

    def test_every_refusal_has_the_specifications_form(self):
        self.manifest("v1")
        where, content = self.begin(), b"x"
        rows = [
            ("GET", f"blobs/{NOBODY}", None, 404), ("GET", "blobs/sha256:1", None, 400), ("DELETE", f"blobs/{NOBODY}", None, 404),
            ("GET", "manifests/none", None, 404), ("GET", "manifests/sha256:1", None, 400), ("PUT", "manifests/v2", b"{", 400),
            ("DELETE", "manifests/none", None, 404), ("GET", "referrers/none", None, 400), ("GET", "tags/list?n=x", None, 400),
            ("POST", f"blobs/uploads/?digest={NOBODY}", content, 400), ("POST", "blobs/uploads/?digest=x", content, 400),
            ("POST", "blobs/uploads/?digest-algorithm=md5", b"", 400), ("PUT", where, content, 400), ("PUT", f"{where}?digest=x", b"", 400),
            ("GET", "blobs/uploads/none", None, 404), ("GET", "/v2/No/tags/list", None, 400), ("GET", "/v2/pub/none/tags/list", None, 404),
            ("GET", "/v2/_catalog?n=-1", None, 400), ("POST", "manifests/v1", b"", 405), ("PUT", f"blobs/{NOBODY}", b"", 405),
            ("DELETE", f"blobs/{digest(b'{}')}", None, 405), ("GET", "nothing/here", None, 404),
        ]
        for method, path, body, status in rows:
            with self.subTest(method=method, path=path):
                self.refused(self.ask(method, path, body), status)

    def test_other_methods_are_told_which_there_are(self):
        rows = [("POST", f"blobs/{NOBODY}", "GET"), ("PATCH", "manifests/v1", "PUT"), ("PUT", "tags/list", "GET"), ("DELETE", f"referrers/{NOBODY}", "GET"),
                ("PUT", "blobs/uploads/", "POST"), ("POST", "/v2/_catalog", "GET"), ("POST", "blobs/uploads/" + "0" * 8 + "-0000-4000-8000-" + "0" * 12, "PATCH")]
        for method, path, allowed in rows:
            with self.subTest(method=method, path=path):
                answer = self.refused(self.ask(method, path, b"" if method != "DELETE" else None), 405)
                self.assertIn(allowed, answer.headers["allow"])
                self.assertEqual(answer.json["errors"][0]["code"], "UNSUPPORTED")

    def test_who_may_not_is_told_so(self):
        self.manifest("v1")
        nobody, puller = self.server.client(), self.by["puller"]
        for path in ("manifests/v1", f"blobs/{digest(b'{}')}", "tags/list", f"referrers/{NOBODY}"):
            answer = self.refused(nobody.get(f"{self.base}/{path}"), 401)
            self.assertIn(f'scope="repository:{self.name}:pull"', answer.headers["www-authenticate"])
        self.code(puller.post(f"{self.base}/blobs/uploads/", b""), 403, "DENIED")
        self.code(puller.ask("DELETE", f"{self.base}/manifests/v1"), 403, "DENIED")
        self.code(self.server.client(headers={"Authorization": "Bearer nonsense"}).get(f"{self.base}/tags/list"), 401, "UNAUTHORIZED")

    def test_heads_are_as_gets_without_their_bodies(self):
        body = self.manifest("v1")
        for path in ("manifests/v1", f"manifests/{digest(body)}", f"blobs/{digest(b'{}')}"):
            got, head = self.ask("GET", path), self.ask("HEAD", path)
            self.assertEqual((head.status, head.body), (200, b""))
            for name in ("content-length", "content-type", "docker-content-digest", "etag", "docker-distribution-api-version"):
                self.assertEqual(head.headers[name], got.headers[name], name)
        for path in ("manifests/none", f"manifests/{NOBODY}", f"blobs/{NOBODY}", "blobs/sha256:1"):
            head = self.ask("HEAD", path)
            self.assertIn(head.status, (400, 404))
            self.assertEqual(head.body, b"")


class Pull(OneServer):
    def test_a_blob_says_what_it_is(self):
        content = self.blob(b"some bytes")
        for kind in ("sha256", "sha512"):
            if kind == "sha512":
                self.assert_status(self.ask("POST", f"blobs/uploads/?digest={digest(content, kind)}", content, **BYTES), 201)
            got = self.assert_status(self.ask("GET", f"blobs/{digest(content, kind)}"), 200)
            self.assertEqual(got.body, content)
            wanted = {"content-length": "10", "docker-content-digest": digest(content, kind), "content-type": "application/octet-stream",
                      "accept-ranges": "bytes", "etag": f'"{digest(content, kind)}"', "x-content-type-options": "nosniff",
                      "docker-distribution-api-version": "registry/2.0"}
            self.assertEqual({name: got.headers.get(name) for name in wanted}, wanted)
            self.assertIn("max-age=31536000", got.headers["cache-control"])

    def test_a_blob_that_is_not_there_is_unknown(self):
        self.code(self.ask("GET", f"blobs/{NOBODY}"), 404, "NAME_UNKNOWN")
        self.blob()
        self.code(self.ask("GET", f"blobs/{NOBODY}"), 404, "BLOB_UNKNOWN")

    def test_a_manifest_comes_back_byte_by_byte(self):
        """Its spaces, the order of its members, and those that nobody knows."""
        self.blob()
        body = b'\n{ "layers" : [ ],\t"x-own":{"b":1.50,"a":null,"\\u00e4":"\xc3\xa4"},"schemaVersion":2, "config":' + \
            json.dumps(descriptor(b"{}", CONFIG, custom=[1])).encode() + b' }\r\n '
        self.assert_status(self.put(self.name, "odd", body), 201)
        for reference in ("odd", digest(body)):
            got = self.assert_status(self.ask("GET", f"manifests/{reference}"), 200)
            self.assertEqual((got.body, got.headers["docker-content-digest"], got.headers["content-length"]), (body, digest(body), str(len(body))))
            self.assertEqual(got.headers["etag"], f'"{digest(body)}"')

    def test_accept_is_advice(self):
        body = self.manifest("v1")
        for accept in (None, "*/*", "text/html", DOCKER + "v2+json", INDEX, "application/vnd.docker.distribution.manifest.v1+json", "nonsense"):
            got = self.assert_status(self.ask("GET", "manifests/v1", **({"Accept": accept} if accept else {})), 200)
            self.assertEqual((got.body, got.headers["content-type"]), (body, MANIFEST))

    def test_what_has_not_changed_is_not_sent_again(self):
        body = self.manifest("v1")
        for path, tag in (("manifests/v1", digest(body)), (f"manifests/{digest(body)}", digest(body)), (f"blobs/{digest(b'{}')}", digest(b"{}"))):
            for match in (f'"{tag}"', f'W/"{tag}"', f'"x", "{tag}"', "*"):
                answer = self.assert_status(self.ask("GET", path, If_None_Match=match), 304)
                self.assertEqual((answer.body, answer.headers["etag"]), (b"", f'"{tag}"'))
            self.assert_status(self.ask("GET", path, If_None_Match='"x"'), 200)

    def test_a_manifest_that_is_not_there_is_unknown(self):
        self.code(self.ask("GET", "manifests/v1"), 404, "NAME_UNKNOWN")
        self.manifest("v1")
        self.code(self.ask("GET", "manifests/v2"), 404, "MANIFEST_UNKNOWN")
        self.code(self.ask("GET", f"manifests/{NOBODY}"), 404, "MANIFEST_UNKNOWN")
        self.code(self.ask("GET", f"manifests/{digest(b'{}')}"), 404, "MANIFEST_UNKNOWN")  # a layer is none

    def test_a_reference_with_a_colon_is_a_digest(self):
        self.manifest("v1")
        for method, body in (("GET", None), ("PUT", image(b"{}")), ("DELETE", None)):
            for bad in ("sha256:", "sha256:baddigeststring", "x:y", "v1:", ":v1", "md5:" + "0" * 32, "sha256:" + "A" * 64, "sha512:" + "0" * 64, "sha256:" + "0" * 65):
                with self.subTest(method=method, bad=bad):
                    self.code(self.ask(method, f"manifests/{bad}", body, Content_Type=MANIFEST), 400, "DIGEST_INVALID")


class Push(OneServer):
    def test_a_session_says_where_it_is(self):
        seen = set()
        for path in ("blobs/uploads/", "blobs/uploads"):  # a slash behind it, or none
            answer = self.assert_status(self.ask("POST", path, b""), 202)
            session = answer.headers["docker-upload-uuid"]
            self.assertRegex(session, UUID)
            self.assertEqual(answer.headers["location"], f"{self.base}/blobs/uploads/{session}")
            self.assertEqual((answer.headers["range"], answer.headers["content-length"], answer.body), ("0-0", "0", b""))
            self.assertNotIn("oci-chunk-min-length", answer.headers)
            seen.add(session)
        self.assertEqual(len(seen), 2)

    def test_a_whole_blob_closes_its_session(self):
        content, where = b"all of it", self.begin()
        answer = self.assert_status(self.ask("PUT", f"{where}?digest={digest(content)}", content, **BYTES), 201)
        self.assertEqual(answer.headers["location"], f"{self.base}/blobs/{digest(content)}")
        self.assertEqual((answer.headers["docker-content-digest"], answer.headers["content-length"]), (digest(content), "0"))
        self.assertEqual(self.ask("GET", answer.headers["location"]).body, content)
        self.code(self.ask("GET", where), 404, "BLOB_UPLOAD_UNKNOWN")

    def test_the_type_of_bytes_is_nobodys_business(self):
        for kind in ({}, {"Content_Type": "text/plain"}, {"Content_Type": "application/x-www-form-urlencoded"}, {"Content_Type": "multipart/form-data; boundary=x"}):
            content = f"some {kind}".encode()
            self.assert_status(self.ask("POST", f"blobs/uploads/?digest={digest(content)}", content, **kind), 201)
            where = self.begin()
            self.assert_status(self.ask("PATCH", where, content, **kind), 202)
            self.assert_status(self.ask("PUT", f"{where}?digest={digest(content)}", b"", **kind), 201)

    def test_streams_say_how_long_the_whole_is(self):
        """18: not how long the last piece was."""
        where = self.begin()
        for piece, said in ((b"a" * 100, "0-99"), (b"b" * 50, "0-149"), (b"", "0-149"), (b"c", "0-150")):
            answer = self.assert_status(self.ask("PATCH", where, piece), 202)
            self.assertEqual((answer.headers["range"], answer.headers["location"], answer.headers["content-length"]), (said, where, "0"))
            self.assertEqual(answer.headers["docker-upload-uuid"], where.rsplit("/", 1)[1])
        answer = self.assert_status(self.ask("GET", f"{where}?digest={NOBODY}"), 204)
        self.assertEqual((answer.headers["range"], answer.headers["location"], answer.body), ("0-150", where, b""))
        whole = b"a" * 100 + b"b" * 50 + b"c"
        self.assert_status(self.ask("PUT", f"{where}?digest={digest(whole)}", b""), 201)

    def test_chunks_are_written_as_clients_write_them(self):
        content, where = b"0123456789", self.begin()
        for said, piece in (("0-1", content[:2]), ("bytes 2-3", content[2:4]), ("bytes 4-5/10", content[4:6]), ("6-7/*", content[6:8])):
            self.assert_status(self.ask("PATCH", where, piece, Content_Range=said), 202)
        for bad in ("8", "-8", "8-", "a-b", "9-8", "8-9-10", "bytes=8-9", "18446744073709551616-18446744073709551617", "8-99999999999999999999", "8 - 9", "+8-9", ""):
            with self.subTest(bad=bad):
                self.refused(self.ask("PATCH", where, content[8:], Content_Range=bad), 400, 416)
        self.code(self.ask("PATCH", where, content[8:], Content_Range="8-10"), 400, "SIZE_INVALID")
        for elsewhere in ("0-1", "7-8", "9-10"):
            answer = self.code(self.ask("PATCH", where, b"xx", Content_Range=elsewhere), 416, "BLOB_UPLOAD_INVALID")
            self.assertEqual((answer.headers["range"], answer.headers["location"]), ("0-7", where))
        self.assert_status(self.ask("PUT", f"{where}?digest={digest(content)}", content[8:], Content_Range="8-9"), 201)

    def test_the_first_chunk_begins_at_nothing(self):
        content, where = b"0123456789", self.begin()
        answer = self.code(self.ask("PATCH", where, content[5:], Content_Range="5-9"), 416, "BLOB_UPLOAD_INVALID")
        self.assertEqual((answer.headers["range"], answer.headers["location"]), ("0-0", where))
        self.code(self.ask("PUT", f"{where}?digest={digest(content)}", content[5:], Content_Range="5-9"), 416, "BLOB_UPLOAD_INVALID")
        self.assertEqual(self.assert_status(self.ask("GET", where), 204).headers["range"], "0-0")
        self.assert_status(self.ask("PUT", f"{where}?digest={digest(content)}", content, Content_Range="0-9"), 201)

    def test_a_digest_closes_a_session_and_nothing_less(self):
        where = self.begin()
        self.assert_status(self.ask("PATCH", where, b"abc"), 202)
        for query in ("", "?digest=", "?digest=abc", "?digest=sha256:", "?digest=sha256:" + "g" * 64, "?digest=md5:" + "0" * 32):
            self.code(self.ask("PUT", where + query, b""), 400, "DIGEST_INVALID")
        self.assertEqual(self.assert_status(self.ask("GET", where), 204).headers["range"], "0-2")  # that closed nothing
        self.code(self.ask("PUT", f"{where}?digest={NOBODY}", b""), 400, "DIGEST_INVALID")
        self.code(self.ask("GET", where), 404, "BLOB_UPLOAD_UNKNOWN")  # other bytes would not get better
        self.code(self.ask("GET", f"blobs/{digest(b'abc')}"), 404, "NAME_UNKNOWN")

    def test_any_algorithm_closes_any_session(self):
        """1.2 draft: a session may say what it will be; the digest that closes it decides."""
        content = b"two kinds"
        for begun in ("", "?digest-algorithm=sha256", "?digest-algorithm=sha512"):
            for kind in ("sha256", "sha512"):
                where = self.begin(begun)
                self.assert_status(self.ask("PATCH", where, content[:4]), 202)
                answer = self.assert_status(self.ask("PUT", f"{where}?digest={digest(content, kind)}", content[4:]), 201)
                self.assertEqual(answer.headers["docker-content-digest"], digest(content, kind))
                self.assertEqual(self.ask("GET", answer.headers["location"]).body, content)
                self.assert_status(self.ask("DELETE", answer.headers["location"]), 202)
        for unknown in ("md5", "", "SHA256", "sha256,sha512"):
            self.code(self.ask("POST", f"blobs/uploads/?digest-algorithm={unknown}", b""), 400, "DIGEST_INVALID")

    def test_a_session_that_is_over_is_unknown(self):
        cancelled, closed, never = self.begin(), self.begin(), f"{self.base}/blobs/uploads/00000000-0000-4000-8000-000000000000"
        answer = self.assert_status(self.ask("DELETE", cancelled), 204)
        self.assertEqual(answer.body, b"")
        self.assert_status(self.ask("PUT", f"{closed}?digest={digest(b'x')}", b"x"), 201)
        for where in (cancelled, closed, never, f"{self.base}/blobs/uploads/x"):
            for method, query, body in (("GET", "", None), ("PATCH", "", b"x"), ("PUT", f"?digest={digest(b'x')}", b"x"), ("DELETE", "", None)):
                with self.subTest(where=where, method=method):
                    self.code(self.ask(method, where + query, body), 404, "BLOB_UPLOAD_UNKNOWN")

    def test_a_blob_that_is_there_is_pushed_again(self):
        for _ in range(2):
            self.blob(b"again")
            where = self.begin()
            self.assert_status(self.ask("PUT", f"{where}?digest={digest(b'again')}", b"again"), 201)

    def test_nothing_and_two_braces_are_blobs(self):
        for content in (b"", b"{}"):
            for kind in ("sha256", "sha512"):
                where = self.begin()
                self.assert_status(self.ask("PUT", f"{where}?digest={digest(content, kind)}", content), 201)
                self.assert_status(self.ask("POST", f"blobs/uploads/?digest={digest(content, kind)}", content), 201)
                got = self.assert_status(self.ask("GET", f"blobs/{digest(content, kind)}"), 200)
                self.assertEqual((got.body, got.headers["content-length"]), (content, str(len(content))))

    def test_a_mount_links_or_begins_a_session(self):
        content = b"mounted from elsewhere"
        self.push("pub/source", content)
        for kind in ("sha256", "sha512"):
            self.assert_status(self.admin.post(f"/v2/pub/source/blobs/uploads/?digest={digest(content, kind)}", content), 201)
            for query in (f"mount={digest(content, kind)}&from=pub/source", f"mount={digest(content, kind)}&from=pub%2Fsource&origin=x", f"from=pub/source&mount={digest(content, kind).replace(':', '%3A')}"):
                answer = self.assert_status(self.ask("POST", f"blobs/uploads/?{query}", b""), 201)
                self.assertEqual(answer.headers["location"], f"{self.base}/blobs/{digest(content, kind)}")
                self.assertEqual(answer.headers["docker-content-digest"], digest(content, kind))
                self.assertEqual(self.ask("GET", answer.headers["location"]).body, content)
                self.assert_status(self.ask("DELETE", answer.headers["location"]), 202)
        for query in (f"mount={NOBODY}&from=pub/source", f"mount={digest(content)}&from=pub/none", f"mount={digest(content)}&from=No/Name", "mount=nonsense&from=pub/source",
                      "mount=&from=pub/source", f"mount={NOBODY}", f"mount={digest(content)}&from="):
            with self.subTest(query=query):
                answer = self.assert_status(self.ask("POST", f"blobs/uploads/?{query}", b""), 202)
                self.assertRegex(answer.headers["docker-upload-uuid"], UUID)
                self.assert_status(self.ask("DELETE", answer.headers["location"]), 204)
        self.assert_status(self.ask("POST", f"blobs/uploads/?mount={digest(content)}", b""), 201)  # from wherever one may read it


class PushManifest(OneServer):
    def test_a_manifest_says_where_it_is(self):
        for reference, kind in (("v1", "sha256"), (None, "sha256"), (None, "sha512")):
            self.blob()
            body = image(b"{}", annotations={"is": f"{reference}{kind}"})
            is_now = digest(body, kind)
            answer = self.assert_status(self.put(self.name, reference or is_now, body), 201)
            self.assertEqual((answer.headers["location"], answer.headers["docker-content-digest"]), (f"{self.base}/manifests/{is_now}", is_now))
            self.assertEqual((answer.headers["content-length"], answer.body), ("0", b""))
            self.assertNotIn("oci-subject", answer.headers)
            got = self.assert_status(self.ask("GET", answer.headers["location"]), 200)
            self.assertEqual((got.body, got.headers["docker-content-digest"]), (body, is_now))

    def test_sha512_all_the_way(self):
        """18: what was pushed under one algorithm is that everywhere: parts, tags, subjects, indexes."""
        config, layer = b"{}", b"a layer"
        for part in (config, layer):
            self.assert_status(self.ask("POST", f"blobs/uploads/?digest={digest(part, 'sha512')}", part), 201)
        long = lambda content, kind, **more: descriptor(content, kind, **more) | {"digest": digest(content, "sha512")}
        one = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": long(config, CONFIG), "layers": [long(layer, LAYER)]}).encode()
        self.assert_status(self.put(self.name, digest(one, "sha512") + "?tag=one&tag=two", one), 201)
        listing = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [long(one, MANIFEST)], "subject": long(one, MANIFEST)}).encode()
        answer = self.assert_status(self.put(self.name, digest(listing, "sha512"), listing, kind=INDEX), 201)
        self.assertEqual(answer.headers["oci-subject"], digest(one, "sha512"))
        self.assertEqual([m["digest"] for m in self.referrers(digest(one, "sha512")).json["manifests"]], [digest(listing, "sha512")])
        for tag in ("one", "two"):
            self.assertEqual(self.ask("HEAD", f"manifests/{tag}").headers["docker-content-digest"], digest(one, "sha512"))
        self.code(self.ask("DELETE", f"blobs/{digest(layer, 'sha512')}"), 405, "DENIED")
        self.assert_status(self.ask("DELETE", f"manifests/{digest(listing, 'sha512')}"), 202)
        self.assert_status(self.ask("DELETE", f"manifests/{digest(one, 'sha512')}"), 202)
        self.assert_status(self.ask("DELETE", f"blobs/{digest(layer, 'sha512')}"), 202)
        self.assertEqual(self.tags().json["tags"], [])

    def test_types_are_told_by_header_or_body(self):
        """18: parameters of the type are none of it."""
        self.blob()
        plain = {"schemaVersion": 2, "config": descriptor(b"{}", CONFIG), "layers": []}
        rows = [(MANIFEST + "; charset=utf-8", {}, MANIFEST), ("", {"mediaType": DOCKER + "v2+json"}, DOCKER + "v2+json"), ("", {}, MANIFEST),
                (DOCKER + "v2+json", {"mediaType": DOCKER + "v2+json"}, DOCKER + "v2+json")]
        for number, (sent, more, served) in enumerate(rows):
            body = json.dumps(plain | more | {"annotations": {"n": str(number)}}).encode()
            self.assert_status(self.put(self.name, f"t{number}", body, kind=sent), 201)
            self.assertEqual(self.ask("GET", f"manifests/t{number}").headers["content-type"], served)
        for kind in ("application/vnd.docker.distribution.manifest.v1+json", "application/vnd.docker.distribution.manifest.v1+prettyjws",
                     "application/vnd.oci.artifact.manifest.v1+json", "application/json", "text/plain", "x"):
            self.code(self.put(self.name, "no", json.dumps(plain).encode(), kind=kind), 415, "MANIFEST_INVALID")

    def test_docker_lists_are_kept_as_they_are(self):
        self.blob()
        one = json.dumps({"schemaVersion": 2, "mediaType": DOCKER + "v2+json", "config": descriptor(b"{}", "application/vnd.docker.container.image.v1+json"), "layers": []}).encode()
        self.assert_status(self.put(self.name, "one", one, kind=DOCKER + "v2+json"), 201)
        listing = json.dumps({"schemaVersion": 2, "mediaType": DOCKER + "list.v2+json", "manifests": [descriptor(one, DOCKER + "v2+json")]}).encode()
        self.assert_status(self.put(self.name, "list", listing, kind=DOCKER + "list.v2+json"), 201)
        self.assertEqual(self.ask("GET", "manifests/list").headers["content-type"], DOCKER + "list.v2+json")

    def test_four_mebibytes_are_a_manifest(self):
        self.blob()
        body = image(b"{}", annotations={"much": ""})
        body = body.replace(b'"much": ""', b'"much": "' + b"x" * ((4 << 20) - len(body)) + b'"')
        self.assertEqual(len(body), 4 << 20)
        self.assert_status(self.put(self.name, "large", body), 201)
        self.assertEqual(self.ask("GET", "manifests/large").body, body)

    def test_what_may_be_missing_may_be_missing(self):
        """A subject, layers that others keep; an image without layers, an index of nothing, an index of indexes."""
        self.blob()
        subject = {"mediaType": MANIFEST, "digest": NOBODY, "size": 123}
        elsewhere = [{"mediaType": OF + "nondistributable.v1.tar", "digest": NOBODY, "size": 5} for OF in ("application/vnd.oci.image.layer.",)]
        elsewhere += [{"mediaType": LAYER, "digest": NOBODY, "size": 5, "urls": ["https://store.example/x"]}]
        body = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(b"{}", CONFIG), "layers": elsewhere, "subject": subject}).encode()
        self.assertEqual(self.assert_status(self.put(self.name, "v1", body), 201).headers["oci-subject"], NOBODY)
        self.assertEqual([m["digest"] for m in self.referrers(NOBODY).json["manifests"]], [digest(body)])
        nothing = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}).encode()
        self.assert_status(self.put(self.name, "nothing", nothing, kind=INDEX), 201)
        nested = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(nothing, INDEX)]}).encode()
        self.assert_status(self.put(self.name, "nested", nested, kind=INDEX), 201)
        inline = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/x", "config": descriptor(b"{}", EMPTY, data="e30="), "layers": [descriptor(b"{}", EMPTY, data="e30=")]}).encode()
        self.assert_status(self.put(self.name, "inline", inline), 201)

    def test_the_same_again_is_the_same(self):
        for _ in range(3):
            body = self.manifest("v1")
        self.assertEqual(self.tags().json["tags"], ["v1"])
        self.assertEqual(self.ask("GET", "manifests/v1").body, body)

    def test_other_bytes_than_the_digest_says_change_nothing(self):
        body = self.manifest("v1")
        for kind in ("sha256", "sha512"):
            self.code(self.put(self.name, digest(body, kind), body + b"  "), 400, "DIGEST_INVALID")
            self.code(self.ask("GET", f"manifests/{digest(body + b'  ', kind)}"), 404, "MANIFEST_UNKNOWN")

    def test_tags_of_a_push_by_digest(self):
        """1.2 draft: ten at least, each told in a header; the same twice is one."""
        self.blob()
        body = image(b"{}")
        names = [f"t{i}" for i in range(46)]
        answer = self.assert_status(self.put(self.name, digest(body) + "?" + "&".join(f"tag={name}" for name in names), body), 201)
        self.assertEqual([value for name, value in answer.pairs if name == "OCI-Tag"], names)
        self.assertEqual(self.tags().json["tags"], sorted(names))
        answer = self.assert_status(self.put(self.name, f"{digest(body)}?tag=x&tag=x", body), 201)
        self.assertEqual([value for name, value in answer.pairs if name == "OCI-Tag"], ["x"])
        for bad in ("-x", "", "a" * 129, "a%2Fb", "a%00", "a:b"):
            self.refused(self.put(self.name, f"{digest(body)}?tag=good&tag={bad}", body), 400)
        self.assertNotIn("good", self.tags().json["tags"])


class Peers(OneServer):
    """What others do wrong (oci-registry.md 18), as far as no test above has it."""

    def test_bodies_that_are_no_manifests_are_refused(self):
        self.blob()
        for body in (b"null", b"[]", b'""', b"0", b"", b" ", b"{}", b"true", b"\xef\xbb\xbf{}", b"{\"schemaVersion\":2}", b"[" * 100000 + b"]" * 100000):
            for kind in (MANIFEST, INDEX, ""):
                with self.subTest(body=body[:20], kind=kind):
                    self.code(self.put(self.name, "v1", body, kind=kind), 400, "MANIFEST_INVALID")
        self.assertEqual(self.tags().json["tags"], [])

    def test_digests_that_are_none_are_refused_everywhere(self):
        self.manifest("v1")
        where = self.begin()
        for bad in ("sha256:" + "A" * 64, "sha256:" + "0" * 63, "sha256:" + "0" * 63 + "g", "sha512:" + "0" * 64, "SHA256:" + "0" * 64, "md5:" + "0" * 32, "sha256%3A", "sha256:%00" + "0" * 61):
            for method, path, body in (("GET", f"blobs/{bad}", None), ("DELETE", f"blobs/{bad}", None), ("GET", f"manifests/{bad}", None), ("PUT", f"manifests/{bad}", b"{}"),
                                       ("DELETE", f"manifests/{bad}", None), ("GET", f"referrers/{bad}", None), ("POST", f"blobs/uploads/?digest={bad}", b"x"), ("PUT", f"{where}?digest={bad}", b"")):
                with self.subTest(method=method, path=path):
                    self.refused(self.ask(method, path, body), 400, 404)

    def test_the_same_bytes_under_two_types(self):
        self.blob()
        body = json.dumps({"schemaVersion": 2, "config": descriptor(b"{}", CONFIG), "layers": []}).encode()
        self.assert_status(self.put(self.name, "oci", body), 201)
        self.assert_status(self.put(self.name, "docker", body, kind=DOCKER + "v2+json"), 201)
        for reference, kind in (("oci", MANIFEST), ("docker", DOCKER + "v2+json"), (digest(body), MANIFEST)):
            got = self.assert_status(self.ask("GET", f"manifests/{reference}"), 200)
            self.assertEqual((got.body, got.headers["content-type"]), (body, kind))
        self.assert_status(self.put(self.name, "docker", body), 201)
        self.assertEqual(self.ask("HEAD", "manifests/docker").headers["content-type"], MANIFEST)

    def test_keys_scopes_hold(self):
        self.manifest("v1")
        login = {"Authorization": "Basic " + base64.b64encode(f"x:{self.keys['admin']}".encode()).decode()}
        answer = self.assert_status(self.server.client().get(f"/v2/token?scope=repository:{self.name}:pull", headers=login), 200)
        holder = self.server.client(headers={"Authorization": "Bearer " + answer.json["token"]})
        self.assert_status(holder.get(f"{self.base}/manifests/v1"), 200)
        answer = self.refused(holder.post(f"{self.base}/blobs/uploads/", b""), 401)
        self.assertIn('error="insufficient_scope"', answer.headers["www-authenticate"])


if __name__ == "__main__":
    registry.house.main()
