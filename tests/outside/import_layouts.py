"""Images that other registries keep on this disk come in without being copied: OCI layouts one by one, zot's root, distribution's
storage (oci-registry.md 15); and go out as a layout that container tools read."""
import hashlib
import json
import os
import shutil
import stat
import subprocess
import unittest

import house

OCI = "application/vnd.oci.image."
MANIFEST, INDEX, CONFIG, LAYER = OCI + "manifest.v1+json", OCI + "index.v1+json", OCI + "config.v1+json", OCI + "layer.v1.tar"
NAME = "org.opencontainers.image.ref.name"


def digest(content, kind="sha256"):
    return f"{kind}:{hashlib.new(kind, content).hexdigest()}"


def descriptor(content, media, kind="sha256", **more):
    return {"mediaType": media, "digest": digest(content, kind), "size": len(content)} | more


def dump(value):
    return json.dumps(value, separators=(",", ":")).encode()


def image(config, *layers, **more):
    return dump({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(config, CONFIG),
                 "layers": [descriptor(one, LAYER) for one in layers]} | more)


class Layout:
    """Being written into a folder."""

    def __init__(self, root):
        self.root, self.entries = root, []
        os.makedirs(root + "/blobs", exist_ok=True)
        self.write("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        self.close()

    def write(self, name, content):
        with open(f"{self.root}/{name}", "wb") as f:
            f.write(content)

    def path(self, content, kind="sha256"):
        return f"{self.root}/blobs/{digest(content, kind).replace(':', '/')}"

    def put(self, content, kind="sha256"):
        os.makedirs(os.path.dirname(self.path(content, kind)), exist_ok=True)
        with open(self.path(content, kind), "wb") as f:
            f.write(content)
        return content

    def name(self, content, media=MANIFEST, tag=None, **more):
        self.entries.append(descriptor(content, media, annotations={NAME: tag} if tag else {}, **more))
        self.close()

    def close(self):
        self.write("index.json", dump({"schemaVersion": 2, "manifests": self.entries}))

    def image(self, tag, *layers, **more):
        config = self.put(dump({"os": "linux", "architecture": "amd64"}))
        body = self.put(image(config, *(self.put(one) for one in layers), **more))
        if tag is not False:
            self.name(body, tag=tag)
        return body


class Case(house.Case):
    def bring(self, source, *words, code=0):
        said = self.run_vitrine("import", "--from", source, *words, "--data", self.data)
        self.assertEqual(said.code, code, said)
        return said

    def reader(self):
        key = self.make_key()
        self.server = self.serve()
        return self.server.client(key)

    def stored(self, content, kind="sha256"):
        name, hexa = digest(content, kind).split(":")
        return f"{self.data}/blobs/{name}/{hexa[:2]}/{hexa[2:]}"

    def assert_pulls(self, client, name, reference, body):
        answer = self.assert_status(client.get(f"/v2/{name}/manifests/{reference}"), 200)
        self.assertEqual(answer.body, body)
        for part in [*json.loads(body).get("layers", []), *filter(None, [json.loads(body).get("config")])]:
            got = self.assert_status(client.get(f"/v2/{name}/blobs/{part['digest']}"), 200).body
            self.assertEqual(digest(got, part["digest"].split(":")[0]), part["digest"])


class Oci(Case):
    def test_a_layout_is_shared_not_copied(self):
        layout, layer = Layout(self.path("build")), os.urandom(1 << 20)
        body = layout.image("1.0", layer)
        said = self.bring("oci-layout", self.path("build"), "--repository", "acme/app")
        self.assertIn("2 files are shared", said.errors)
        here, there = os.stat(self.stored(layer)), os.stat(layout.path(layer))
        self.assertEqual((here.st_ino, here.st_nlink), (there.st_ino, 2))
        self.assertEqual(stat.S_IMODE(here.st_mode) & 0o222, 0)
        self.assertEqual(os.listdir(f"{self.data}/uploads"), [])
        shutil.rmtree(self.path("build"))  # the other name may go
        client = self.reader()
        self.assert_pulls(client, "acme/app", "1.0", body)
        self.assertEqual(client.get("/v2/acme/app/tags/list").json["tags"], ["1.0"])
        self.assert_stops(self.server)
        self.assert_sound()

    def test_everything_that_a_layout_may_hold(self):
        layout = Layout(self.path("acme"))
        one, two = layout.image(False, b"shared", b"one"), layout.image(False, b"shared", b"two")
        inner = layout.put(dump({"schemaVersion": 2, "manifests": [descriptor(two, MANIFEST)]}))  # says no mediaType
        index = layout.put(dump({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(one, MANIFEST), descriptor(inner, INDEX)]}))
        layout.name(index, INDEX, "multi")
        layout.name(index, INDEX, "registry.example/acme:also")
        signature = layout.image(None, b"signature", subject=descriptor(one, MANIFEST), artifactType="application/x-signature")
        long = b"by sha512"
        layout.put(long, "sha512")
        other = layout.put(dump({"schemaVersion": 2, "config": descriptor(b"{}", "application/vnd.oci.empty.v1+json"),
                                 "layers": [descriptor(long, LAYER, "sha512"), descriptor(b"elsewhere", LAYER, urls=["https://example.com/x"])]}))
        layout.put(b"{}")
        layout.name(other, MANIFEST, "sha512")
        self.bring("oci-layout", self.path("acme"))
        client = self.reader()
        self.assertEqual(client.get("/v2/acme/tags/list").json["tags"], ["also", "multi", "sha512"])
        self.assertEqual(client.get("/v2/acme/manifests/also").body, index)
        for body in one, two, signature:
            self.assert_pulls(client, "acme", digest(body), body)
        self.assertEqual(client.get(f"/v2/acme/manifests/{digest(inner)}").headers["content-type"], INDEX)
        self.assertEqual(client.get(f"/v2/acme/blobs/{digest(long, 'sha512')}").body, long)
        found = client.get(f"/v2/acme/referrers/{digest(one)}").json["manifests"]
        self.assertEqual([one["digest"] for one in found], [digest(signature)])

    def test_zots_root_comes_whole(self):
        shared, bodies = os.urandom(5000), {}
        for name in "app", "app/web", "team/x/deep":
            layout = Layout(self.path(f"zot/{name}"))
            bodies[name] = layout.image("v1", shared, name.encode())
        for other in "_trivy", ".uploads", "app/.uploads/x":
            os.makedirs(self.path(f"zot/{other}"))
        os.unlink(layout.path(shared))  # zot links what is equal
        os.link(self.path(f"zot/app/blobs/{digest(shared).replace(':', '/')}"), layout.path(shared))
        said = self.bring("oci-layout", self.path("zot"))
        self.assertRegex(said.out, r"repositories +3 taken +0 refused")
        client = self.reader()
        self.assertEqual(client.get("/v2/_catalog").json["repositories"], sorted(bodies))
        for name, body in bodies.items():
            self.assert_pulls(client, name, "v1", body)

    @unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
    def test_keys_that_zot_trusts_come_along(self):
        def openssl(*words):
            return subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self.folder, env=house.environment()).stdout

        Layout(self.path("zot/app")).image("1", b"x")
        for folder in "_cosign", "_notation/truststore/x509/ca/default", "_notation/truststore/x509/tsa/default":
            os.makedirs(self.path(f"zot/{folder}"))
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "zot/_notation/truststore/x509/ca/default/a.crt",
                "-subj", "/CN=Root", "-days", "30")
        openssl("x509", "-in", "zot/_notation/truststore/x509/ca/default/a.crt", "-outform", "der", "-out", "zot/_notation/truststore/x509/tsa/default/b.crt")
        openssl("rsa", "-in", "key.pem", "-pubout", "-out", "zot/_cosign/key.pub")
        with open(self.path("zot/_cosign/broken.pub"), "wb") as f:
            f.write(b"no key")
        for _ in range(2):
            self.assertIn("_cosign/broken.pub: ", self.bring("oci-layout", self.path("zot"), code=4).errors)
            keys = [json.loads(line) for line in self.command("export", "--collection", "trust_keys").splitlines()]
            self.assertEqual(sorted((key["tool"], key.get("store") or "") for key in keys), [("cosign", ""), ("notation", "ca"), ("notation", "tsa")])

    def test_again_changes_nothing_and_later_ones_are_added(self):
        layout = Layout(self.path("acme"))
        body = layout.image("a", b"one")
        self.bring("oci-layout", self.path("acme"))
        before = self.dump()
        self.assertNotIn("shared", self.bring("oci-layout", self.path("acme")).errors)
        self.assertEqual(self.dump(), before)
        layout.image("b", b"two")
        layout.name(body, tag="c")
        self.bring("oci-layout", self.path("acme"))
        self.assertEqual(self.reader().get("/v2/acme/tags/list").json["tags"], ["a", "b", "c"])

    def test_a_killed_import_goes_on(self):
        layout = Layout(self.path("acme"))
        bodies = {f"t{i}": layout.image(f"t{i}", os.urandom(20000), os.urandom(20000)) for i in range(60)}
        self.make_model([{"name": "other", "fields": []}])
        for some in 10, 60, 90:
            with subprocess.Popen([house.VITRINE, "import", "--from", "oci-layout", self.path("acme"), "--data", self.data],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=house.environment()) as running:
                house.until("files", lambda: running.poll() is not None or sum(len(f) for _, _, f in os.walk(f"{self.data}/blobs")) >= some)
                running.kill()
            self.assert_sound()
        self.bring("oci-layout", self.path("acme"))
        client = self.reader()
        for tag, body in bodies.items():
            self.assert_pulls(client, "acme", tag, body)
        self.assert_stops(self.server)
        self.assert_sound()

    def test_files_that_are_not_ours_to_link_are_copied(self):
        layout, far = Layout(self.path("acme")), None
        body = layout.image("1", b"far away" * 1000)
        for place in "/dev/shm", "/var/tmp":
            if os.path.isdir(place) and os.access(place, os.W_OK) and os.stat(place).st_dev != os.stat(self.folder).st_dev:
                far = os.path.join(place, os.path.basename(self.folder))
        if not far:
            self.skipTest("there is one file system only")
        self.addCleanup(shutil.rmtree, far)
        shutil.copytree(self.path("acme"), far)
        said = self.bring("oci-layout", far, "--repository", "acme")
        self.assertIn("2 files were copied", said.errors)
        self.assertEqual(os.stat(self.stored(b"far away" * 1000)).st_nlink, 1)
        self.assert_pulls(self.reader(), "acme", "1", body)

    def test_a_dry_run_changes_nothing(self):
        layout = Layout(self.path("acme"))
        layout.image("1", b"x")
        self.make_model([{"name": "other", "fields": []}])
        before, mode = self.dump(), os.stat(layout.path(b"x")).st_mode
        said = self.bring("oci-layout", self.path("acme"), "--dry-run")
        self.assertRegex(said.out, r"tags +1 taken")
        self.assertEqual((self.dump(), os.stat(layout.path(b"x")).st_mode), (before, mode))

    def test_each_fault_is_told_and_others_go_on(self):
        root = self.path("zot")
        good = Layout(f"{root}/good").image("1", b"good")
        damaged = Layout(f"{root}/damaged")
        damaged.image("1", b"right")
        with open(damaged.path(b"right"), "wb") as f:
            f.write(b"wrong")
        damaged.image("2", b"fine")
        lost = Layout(f"{root}/lost")
        lost.image("1", b"gone")
        os.unlink(lost.path(b"gone"))
        linked = Layout(f"{root}/linked")
        linked.image("1", b"linked")
        os.unlink(linked.path(b"linked"))
        self.write("secret", "linked")
        os.symlink(self.path("secret"), linked.path(b"linked"))
        pipe = Layout(f"{root}/pipe")
        pipe.image("1", b"pipe")
        os.unlink(pipe.path(b"pipe"))
        os.mkfifo(pipe.path(b"pipe"))
        for name, file, content in (("index", "index.json", b"{"), ("version", "oci-layout", b'{"imageLayoutVersion":"2"}'), ("list", "index.json", b"{}"),
                                    ("digests", "index.json", dump({"manifests": [{"digest": "sha256:../../../x"}, 7, {"digest": None}]}))):
            Layout(f"{root}/{name}").write(file, content)
        shutil.rmtree(f"{root}/version/blobs")
        Layout(f"{root}/Upper").image("1", b"upper")
        odd = Layout(f"{root}/odd")
        odd.name(odd.put(b"[]"), tag="list")
        odd.name(odd.put(b"not json"), tag="text")
        odd.name(odd.put(dump({"schemaVersion": 1})), "application/vnd.docker.distribution.manifest.v1+json", "old")
        odd.name(b"nowhere", tag="nowhere")
        odd.image("not/a tag", b"odd")
        said = self.bring("oci-layout", root, code=4)
        for sentence in ("damaged: " + digest(b"right"), "lost: ", "linked: ", "pipe: ", "index/index.json", "version/oci-layout", "list/index.json",
                         "digests/index.json", "Upper: It is no name", "not/a tag is no tag", "odd: " + digest(b"nowhere")):
            self.assertIn(sentence, said.errors)
        with open(damaged.path(b"right"), "r+b"):
            pass  # as it was: it can be written
        client = self.reader()
        self.assert_pulls(client, "good", "1", good)
        tags = lambda name: client.get(f"/v2/{name}/tags/list").json.get("tags")
        self.assertEqual([tags(name) for name in ("damaged", "lost", "linked", "pipe", "odd")], [["2"], [], [], [], []])
        self.assertEqual(client.get(f"/v2/linked/blobs/{digest(b'linked')}").status, 404)
        self.assert_stops(self.server)
        self.assert_sound()

    def test_what_is_no_layout_is_refused(self):
        os.makedirs(self.path("empty"))
        Layout(self.path("two/a"))
        self.bring("oci-layout", self.path("empty"), code=1)
        self.bring("oci-layout", self.path("none"), code=1)
        self.bring("oci-layout", self.path("two"), "--repository", "x", code=1)
        self.bring("distribution", self.path("empty"), code=1)


class Out(Case):
    def fill(self):
        """Two repositories that share, with everything in them; what their tags and other manifests are."""
        layout = Layout(self.path("in/acme/app"))
        one, two = layout.image("one", b"shared", b"one"), layout.image(False, b"shared", b"two")
        index = layout.put(dump({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(one, MANIFEST), descriptor(two, MANIFEST)]}))
        layout.name(index, INDEX, "multi")
        signature = layout.image(None, b"signature", subject=descriptor(one, MANIFEST), artifactType="application/x-signature")
        other = Layout(self.path("in/other"))
        other.put(b"by sha512", "sha512")
        odd = other.put(image(other.put(b"{}"), b"shared") .replace(b']', b',' + dump(descriptor(b"by sha512", LAYER, "sha512")) + b']'))
        other.put(b"shared")
        other.name(odd, tag="odd")
        self.bring("oci-layout", self.path("in"))
        return {"acme/app": ({"one": one, "multi": index}, [two, signature]), "other": ({"odd": odd}, [])}

    def assert_all_there(self, client, repositories):
        self.assertEqual(client.get("/v2/_catalog").json["repositories"], sorted(repositories))
        for name, (tags, others) in repositories.items():
            self.assertEqual(client.get(f"/v2/{name}/tags/list").json["tags"], sorted(tags))
            for reference, body in [*tags.items(), *((digest(body), body) for body in others)]:
                self.assert_pulls(client, name, reference, body)

    def test_an_archive_brings_repositories_back_byte_for_byte(self):
        repositories, other = self.fill(), self.path("other")
        admin = self.serve().client(self.make_key())
        admin.ask("POST", "/api/assets?name=same.txt", b"shared", {"Content-Type": "text/plain"})  # bytes that a layer has, too
        self.command("export", "--all", "--output", self.path("first.tar"))
        said = self.command("import", "--from", "archive", self.path("first.tar"), data=other)
        self.assertNotIn(" 1 refused", said)
        self.command("export", "--all", "--output", self.path("second.tar"), data=other)
        with open(self.path("first.tar"), "rb") as one, open(self.path("second.tar"), "rb") as two:
            self.assertEqual(one.read(), two.read())
        self.command("import", "--from", "archive", self.path("first.tar"), data=other)
        self.command("check", data=other)
        self.command("gc", data=other)
        self.data = other
        client = self.reader()
        self.assert_all_there(client, repositories)
        found = client.get(f"/v2/acme/app/referrers/{digest(repositories['acme/app'][0]['one'])}").json["manifests"]
        self.assertEqual(len(found), 1)

    def test_layouts_go_out_and_come_in_again(self):
        repositories = self.fill()
        self.assertIn("2 repositories, 5 manifests, 3 tags", self.command("export", "--oci-layout", self.path("out")))
        self.assertIn("; 0 files written", self.command("export", "--oci-layout", self.path("out"), "acme/app", "other"))
        self.assertEqual(os.stat(self.path(f"out/other/blobs/{digest(b'shared').replace(':', '/')}")).st_nlink, 1)
        with open(self.path("out/acme/app/index.json"), encoding="ascii") as f:
            names = [entry.get("annotations", {}).get(NAME) for entry in json.load(f)["manifests"]]
        self.assertEqual(sorted(filter(None, names)), ["multi", "one"])
        self.assertEqual(names.count(None), 1)  # the signature; the other image is the index's
        first = self.data
        self.data = self.path("other")
        self.bring("oci-layout", self.path("out"))
        self.assert_all_there(self.reader(), repositories)
        self.data = first
        self.assertIn("no repository", self.run_vitrine("export", "--oci-layout", self.path("x"), "nothing", "--data", self.data).errors)
        self.assertEqual(self.run_vitrine("export", "--all", "--oci-layout", self.path("x"), "--data", self.data).code, 2)

    def test_a_layout_may_share_the_stores_files(self):
        self.fill()
        self.command("export", "--oci-layout", self.path("out"), "--link", "other")
        there = self.path(f"out/other/blobs/{digest(b'by sha512', 'sha512').replace(':', '/')}")
        self.assertEqual(os.stat(there).st_ino, os.stat(self.stored(b"by sha512", "sha512")).st_ino)


class Distribution(Case):
    def put(self, content, kind="sha256"):
        name, hexa = digest(content, kind).split(":")
        folder = self.path(f"reg/docker/registry/v2/blobs/{name}/{hexa[:2]}/{hexa}")
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/data", "wb") as f:
            f.write(content)
        return content

    def link(self, path, content):
        folder = self.path(f"reg/docker/registry/v2/repositories/{path}")
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/link", "w", encoding="ascii") as f:
            f.write(content)

    def image(self, name, tag, *layers):
        config = self.put(dump({"os": "linux", "architecture": "amd64"}))
        body = self.put(image(config, *(self.put(one) for one in layers)))
        self.link(f"{name}/_manifests/revisions/{digest(body).replace(':', '/')}", digest(body))
        if tag:
            self.link(f"{name}/_manifests/tags/{tag}/current", digest(body))
            self.link(f"{name}/_manifests/tags/{tag}/index/{digest(body).replace(':', '/')}", digest(body))
        return body

    def test_a_storage_comes_in(self):
        one, bare, deep = self.image("app", "1", b"one", b"both"), self.image("app", None, b"bare"), self.image("team/app", "x", b"both")
        self.link("app/_manifests/tags/broken/current", "nonsense")
        self.link("app/_uploads/9", "junk")
        said = self.bring("distribution", self.path("reg"), code=4)
        self.assertIn("app/_manifests/tags/broken/current/link", said.errors)
        self.bring("distribution", self.path("reg/docker/registry/v2"), code=4)  # that folder itself, and again
        client = self.reader()
        self.assertEqual(client.get("/v2/_catalog").json["repositories"], ["app", "team/app"])
        self.assertEqual(client.get("/v2/app/tags/list").json["tags"], ["1"])
        self.assert_pulls(client, "app", "1", one)
        self.assert_pulls(client, "app", digest(bare), bare)
        self.assert_pulls(client, "team/app", "x", deep)
        self.assert_stops(self.server)
        self.assert_sound()

    def test_one_of_its_repositories(self):
        self.image("app", "1", b"one")
        body = self.image("team/app", "x", b"two")
        self.bring("distribution", self.path("reg"), "--repository", "team/app")
        client = self.reader()
        self.assertEqual(client.get("/v2/_catalog").json["repositories"], ["team/app"])
        self.assert_pulls(client, "team/app", "x", body)


@unittest.skipUnless(shutil.which("skopeo"), "skopeo is not installed: container tools are not heard")
class Skopeo(Case):
    def skopeo(self, *words):
        env = house.environment({"HOME": self.folder, "TMPDIR": self.folder})
        done = subprocess.run(["skopeo", *words], capture_output=True, timeout=house.PATIENCE, env=env, cwd=self.folder)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def test_what_it_writes_comes_in_and_it_pulls_it_back(self):
        layout = Layout(self.path("made"))
        bodies = [layout.image(False, os.urandom(3000), b"shared layer") for _ in range(2)]
        index = layout.put(dump({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
            descriptor(body, MANIFEST, platform={"os": "linux", "architecture": machine}) for body, machine in zip(bodies, ("amd64", "arm64"))]}))
        layout.name(index, INDEX, "it")
        self.skopeo("copy", "--quiet", "--all", "--preserve-digests", "oci:made:it", "oci:theirs:v1")
        self.bring("oci-layout", self.path("theirs"), "--repository", "acme/multi")
        key = self.make_key()
        server = self.serve()
        there = "docker://" + server.url.removeprefix("http://") + "/acme/multi:v1"
        look = ["--tls-verify=false", f"--creds=x:{key}"]
        self.assertEqual(self.skopeo("inspect", "--raw", *look, there), index)
        self.skopeo("copy", "--quiet", "--all", "--preserve-digests", "--src-tls-verify=false", f"--src-creds=x:{key}", there, "oci:back:v1")
        self.assertEqual(sorted(os.listdir(self.path("back/blobs/sha256"))), sorted(os.listdir(self.path("theirs/blobs/sha256"))))
        self.command("export", "--oci-layout", self.path("out"))
        self.skopeo("copy", "--quiet", "--all", "--preserve-digests", "oci:out/acme/multi:v1", "oci:again:v1")
        self.assertEqual(sorted(os.listdir(self.path("again/blobs/sha256"))), sorted(os.listdir(self.path("theirs/blobs/sha256"))))


if __name__ == "__main__":
    house.main()
