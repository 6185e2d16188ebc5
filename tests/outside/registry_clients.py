"""The tools that people have: podman, buildah, skopeo and curl push, pull, list, copy and take away, and what comes back has the
digests of what went."""
import base64
import hashlib
import json
import os

import house
import registry
from container_tools import PLAIN, ContainerTools, needs

LARGE = 64 << 20


class Clients(ContainerTools, registry.Registry):
    def setUp(self):
        super().setUp()
        self.host = self.server.url.removeprefix("http://")
        self.trust_everything()
        self.write("auth.json", {"auths": {self.host: {"auth": base64.b64encode(f"x:{self.keys['admin']}".encode()).decode()}}})

    def skopeo(self, *words, **more):
        return self.tool("skopeo", "--policy", self.path("policy.json"), *words, **more)

    def there(self, name):
        return f"{self.host}/{name}"

    def raw(self, name):
        return self.assert_status(self.admin.get(f"/v2/{name.replace(':', '/manifests/')}"), 200)

    def digest_there(self, name):
        answer = self.raw(name)
        self.assertEqual(answer.headers["docker-content-digest"], registry.digest(answer.body))
        return registry.digest(answer.body)

    def build(self, name, content, machine="amd64"):
        """An image of one file, from nothing."""
        with open(self.path("content"), "wb") as f:
            f.write(content)
        container = self.buildah("from", "scratch")
        self.buildah("copy", "-q", container, self.path("content"), "/content")
        self.buildah("config", "--arch", machine, "--os", "linux", container)
        self.buildah("commit", "-q", self.policy(), container, name)
        self.buildah("rm", container)

    def file_in(self, image, **more):
        """The file of build(), out of what podman has."""
        self.podman("save", "-q", "--format", "oci-dir", "-o", self.path("saved"), image, **more)
        self.skopeo("copy", "-q", "oci:" + self.path("saved"), "dir:" + self.path("flat"))
        with open(self.path("flat/manifest.json"), "rb") as f:
            layer = json.load(f)["layers"][0]["digest"].removeprefix("sha256:")
        return self.tool("tar", "-xOf", self.path("flat/" + layer), "content")


class Images(Clients):
    @needs("buildah", "podman", "skopeo", "tar")
    def test_buildah_pushes_what_podman_pulls(self):
        self.build("one", b"made of nothing")
        self.buildah("push", "-q", PLAIN, self.policy(), "--digestfile", self.path("digest"), "one", f"docker://{self.there('pub/one:v1')}")
        with open(self.path("digest"), encoding="ascii") as f:
            self.assertEqual(self.digest_there("pub/one:v1"), f.read().strip())
        name = self.there("pub/one:v1")
        self.podman("pull", "-q", PLAIN, self.policy(), name)
        self.assertEqual(self.podman("image", "inspect", "--format", "{{.Digest}}", name), self.digest_there("pub/one:v1"))
        self.assertEqual(self.podman("image", "inspect", "--format", "{{.Os}}/{{.Architecture}}", name), "linux/amd64")
        self.assertEqual(self.file_in(name), "made of nothing")
        self.podman("push", "-q", PLAIN, "--remove-signatures", name, self.there("pub/two:v1"))
        self.podman("rmi", name)
        self.podman("pull", "-q", PLAIN, self.policy(), self.there("pub/two@" + self.digest_there("pub/two:v1")))
        self.assertEqual(self.admin.get("/v2/pub/one/tags/list").json["tags"], ["v1"])
        self.assert_stops(self.server)
        self.assert_sound()

    @needs("buildah", "podman")
    def test_an_index_of_two_machines(self):
        for machine in ("amd64", "arm64"):
            self.build(machine, machine.encode(), machine)
            self.buildah("push", "-q", PLAIN, self.policy(), machine, f"docker://{self.there('pub/parts:' + machine)}")
        self.podman("manifest", "create", "multi")
        for machine in ("amd64", "arm64"):
            self.podman("manifest", "add", PLAIN, "multi", f"docker://{self.there('pub/parts:' + machine)}")
        self.podman("manifest", "push", "-q", PLAIN, "--all", "multi", f"docker://{self.there('pub/multi:v1')}")
        index = self.raw("pub/multi:v1").json
        listed = {one["platform"]["architecture"]: one["digest"] for one in index["manifests"]}
        self.assertEqual(listed, {m: self.digest_there(f"pub/parts:{m}") for m in ("amd64", "arm64")})
        seen = json.loads(self.podman("manifest", "inspect", "multi"))
        self.assertEqual({one["platform"]["architecture"]: one["digest"] for one in seen["manifests"]}, listed)
        for machine, digest in listed.items():
            name = self.there(f"pub/multi@{digest}")
            self.podman("pull", "-q", PLAIN, self.policy(), name, home=machine)
            self.assertEqual(self.podman("image", "inspect", "--format", "{{.Architecture}}", name, home=machine), machine)
        self.podman("pull", "-q", PLAIN, self.policy(), "--arch", "arm64", self.there("pub/multi:v1"), home="by-name")
        self.assertEqual(self.podman("image", "inspect", "--format", "{{.Architecture}}", self.there("pub/multi:v1"), home="by-name"), "arm64")

    @needs("skopeo")
    def test_skopeo_copies_syncs_and_deletes(self):
        self.push_image("pub/app", "v1", os.urandom(100000))
        self.push_image("pub/app", "v2", os.urandom(1000))
        self.push_image("pub/lib/deep", "v1")
        wanted = {name: self.digest_there(name) for name in ("pub/app:v1", "pub/app:v2", "pub/lib/deep:v1")}
        both = ["--src-tls-verify=false", "--dest-tls-verify=false"]
        self.skopeo("copy", "-q", *both, "--preserve-digests", f"docker://{self.there('pub/app:v1')}", f"docker://{self.there('copies/app:v1')}")
        self.assertEqual(self.digest_there("copies/app:v1"), wanted["pub/app:v1"])
        about = json.loads(self.skopeo("inspect", PLAIN, "--no-tags", f"docker://{self.there('copies/app:v1')}"))
        self.assertEqual(about["Digest"], wanted["pub/app:v1"])
        self.skopeo("sync", *both, "--preserve-digests", "--src", "docker", "--dest", "dir", self.there("pub/app"), self.path("synced"))
        self.skopeo("sync", *both, "--preserve-digests", "--src", "dir", "--dest", "docker", self.path("synced"), self.there("back"))
        for tag in ("v1", "v2"):
            self.assertEqual(self.digest_there(f"back/app:{tag}"), wanted[f"pub/app:{tag}"])
        self.skopeo("delete", PLAIN, f"docker://{self.there('pub/app:v2')}")
        self.skopeo("inspect", PLAIN, f"docker://{self.there('pub/app:v2')}", code=1)
        self.assertEqual(json.loads(self.skopeo("list-tags", PLAIN, f"docker://{self.there('pub/app')}"))["Tags"], ["v1"])
        self.assertEqual(self.digest_there("pub/lib/deep:v1"), wanted["pub/lib/deep:v1"])

    @needs("skopeo", "tar")
    def test_a_large_layer_goes_there_and_back(self):
        root, blobs = self.path("layout"), self.path("layout/blobs/sha256")
        os.makedirs(blobs)
        with open(self.path("large"), "wb") as f:
            for _ in range(LARGE >> 20):
                f.write(os.urandom(1 << 20))
        self.tool("tar", "-cf", self.path("large.tar"), "-C", self.folder, "large")
        with open(self.path("large.tar"), "rb") as f:
            layer = hashlib.sha256()
            while piece := f.read(1 << 20):
                layer.update(piece)
        layer, size = layer.hexdigest(), os.path.getsize(self.path("large.tar"))
        os.rename(self.path("large.tar"), f"{blobs}/{layer}")
        config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:" + layer]}}).encode()
        body = json.dumps({"schemaVersion": 2, "mediaType": registry.MANIFEST, "config": registry.descriptor(config, registry.CONFIG),
                           "layers": [{"mediaType": registry.LAYER, "digest": "sha256:" + layer, "size": size}]}).encode()
        for content in (config, body):
            with open(f"{blobs}/{hashlib.sha256(content).hexdigest()}", "wb") as f:
                f.write(content)
        with open(f"{root}/oci-layout", "w", encoding="ascii") as f:
            f.write('{"imageLayoutVersion":"1.0.0"}')
        with open(f"{root}/index.json", "w", encoding="ascii") as f:
            json.dump({"schemaVersion": 2, "manifests": [registry.descriptor(body, registry.MANIFEST)]}, f)
        there = f"docker://{self.there('pub/large:v1')}"
        self.skopeo("copy", "-q", "--preserve-digests", "--dest-tls-verify=false", "oci:" + root, there)
        self.assertEqual(self.digest_there("pub/large:v1"), registry.digest(body))
        self.skopeo("copy", "-q", "--preserve-digests", "--src-tls-verify=false", there, "oci:" + self.path("back"))
        self.assertEqual(sorted(os.listdir(self.path("back/blobs/sha256"))), sorted(os.listdir(blobs)))  # skopeo checked each


class Referrers(Clients):
    def curl(self, *words):
        return self.tool("curl", "-sS", "--fail-with-body", "-u", f"x:{self.keys['admin']}", *words)

    def curl_push(self, content):
        with open(self.path("piece"), "wb") as f:
            f.write(content)
        url = f"{self.server.url}/v2/pub/app/blobs/uploads/?digest={registry.digest(content)}"
        self.curl("-X", "POST", "-H", "Content-Type: application/octet-stream", "--data-binary", "@" + self.path("piece"), url)

    @needs("curl")
    def test_signatures_and_lists_of_parts_by_curl(self):
        body = self.push_image("pub/app", "v1")
        about = registry.descriptor(body, registry.MANIFEST)
        made = {}
        for kind, content in (("application/vnd.dev.cosign.artifact.sig.v1+json", b'{"signed":true}'), ("application/spdx+json", b'{"spdxVersion":"SPDX-2.3"}')):
            self.curl_push(content)
            artifact = json.dumps({"schemaVersion": 2, "mediaType": registry.MANIFEST, "artifactType": kind, "subject": about,
                                   "config": registry.descriptor(b"{}", "application/vnd.oci.empty.v1+json"),
                                   "layers": [registry.descriptor(content, kind)]}).encode()
            with open(self.path("artifact"), "wb") as f:
                f.write(artifact)
            made[kind] = registry.digest(artifact)
            said = self.curl("-i", "-X", "PUT", "-H", "Content-Type: " + registry.MANIFEST, "--data-binary", "@" + self.path("artifact"),
                             f"{self.server.url}/v2/pub/app/manifests/{made[kind]}")
            self.assertIn("oci-subject: " + about["digest"], said.lower())
        listed = json.loads(self.curl(f"{self.server.url}/v2/pub/app/referrers/{about['digest']}"))["manifests"]
        self.assertEqual({one["artifactType"]: one["digest"] for one in listed}, made)
        only = json.loads(self.curl(f"{self.server.url}/v2/pub/app/referrers/{about['digest']}?artifactType=application/spdx%2Bjson"))["manifests"]
        self.assertEqual([one["digest"] for one in only], [made["application/spdx+json"]])
        manifest = json.loads(self.curl(f"{self.server.url}/v2/pub/app/manifests/{only[0]['digest']}"))
        got = self.curl(f"{self.server.url}/v2/pub/app/blobs/{manifest['layers'][0]['digest']}")
        self.assertEqual(json.loads(got), {"spdxVersion": "SPDX-2.3"})


class Memory(Clients):
    """What one process remembers of a manifest ends with what another one writes."""

    def test_another_process_moves_and_takes_away(self):
        first, other = self.push_image("pub/app", "v1"), self.serve().client(self.keys["admin"])
        read = lambda by: by.get("/v2/pub/app/manifests/v1")
        for _ in range(3):
            self.assertEqual((read(self.admin).body, read(other).body), (first, first))
        for step in range(5):
            by, reader = ((other, self.admin), (self.admin, other))[step % 2]
            moved = registry.image(b"{}", b"layer", annotations={"step": str(step)})
            self.assert_status(self.put("pub/app", "v1", moved, by), 201)
            self.assertEqual(read(reader).body, moved)
            self.assertEqual(reader.ask("HEAD", "/v2/pub/app/manifests/v1").headers["docker-content-digest"], registry.digest(moved))
        same = {"If-None-Match": f'"{registry.digest(moved)}"'}
        self.assert_status(self.admin.get("/v2/pub/app/manifests/v1", headers=same), 304)
        self.assert_status(other.ask("DELETE", "/v2/pub/app/manifests/v1"), 202)
        self.assert_status(self.admin.get("/v2/pub/app/manifests/v1", headers=same), 404)


if __name__ == "__main__":
    house.main()
