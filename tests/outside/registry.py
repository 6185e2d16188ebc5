"""The registry as container tools use it: layers, manifests, tags and referrers over sockets, by hand and by skopeo;
rights by repository, what must not be seen, and what a killed server still knows (oci-registry.md, security R-1 to R-7)."""
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import threading
import unittest

import house

OCI = "application/vnd.oci.image."
MANIFEST, INDEX, CONFIG, LAYER = OCI + "manifest.v1+json", OCI + "index.v1+json", OCI + "config.v1+json", OCI + "layer.v1.tar"
BYTES = {"Content-Type": "application/octet-stream"}


def digest(content, kind="sha256"):
    return f"{kind}:{hashlib.new(kind, content).hexdigest()}"


def descriptor(content, kind, **more):
    return {"mediaType": kind, "digest": digest(content), "size": len(content)} | more


def image(config, *layers, **more):
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(config, CONFIG),
                       "layers": [descriptor(one, LAYER) for one in layers]} | more).encode()


class Registry(house.Case):
    def setUp(self):
        super().setUp()
        pub = {"name": {"$startsWith": "pub/"}}
        self.make_role(1, "puller", [{"collection": "repositories", "verbs": ["read"], "where": pub}])
        self.make_role(2, "pusher", [{"collection": "repositories", "verbs": ["read", "create"], "where": pub, "check": pub}])
        self.make_role(3, "mover", [{"collection": "repositories", "verbs": ["read", "create", "update"]}])
        self.keys = {role: self.make_key("--role", role) for role in ("admin", "puller", "pusher", "mover")}
        self.start()

    def start(self, **more):
        self.server = self.serve(**more)
        self.by = {role: self.server.client(key) for role, key in self.keys.items()}
        self.admin = self.by["admin"]

    def code(self, answer, status, code):
        self.assert_status(answer, status)
        self.assertEqual([e["code"] for e in answer.json["errors"]][0], code, answer)
        return answer

    def push(self, name, content, by=None):
        return self.assert_status((by or self.admin).post(f"/v2/{name}/blobs/uploads/?digest={digest(content)}", content, headers=BYTES), 201)

    def put(self, name, reference, body, by=None, kind=MANIFEST, **headers):
        return (by or self.admin).ask("PUT", f"/v2/{name}/manifests/{reference}", body, headers={"Content-Type": kind} | headers)

    def push_image(self, name, tag, layer=b"layer", by=None):
        self.push(name, b"{}", by)
        self.push(name, layer, by)
        body = image(b"{}", layer)
        self.assert_status(self.put(name, tag, body, by), 201)
        return body


class Layers(Registry):
    def begin(self, name="pub/app"):
        answer = self.assert_status(self.admin.post(f"/v2/{name}/blobs/uploads/", b""), 202)
        self.assertEqual(answer.headers["range"], "0-0")
        return answer.headers["location"]

    def test_push_all_at_once_and_pull(self):
        content = b"some bytes"
        answer = self.push("pub/app", content)
        self.assertEqual(answer.headers["docker-content-digest"], digest(content))
        got = self.assert_status(self.admin.get(answer.headers["location"]), 200)
        self.assertEqual((got.body, got.headers["content-type"]), (content, "application/octet-stream"))
        self.assertEqual(self.assert_status(self.admin.get(answer.headers["location"], headers={"Range": "bytes=5-6"}), 206).body, b"by")
        self.assert_status(self.admin.get(answer.headers["location"], headers={"Range": "bytes=100-"}), 416)
        head = self.assert_status(self.admin.ask("HEAD", answer.headers["location"]), 200)
        self.assertEqual((head.body, head.headers["content-length"]), (b"", str(len(content))))
        self.assert_status(self.admin.get(answer.headers["location"], headers={"If-None-Match": f'"{digest(content)}"'}), 304)
        self.push("pub/app", content)  # again: there already
        self.assert_stops(self.server)
        self.assert_sound()

    def test_sha512_is_as_good(self):
        content, wanted = b"x" * 1000, digest(b"x" * 1000, "sha512")
        where = self.begin()
        self.assert_status(self.admin.ask("PATCH", where, content, headers=BYTES), 202)
        self.assert_status(self.admin.ask("PUT", f"{where}?digest={wanted}", b""), 201)
        self.assertEqual(self.assert_status(self.admin.get(f"/v2/pub/app/blobs/{wanted}"), 200).body, content)

    def test_other_bytes_than_announced_are_not_kept(self):
        wrong = digest(b"other")
        self.code(self.admin.post(f"/v2/pub/app/blobs/uploads/?digest={wrong}", b"these", headers=BYTES), 400, "DIGEST_INVALID")
        where = self.begin()
        self.assert_status(self.admin.ask("PATCH", where, b"these", headers=BYTES), 202)
        self.code(self.admin.ask("PUT", f"{where}?digest={wrong}", b""), 400, "DIGEST_INVALID")
        self.code(self.admin.get(where), 404, "BLOB_UPLOAD_UNKNOWN")
        self.assertEqual(os.listdir(f"{self.data}/uploads"), [])
        for bad in ("sha256:abc", "md5:" + "0" * 32, "sha256:" + "A" * 64):
            self.code(self.admin.get(f"/v2/pub/app/blobs/{bad}"), 404, "NAME_UNKNOWN")  # there is no repository yet
        self.push("pub/app", b"x")
        self.code(self.admin.get("/v2/pub/app/blobs/sha256:abc"), 400, "DIGEST_INVALID")

    def test_chunks_in_order_and_out_of_it(self):
        content = os.urandom(3000)
        where = self.begin()
        part = lambda a, b: {"Content-Range": f"{a}-{b - 1}"} | BYTES
        answer = self.assert_status(self.admin.ask("PATCH", where, content[:1000], headers=part(0, 1000)), 202)
        self.assertEqual(answer.headers["range"], "0-999")
        answer = self.code(self.admin.ask("PATCH", where, content[2000:], headers=part(2000, 3000)), 416, "BLOB_UPLOAD_INVALID")
        self.assertEqual(answer.headers["range"], "0-999")
        self.assertEqual(self.assert_status(self.admin.get(where), 204).headers["range"], "0-999")
        self.code(self.admin.ask("PATCH", where, content[1000:1500], headers=part(1000, 2000)), 400, "SIZE_INVALID")
        self.assert_status(self.admin.ask("PATCH", where, content[1000:2000], headers=part(1000, 2000)), 202)
        self.code(self.admin.ask("PUT", f"{where}?digest={digest(content)}", content[2500:], headers=part(2500, 3000)), 416, "BLOB_UPLOAD_INVALID")
        self.assert_status(self.admin.ask("PUT", f"{where}?digest={digest(content)}", content[2000:], headers=part(2000, 3000)), 201)
        self.assertEqual(self.admin.get(f"/v2/pub/app/blobs/{digest(content)}").body, content)
        self.code(self.admin.get(where), 404, "BLOB_UPLOAD_UNKNOWN")

    def test_an_upload_goes_on_after_a_kill(self):
        content = os.urandom(5000)
        where = self.begin()
        self.assert_status(self.admin.ask("PATCH", where, content[:2500], headers=BYTES), 202)
        self.server.kill()
        self.start()
        self.assertEqual(self.assert_status(self.admin.get(where), 204).headers["range"], "0-2499")
        self.assert_status(self.admin.ask("PATCH", where, content[2500:], headers=BYTES), 202)
        self.assert_status(self.admin.ask("PUT", f"{where}?digest={digest(content)}", b""), 201)
        self.server.kill()
        self.start()
        self.assertEqual(self.admin.get(f"/v2/pub/app/blobs/{digest(content)}").body, content)
        self.assert_stops(self.server)
        self.assert_sound()

    def test_r_7_an_upload_is_its_repositorys_and_its_makers(self):
        where = self.begin()
        self.code(self.admin.get(where.replace("pub/app", "pub/other")), 404, "BLOB_UPLOAD_UNKNOWN")
        self.code(self.by["mover"].get(where), 404, "BLOB_UPLOAD_UNKNOWN")
        self.assert_status(self.admin.ask("DELETE", where), 204)
        self.code(self.admin.ask("DELETE", where), 404, "BLOB_UPLOAD_UNKNOWN")
        self.assert_status(self.admin.get("/v2/pub/app/blobs/uploads/../../x"), 400)

    def at_once(self, count, ask):
        """Answers' statuses, in order."""
        answers, gate = [], threading.Barrier(count)

        def run(i):
            client = self.server.client(self.keys["admin"])
            gate.wait()
            answers.append(ask(client, i).status)

        threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(answers)

    def test_many_push_the_same_at_once(self):
        content, listing = os.urandom(200000), json.dumps({"schemaVersion": 2, "manifests": []}).encode()
        where = f"/v2/pub/app/blobs/uploads/?digest={digest(content)}"
        self.assertEqual(self.at_once(12, lambda client, _: client.post(where, content, headers=BYTES)), [201] * 12)
        tag = lambda client, i: self.put("pub/first", f"t{i % 2}", listing, client, INDEX)
        self.assertEqual(self.at_once(12, tag), [201] * 12)
        where = self.begin()
        whole = {"Content-Range": f"0-{len(content) - 1}"} | BYTES
        statuses = self.at_once(4, lambda client, _: client.ask("PATCH", where, content, headers=whole))
        self.assertEqual((statuses[0], {202, 409, 416} | set(statuses)), (202, {202, 409, 416}))
        self.assertEqual(statuses.count(202), 1)
        self.assert_status(self.admin.ask("PUT", f"{where}?digest={digest(content)}", b""), 201)
        self.assert_stops(self.server)
        self.assert_sound()

    def test_what_came_before_a_line_broke_is_kept(self):
        where, content = self.begin(), os.urandom(300000)
        host, port = self.server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as line:
            line.sendall(f"PATCH {where} HTTP/1.1\r\nHost: a\r\napi-key: {self.keys['admin']}\r\nContent-Length: 900000\r\n\r\n".encode() + content[:200000])
        house.until("the bytes are kept", lambda: self.admin.get(where).headers["range"] == "0-199999")
        self.assert_status(self.admin.ask("PUT", f"{where}?digest={digest(content)}", content[200000:]), 201)

    def test_r_3_bytes_are_shared_and_rights_are_not(self):
        content = b"shared"
        self.push("secret/app", content)
        self.push_image("pub/app", "one")
        self.code(self.by["pusher"].get(f"/v2/pub/app/blobs/{digest(content)}"), 404, "BLOB_UNKNOWN")
        mount = f"/v2/pub/app/blobs/uploads/?mount={digest(content)}"
        for source in ("&from=secret/app", "&from=no/where", ""):  # no right to the source, none there: an upload begins
            self.assert_status(self.by["pusher"].post(mount + source, b""), 202)
        self.assert_status(self.admin.post(mount + "&from=secret/app", b""), 201)
        self.assertEqual(self.by["pusher"].get(f"/v2/pub/app/blobs/{digest(content)}").body, content)
        self.assert_status(self.admin.ask("DELETE", f"/v2/pub/app/blobs/{digest(content)}"), 202)
        self.assertEqual(self.admin.get(f"/v2/secret/app/blobs/{digest(content)}").body, content)
        self.code(self.admin.get(f"/v2/pub/app/blobs/{digest(content)}"), 404, "BLOB_UNKNOWN")
        self.code(self.admin.ask("DELETE", f"/v2/pub/app/blobs/{digest(content)}"), 404, "BLOB_UNKNOWN")


class Manifests(Registry):
    def test_what_was_pushed_comes_back_as_it_was(self):
        body = self.push_image("pub/app", "v1")
        for reference in ("v1", digest(body)):
            got = self.assert_status(self.admin.get(f"/v2/pub/app/manifests/{reference}"), 200)
            self.assertEqual((got.body, got.headers["content-type"], got.headers["docker-content-digest"]), (body, MANIFEST, digest(body)))
        self.assert_status(self.admin.ask("HEAD", "/v2/pub/app/manifests/v1"), 200)
        self.code(self.admin.get("/v2/pub/app/manifests/v2"), 404, "MANIFEST_UNKNOWN")
        self.code(self.admin.get("/v2/pub/none/manifests/v2"), 404, "NAME_UNKNOWN")

    def test_bad_ones_change_nothing(self):
        self.push("pub/app", b"{}")
        good = json.loads(image(b"{}"))
        rows = [
            (b"{", 400, "MANIFEST_INVALID"), (b"null", 400, "MANIFEST_INVALID"), (b"\xff", 400, "MANIFEST_INVALID"),
            (json.dumps(good | {"schemaVersion": 1}).encode(), 400, "MANIFEST_INVALID"),
            (json.dumps(good | {"mediaType": INDEX}).encode(), 400, "MANIFEST_INVALID"),
            (json.dumps(good | {"manifests": []}).encode(), 400, "MANIFEST_INVALID"),
            (json.dumps(good | {"layers": [{"mediaType": LAYER, "digest": "sha256:1", "size": 1}]}).encode(), 400, "MANIFEST_INVALID"),
            (json.dumps(good | {"layers": [{"mediaType": LAYER, "digest": digest(b""), "size": -1}]}).encode(), 400, "MANIFEST_INVALID"),
            (image(b"{}", b"never pushed", b"nor this"), 400, "MANIFEST_BLOB_UNKNOWN"),
            (b"[" * 100000, 400, "MANIFEST_INVALID"),
        ]
        for body, status, code in rows:
            with self.subTest(body=body[:60]):
                answer = self.code(self.put("pub/app", "v1", body), status, code)
                if code == "MANIFEST_BLOB_UNKNOWN":
                    self.assertEqual(len(answer.json["errors"]), 2)
        large = self.server.client(self.keys["admin"])  # what is announced is refused before it is sent
        large.wire.putrequest("PUT", "/v2/pub/app/manifests/v1")
        for name, value in (large.headers | {"Content-Type": MANIFEST, "Content-Length": str((4 << 20) + 1)}).items():
            large.wire.putheader(name, value)
        large.wire.endheaders()
        self.code(house.Answer(large.wire.getresponse()), 413, "MANIFEST_INVALID")
        self.code(self.put("pub/app", "v1", image(b"{}"), kind="application/json"), 415, "MANIFEST_INVALID")
        self.code(self.put("pub/app", digest(b"other"), image(b"{}")), 400, "DIGEST_INVALID")
        self.code(self.put("pub/app", "a" * 129, image(b"{}")), 400, "MANIFEST_INVALID")
        for name in ("Pub/app", "pub//app", "pub/-app", "a" * 256):
            self.assert_status(self.put(name, "v1", image(b"{}")), 400)
        self.assertEqual(self.admin.get("/v2/pub/app/tags/list").json, {"name": "pub/app", "tags": []})

    def test_a_moved_tag_leaves_its_manifest(self):
        first, second = self.push_image("pub/app", "latest", b"one"), self.push_image("pub/app", "latest", b"two")
        self.assertEqual(self.admin.get("/v2/pub/app/manifests/latest").body, second)
        self.assertEqual(self.admin.get(f"/v2/pub/app/manifests/{digest(first)}").body, first)

    def test_r_2_new_tags_are_created_and_others_moved(self):
        body = self.push_image("pub/app", "v1", by=self.by["pusher"])
        other = image(b"{}")
        self.code(self.put("pub/app", "v1", other, self.by["pusher"]), 403, "DENIED")
        self.assert_status(self.put("pub/app", "v1", body, self.by["pusher"]), 201)  # the same again
        self.assert_status(self.put("pub/app", "v2", other, self.by["pusher"]), 201)
        self.assert_status(self.put("pub/app", "v1", other, self.by["mover"]), 201)
        self.code(self.by["mover"].ask("DELETE", "/v2/pub/app/manifests/v1"), 403, "DENIED")
        self.code(self.put("pub/app", "v3", other, self.by["puller"]), 403, "DENIED")
        self.assert_status(self.by["pusher"].post("/v2/secret/app/blobs/uploads/", b""), 404)

    def test_conditions_compare_and_swap(self):
        first = self.push_image("pub/app", "v1")
        other = image(b"{}")
        self.assert_status(self.put("pub/app", "v1", other, **{"If-None-Match": "*"}), 412)
        self.assert_status(self.put("pub/app", "v1", other, **{"If-Match": f'"{digest(other)}"'}), 412)
        self.assert_status(self.put("pub/app", "v1", other, **{"If-Match": f'"{digest(first)}"'}), 201)
        self.assert_status(self.put("pub/app", "v2", other, **{"If-None-Match": "*"}), 201)

    def test_tags_together_are_all_or_none(self):
        self.push("pub/app", b"{}")
        body = image(b"{}")
        answer = self.assert_status(self.put("pub/app", f"{digest(body)}?tag=a&tag=b", body), 201)
        self.assertEqual([v for k, v in answer.pairs if k == "OCI-Tag"], ["a", "b"])
        self.assert_status(self.put("pub/app", f"{digest(body)}?tag=c&tag=-", body), 400)
        self.assertEqual(self.admin.get("/v2/pub/app/tags/list").json["tags"], ["a", "b"])
        many = "&".join(f"tag=t{i}" for i in range(47))
        self.assert_status(self.put("pub/app", f"{digest(body)}?{many}", body), 414)

    def test_what_goes_goes_with_what_is_its_own(self):
        body = self.push_image("pub/app", "v1")
        self.assert_status(self.put("pub/app", "v2", body), 201)
        listing = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(body, MANIFEST)]}).encode()
        self.assert_status(self.put("pub/app", "all", listing, kind=INDEX), 201)
        self.code(self.admin.ask("DELETE", f"/v2/pub/app/manifests/{digest(body)}"), 405, "DENIED")
        self.code(self.admin.ask("DELETE", f"/v2/pub/app/blobs/{digest(b'layer')}"), 405, "DENIED")
        self.assert_status(self.admin.ask("DELETE", "/v2/pub/app/manifests/all"), 202)
        self.assert_status(self.admin.ask("DELETE", f"/v2/pub/app/manifests/{digest(listing)}"), 202)
        self.assert_status(self.admin.ask("DELETE", "/v2/pub/app/manifests/v1"), 202)
        self.assertEqual(self.admin.get("/v2/pub/app/tags/list").json["tags"], ["v2"])
        self.assert_status(self.admin.ask("DELETE", f"/v2/pub/app/manifests/{digest(body)}"), 202)
        self.code(self.admin.get("/v2/pub/app/manifests/v2"), 404, "MANIFEST_UNKNOWN")
        self.assert_status(self.admin.ask("DELETE", f"/v2/pub/app/blobs/{digest(b'layer')}"), 202)
        self.code(self.admin.ask("DELETE", "/v2/pub/none/manifests/v1"), 404, "NAME_UNKNOWN")
        self.assert_stops(self.server)
        self.assert_sound()

    def test_referrers_are_told_and_filtered(self):
        body = self.push_image("pub/app", "v1")
        subject = descriptor(body, MANIFEST)
        for kind in ("application/x.sbom", "application/x.signature"):
            one = image(b"{}", subject=subject, artifactType=kind, annotations={"of": kind})
            self.assertEqual(self.assert_status(self.put("pub/app", digest(one), one), 201).headers["oci-subject"], digest(body))
        answer = self.assert_status(self.admin.get(f"/v2/pub/app/referrers/{digest(body)}"), 200)
        self.assertEqual(answer.headers["content-type"], INDEX)
        self.assertEqual([m["artifactType"] for m in answer.json["manifests"]], ["application/x.sbom", "application/x.signature"])
        answer = self.admin.get(f"/v2/pub/app/referrers/{digest(body)}?artifactType=application/x.sbom")
        self.assertEqual((answer.headers["oci-filters-applied"], len(answer.json["manifests"])), ("artifactType", 1))
        self.assertEqual(self.admin.get(f"/v2/pub/app/referrers/{digest(b'nobody')}").json["manifests"], [])
        self.assert_status(self.admin.get("/v2/pub/app/referrers/latest"), 400)


class Lists(Registry):
    def test_r_4_names_are_those_that_may_be_read(self):
        for name in ("pub/b", "pub/a", "secret/c"):
            self.push_image(name, "v1")
        self.assertEqual(self.admin.get("/v2/_catalog").json, {"repositories": ["pub/a", "pub/b", "secret/c"]})
        self.assertEqual(self.by["puller"].get("/v2/_catalog").json, {"repositories": ["pub/a", "pub/b"]})
        answer = self.by["puller"].get("/v2/_catalog?n=1")
        self.assertEqual((answer.json, answer.headers["link"]), ({"repositories": ["pub/a"]}, '</v2/_catalog?n=1&last=pub%2Fa>; rel="next"'))
        self.assertEqual(self.by["puller"].get("/v2/_catalog?n=1&last=pub%2Fa").json, {"repositories": ["pub/b"]})
        self.assert_status(self.by["puller"].get("/v2/secret/c/tags/list"), 404)
        self.assert_status(self.server.client().get("/v2/_catalog"), 401)
        found = self.by["puller"].get("/api/content/items/tags?fields=name,repository.name&populate=1").json
        self.assertEqual(sorted(tag["repository"]["name"] for tag in found), ["pub/a", "pub/b"])

    def test_tags_page_by_page(self):
        body = self.push_image("pub/app", "a")
        for tag in ("c", "B", "d"):
            self.assert_status(self.put("pub/app", tag, body), 201)
        self.assertEqual(self.admin.get("/v2/pub/app/tags/list").json["tags"], ["B", "a", "c", "d"])
        answer = self.admin.get("/v2/pub/app/tags/list?n=2")
        self.assertEqual((answer.json["tags"], "link" in answer.headers), (["B", "a"], True))
        self.assertEqual(self.admin.get("/v2/pub/app/tags/list?n=2&last=a").json["tags"], ["c", "d"])
        self.assertEqual(self.admin.get("/v2/pub/app/tags/list?n=0").json["tags"], [])
        self.assertEqual(self.admin.get("/v2/pub/app/tags/list?last=nothing").json["tags"], [])
        self.assert_status(self.admin.get("/v2/pub/app/tags/list?n=-1"), 400)

    def test_the_same_in_graphql(self):
        self.push_image("pub/app", "v1")
        query = {"query": "{ repositories { name size tags(limit: 5) { name manifest { media_type layers(limit: 5) { size } } } } }"}
        answer = self.assert_status(self.by["puller"].post("/graphql", query), 200).json
        self.assertEqual(answer["data"]["repositories"][0]["tags"],
                         [{"name": "v1", "manifest": {"media_type": MANIFEST, "layers": [{"size": 5}]}}])

    def test_repositories_keep_their_rules(self):
        self.push_image("pub/app", "v1")
        row = self.admin.get("/api/content/items/repositories?fields=size").json[0]
        self.assertEqual(row["size"], 2 + 5 + len(image(b"{}", b"layer")))
        rules = {"immutable_tags": True, "quota": row["size"] + 10}
        self.assert_status(self.admin.ask("PATCH", f"/api/content/item/repositories/{row['_id']}", rules), 200)
        self.code(self.admin.post(f"/v2/pub/app/blobs/uploads/?digest={digest(b'x' * 11)}", b"x" * 11, headers=BYTES), 403, "DENIED")
        self.push("pub/app", b"x" * 10)
        self.code(self.put("pub/app", "v1", image(b"{}", b"x" * 10)), 403, "DENIED")
        self.code(self.admin.ask("DELETE", "/v2/pub/app/manifests/v1"), 403, "DENIED")


@unittest.skipUnless(shutil.which("skopeo"), "skopeo is not installed: container tools are not heard")
class Skopeo(Registry):
    def skopeo(self, *words, code=0):
        env = house.environment({"HOME": self.folder, "TMPDIR": self.folder})
        done = subprocess.run(["skopeo", *words], capture_output=True, timeout=house.PATIENCE, env=env, cwd=self.folder)
        self.assertEqual(done.returncode, code, done)
        return done.stdout

    def layout(self):
        """Two platforms that share a layer."""
        root = self.path("layout")
        os.makedirs(f"{root}/blobs/sha256")

        def put(content):
            with open(f"{root}/blobs/sha256/{hashlib.sha256(content).hexdigest()}", "wb") as f:
                f.write(content)
            return content

        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            entry = tarfile.TarInfo("big.bin")
            entry.size = 2 << 20
            tar.addfile(entry, io.BytesIO(os.urandom(entry.size)))
        layer = put(packed.getvalue())
        listed = []
        for machine in ("amd64", "arm64"):
            config = put(json.dumps({"architecture": machine, "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest(layer)]}}).encode())
            listed.append(descriptor(put(image(config, layer)), MANIFEST, platform={"architecture": machine, "os": "linux"}))
        index = put(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}).encode())
        with open(f"{root}/oci-layout", "w", encoding="ascii") as f:
            f.write('{"imageLayoutVersion":"1.0.0"}')
        with open(f"{root}/index.json", "w", encoding="ascii") as f:
            json.dump({"schemaVersion": 2, "manifests": [descriptor(index, INDEX, annotations={"org.opencontainers.image.ref.name": "it"})]}, f)
        return index

    def test_push_inspect_copy_back_and_delete(self):
        index = self.layout()
        there = "docker://" + self.server.url.removeprefix("http://") + "/pub/multi:v1"
        to, back = ["--dest-tls-verify=false", f"--dest-creds=x:{self.keys['admin']}"], ["--src-tls-verify=false", f"--src-creds=x:{self.keys['puller']}"]
        self.skopeo("copy", "--quiet", "--all", "--preserve-digests", *to, "oci:layout:it", there)
        look = ["--tls-verify=false", f"--creds=x:{self.keys['puller']}"]
        self.assertEqual(digest(self.skopeo("inspect", "--raw", *look, there)), digest(index))
        self.assertEqual(json.loads(self.skopeo("list-tags", *look, there.rsplit(":", 1)[0]))["Tags"], ["v1"])
        self.skopeo("copy", "--quiet", "--all", "--preserve-digests", *back, there, "oci:back:it")
        same = sorted(os.listdir(self.path("layout/blobs/sha256")))
        self.assertEqual(sorted(os.listdir(self.path("back/blobs/sha256"))), same)
        self.skopeo("delete", *look, there, code=1)  # who pulls does not delete
        self.skopeo("delete", "--tls-verify=false", f"--creds=x:{self.keys['admin']}", there)
        self.skopeo("inspect", *look, there, code=1)
        self.assert_stops(self.server)
        self.assert_sound()


if __name__ == "__main__":
    house.main()
