"""The distribution specification, 1.1: what there is, page by page, what refers to what, and what is taken away (oci-registry.md 4,
6 to 8, 18)."""
import json
import re

import house
from registry import CONFIG, INDEX, MANIFEST, descriptor, digest, image
from registry_conformance import NOBODY, OneServer


class Discovery(OneServer):
    def test_tags_are_in_the_order_of_their_bytes(self):
        body = self.manifest("b")
        for tag in ("a", "B", "_", "1", "a.b", "a-b", "aa", "Z"):
            self.assert_status(self.put(self.name, tag, body), 201)
        wanted = sorted(["b", "a", "B", "_", "1", "a.b", "a-b", "aa", "Z"])
        self.assertEqual(self.tags().json, {"name": self.name, "tags": wanted})
        for n in range(1, 11):
            seen, path = [], f"{self.base}/tags/list?n={n}"
            while path:
                answer = self.assert_status(self.ask("GET", path), 200)
                self.assertLessEqual(len(answer.json["tags"]), n)
                seen += answer.json["tags"]
                link = answer.headers.get("link")
                path = re.fullmatch(r'<([^>]*)>; rel="next"', link)[1] if link else None
            self.assertEqual(seen, wanted)

    def test_pages_of_tags_begin_behind_anything(self):
        """18: also behind a tag that is gone."""
        body = self.manifest("a")
        for tag in ("b", "c"):
            self.assert_status(self.put(self.name, tag, body), 201)
        self.assert_status(self.ask("DELETE", "manifests/b"), 202)
        for query, wanted in (("?last=b", ["c"]), ("?n=1&last=b", ["c"]), ("?last=aa", ["c"]), ("?last=", ["a", "c"]), ("?last=zzz", []), ("?last=%2F&n=1", ["a"]), ("?n=0", []), ("?n=1000000", ["a", "c"])):
            answer = self.tags(query)
            self.assertEqual(answer.json["tags"], wanted, query)
            self.assertEqual("link" in answer.headers, query == "?last=%2F&n=1", query)
        for bad in ("-1", "x", "1x", "", "1.5", "18446744073709551616", "%31%20", "+1"):
            self.refused(self.ask("GET", f"tags/list?n={bad}"), 400)

    def test_a_repository_without_tags_has_none(self):
        self.code(self.ask("GET", "tags/list"), 404, "NAME_UNKNOWN")
        body = image(b"{}")
        self.manifest(digest(body), body)
        self.assertEqual(self.tags().json, {"name": self.name, "tags": []})
        self.assert_status(self.put(self.name, "v1", body), 201)
        self.assert_status(self.ask("DELETE", "manifests/v1"), 202)
        self.assertEqual(self.tags().json, {"name": self.name, "tags": []})
        self.assertEqual(self.ask("GET", f"manifests/{digest(body)}").body, body)  # the last tag is a tag

    def test_the_catalog_is_what_there_is(self):
        """18: in the order of names, and a repository that has nothing any more is none."""
        names = [f"{self.name}/{tail}" for tail in ("b", "a", "a-b", "a/b", "0")]
        for name in names:
            self.push(name, b"{}")
        listed = lambda: [name for name in self.ask("GET", "/v2/_catalog").json["repositories"] if name.startswith(self.name)]
        self.assertEqual(listed(), sorted(names))
        self.assert_status(self.ask("DELETE", f"/v2/{names[0]}/blobs/{digest(b'{}')}"), 202)
        self.assertEqual(listed(), sorted(names[1:]))
        seen, path = [], f"/v2/_catalog?n=2&last={self.name}"
        while path:
            answer = self.assert_status(self.ask("GET", path), 200)
            seen += answer.json["repositories"]
            link = answer.headers.get("link")
            path = re.fullmatch(r'<([^>]*)>; rel="next"', link)[1] if link else None
        self.assertEqual([name for name in seen if name.startswith(self.name)], sorted(names[1:]))
        self.assertEqual(self.ask("GET", "/v2/_catalog?n=0").json, {"repositories": []})

    def test_referrers_are_an_index_whatever_is_asked(self):
        for subject in (NOBODY, digest(b"", "sha512")):  # nothing was ever pushed here
            answer = self.referrers(subject)
            self.assertEqual(answer.headers["content-type"], INDEX)
            self.assertEqual(answer.json, {"schemaVersion": 2, "mediaType": INDEX, "manifests": []})
            self.assertNotIn("oci-filters-applied", answer.headers)
        for bad in ("sha256:abc", "latest", "sha256:" + "A" * 64, "md5:" + "0" * 32):
            self.code(self.ask("GET", f"referrers/{bad}"), 400, "DIGEST_INVALID")

    def test_referrers_are_described(self):
        subject = self.manifest("v1")
        about = descriptor(subject, MANIFEST)
        notes = {"org.example.a": "1", "b": "ä"}
        typed = image(b"{}", subject=about, artifactType="application/x.a", annotations=notes)
        untyped = image(b"{}", subject=about)
        listing = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [], "subject": about}).encode()
        for body, kind in ((typed, MANIFEST), (untyped, MANIFEST), (listing, INDEX)):
            self.assertEqual(self.assert_status(self.put(self.name, digest(body), body, kind=kind), 201).headers["oci-subject"], digest(subject))
        wanted = [descriptor(typed, MANIFEST, artifactType="application/x.a", annotations=notes), descriptor(untyped, MANIFEST, artifactType=CONFIG), descriptor(listing, INDEX)]
        key = lambda one: one["digest"]
        self.assertEqual(sorted(self.referrers(digest(subject)).json["manifests"], key=key), sorted(wanted, key=key))
        self.assert_status(self.ask("DELETE", f"manifests/{digest(typed)}"), 202)  # gone there, gone here
        self.assertEqual(len(self.referrers(digest(subject)).json["manifests"]), 2)
        self.assert_status(self.ask("DELETE", f"manifests/{digest(subject)}"), 202)  # its subject may go
        self.assertEqual(len(self.referrers(digest(subject)).json["manifests"]), 2)

    def test_referrers_are_filtered_by_type(self):
        subject = descriptor(self.manifest("v1"), MANIFEST)
        for kind in ("application/x.a+json", "application/x.b"):
            body = image(b"{}", subject=subject, artifactType=kind)
            self.assert_status(self.put(self.name, digest(body), body), 201)
        for query, wanted in (("?artifactType=application/x.a%2Bjson", 1), ("?artifactType=application%2Fx.b", 1), ("?artifactType=none", 0),
                              ("?artifactType=application/x.b&artifactType=application/x.a%2Bjson", 2)):
            answer = self.referrers(subject["digest"], query)
            self.assertEqual((len(answer.json["manifests"]), answer.headers["oci-filters-applied"]), (wanted, "artifactType"), query)
        self.assertNotIn("oci-filters-applied", self.referrers(subject["digest"], "?other=x").headers)

    def test_referrers_are_of_their_repository(self):
        subject = descriptor(self.manifest("v1"), MANIFEST)
        body = image(b"{}", subject=subject)
        self.push(f"{self.name}/other", b"{}")
        self.assert_status(self.put(f"{self.name}/other", digest(body), body), 201)
        self.assertEqual(self.referrers(subject["digest"]).json["manifests"], [])

    def test_fallback_tags_are_tags(self):
        """Of clients that do not know referrers: an index under the digest with a dash; the same are in the API, too."""
        subject = self.manifest("v1")
        body = image(b"{}", subject=descriptor(subject, MANIFEST))
        self.assert_status(self.put(self.name, digest(body), body), 201)
        listing = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(body, MANIFEST)]}).encode()
        tag = digest(subject).replace(":", "-")
        self.assert_status(self.put(self.name, tag, listing, kind=INDEX), 201)
        self.assertEqual(self.ask("GET", f"manifests/{tag}").body, listing)
        self.assertIn(tag, self.tags().json["tags"])
        self.assertEqual([m["digest"] for m in self.referrers(digest(subject)).json["manifests"]], [digest(body)])


class Management(OneServer):
    def test_what_is_deleted_is_gone_and_stays_gone(self):
        """18: nothing links it again by itself."""
        content = self.blob(b"for a while")
        self.push(f"{self.name}/other", content)
        answer = self.assert_status(self.ask("DELETE", f"blobs/{digest(content)}"), 202)
        self.assertEqual(answer.body, b"")
        for _ in range(3):
            self.assert_status(self.ask("HEAD", f"blobs/{digest(content)}"), 404)
            self.refused(self.ask("GET", f"blobs/{digest(content)}"), 404)
            self.refused(self.ask("DELETE", f"blobs/{digest(content)}"), 404)
        self.assertEqual(self.ask("GET", f"/v2/{self.name}/other/blobs/{digest(content)}").body, content)
        self.blob(content)
        self.assertEqual(self.ask("GET", f"blobs/{digest(content)}").body, content)

    def test_a_deleted_tag_leaves_the_others(self):
        body = self.manifest("one")
        self.assert_status(self.put(self.name, "two", body), 201)
        self.assert_status(self.ask("DELETE", "manifests/one"), 202)
        self.assert_status(self.ask("HEAD", "manifests/one"), 404)
        self.code(self.ask("DELETE", "manifests/one"), 404, "MANIFEST_UNKNOWN")
        for reference in ("two", digest(body)):
            self.assertEqual(self.ask("GET", f"manifests/{reference}").body, body)

    def test_what_is_not_there_is_not_deleted(self):
        """18: unknown repositories are unknown, not wrong."""
        for path in ("manifests/v1", f"manifests/{NOBODY}", f"blobs/{NOBODY}"):
            self.code(self.ask("DELETE", path), 404, "NAME_UNKNOWN")
        self.blob()
        self.code(self.ask("DELETE", f"manifests/{NOBODY}"), 404, "MANIFEST_UNKNOWN")
        self.code(self.ask("DELETE", f"blobs/{NOBODY}"), 404, "BLOB_UNKNOWN")
        for bad in ("sha256:1", "none", "md5:" + "0" * 32):
            self.code(self.ask("DELETE", f"blobs/{bad}"), 400, "DIGEST_INVALID")


if __name__ == "__main__":
    house.main()
