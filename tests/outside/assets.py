"""Files and pictures on the real program: in by form, body and pieces, out whole and in parts, to those who may;
and what hostile files do to it, which is nothing."""
import base64
import concurrent.futures
import glob
import hashlib
import os
import re
import signal
import struct
import threading
import zlib

import house

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, rows=None, claims=None, level=9):
    """A grey PNG; `rows`: of pixels, else all of it; `claims`: a size that it is not."""
    head = struct.pack(">IIBBBBB", *(claims or (width, height)), 8, 0, 0, 0, 0)
    squeeze = zlib.compressobj(level)
    line = b"\0" + b"\x80" * width
    data = b"".join([squeeze.compress(line) for _ in range(height if rows is None else rows)]) + squeeze.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


GIF = base64.b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"


def form(*files, meta=None):
    parts = b""
    for name, content in files:
        parts += (b'--X\r\nContent-Disposition: form-data; name="files[]"; filename="' + name.encode() +
                  b'"\r\nContent-Type: image/png\r\n\r\n' + content + b"\r\n")
    if meta:
        parts += b'--X\r\nContent-Disposition: form-data; name="meta"\r\n\r\n' + meta.encode() + b"\r\n"
    return parts + b"--X--\r\n", {"Content-Type": "multipart/form-data; boundary=X"}


class Files(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model([{"name": "posts", "fields": [{"name": "title", "kind": "text"}, {"name": "cover", "kind": "asset"}]}])
        self.make_role(1, "reader", [{"collection": "assets", "verbs": ["read"]}])
        self.make_role(2, "blind", [{"collection": "posts", "verbs": ["read"]}])
        self.make_role(3, "titles", [{"collection": "assets", "verbs": ["read"], "fields": ["title"]}])
        self.admin_key = self.make_key()
        self.keys = {role: self.make_key("--role", role) for role in ("reader", "blind", "titles")}

    def start(self, **more):
        self.server = self.serve(**more)
        self.admin = self.server.client(self.admin_key)
        return self.server

    def upload(self, content, name, **more):
        return self.admin.post("/api/assets", content, headers={"X-Filename": name, "Content-Type": "application/octet-stream"} | more)

    def asset(self, content, name):
        return self.assert_status(self.upload(content, name), 200).json["assets"][0]

    def memory(self):
        """The most that the server ever held, in KiB."""
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1))

    def has_pictures(self, asset):
        return asset["width"] is not None


class Uploads(Files):
    def test_a_form_with_files_and_words(self):
        self.start()
        body, headers = form(("one_picture.png", png(40, 30)), ("b.txt", b"hello"), ("b.txt", b"hello"), meta='{"tags": ["a"]}')
        answer = self.assert_status(self.admin.post("/api/assets", body, headers=headers), 200).json
        self.assertEqual(answer["uploaded"], ["one_picture.png", "b.txt", "b.txt"])
        self.assertEqual(answer["failed"], [])
        picture, text, same = answer["assets"]
        self.assertEqual((picture["title"], picture["mime"], picture["type"], picture["tags"], picture["folder"]),
                         ("One picture", "image/png", "image", ["a"], ""))
        if self.has_pictures(picture):
            self.assertEqual((picture["width"], picture["height"]), (40, 30))
        self.assertRegex(picture["path"], r"^/\d{4}/\d\d/\d\d/one-picture_uid_[0-9a-f]{13}\.png$")
        self.assertEqual(text["_hash"], hashlib.sha256(b"hello").hexdigest())
        self.assertNotEqual(text["_id"], same["_id"])
        self.assertEqual(len(glob.glob(f"{self.data}/blobs/sha256/*/*")), 2)  # equal bytes are kept once
        self.assertEqual(os.listdir(f"{self.data}/uploads"), [])
        listed = self.admin.get("/api/assets?filter={type:'image'}").json["assets"]
        self.assertEqual([a["_id"] for a in listed], [picture["_id"]])
        self.assert_stops(self.server)
        self.assert_sound()

    def test_one_bad_file_does_not_take_the_others_with_it(self):
        self.start()
        body, headers = form(("page.png", b"<!DOCTYPE html><script>alert(1)</script>"), ("b.txt", b"hello"))
        answer = self.assert_status(self.admin.post("/api/assets", body, headers=headers), 200).json
        self.assertEqual((answer["uploaded"], answer["failed"]), (["b.txt"], ["page.png"]))
        body, headers = form(("page.png", b"<!DOCTYPE html><script>alert(1)</script>"))
        self.assert_status(self.admin.post("/api/assets", body, headers=headers), 415)
        body, headers = form(("b.txt", b"hello"), meta='{"size": 3, "nonsense": 1}')
        self.assert_status(self.admin.post("/api/assets", body, headers=headers), 422)
        self.assert_stops(self.server)

    def test_h_6_what_is_too_large_is_refused_on_both_sides_of_the_limit(self):
        self.start(env={"VITRINE_LIMITS_ASSET": "100 KiB"})
        just, over = b"x" * (100 << 10), b"x" * ((100 << 10) + 1)
        self.assert_status(self.upload(just, "a.txt"), 200)
        self.assert_status(self.upload(over, "a.txt"), 413)
        for content, status in ((just, 200), (over, 413)):
            body, headers = form(("a.txt", content))
            self.assert_status(self.admin.post("/api/assets", body, headers=headers), status)
        self.assert_status(self.admin.ask("POST", "/api/assets/uploads", headers=TUS | {"Upload-Length": str(len(over))}), 413)
        self.assertEqual(os.listdir(f"{self.data}/uploads"), [])
        self.assert_stops(self.server)

    def test_a_large_file_is_never_whole_in_memory(self):
        # A sanitizer would keep what was freed for a while, up to a quarter of a gigabyte of it.
        asan = os.environ.get("ASAN_OPTIONS", "")
        self.start(env={"ASAN_OPTIONS": f"{asan}:quarantine_size_mb=0:thread_local_quarantine_size_kb=0".lstrip(":")})
        self.upload(b"warm", "a.txt")
        before = self.memory()
        content = os.urandom(1 << 20) * 80
        self.assert_status(self.upload(content, "big.bin"), 200)
        body, headers = form(("big.bin", content))
        asset = self.assert_status(self.admin.post("/api/assets", body, headers=headers), 200).json["assets"][0]
        self.assertEqual(self.admin.get(f"/api/assets/{asset['_id']}/file").body, content)
        self.assertLess(self.memory() - before, 40 << 10)  # of 80 MiB, twice; without sanitizers it is less than 8
        self.assert_stops(self.server)

    def test_a_file_in_pieces_goes_on_after_a_kill(self):
        self.start()
        content = os.urandom(300_000)
        words = "filename " + base64.b64encode("Überblick.bin".encode()).decode() + ",altText " + base64.b64encode(b"noise").decode()
        began = self.assert_status(self.admin.ask("POST", "/api/assets/uploads",
                                                  headers=TUS | {"Upload-Length": str(len(content)), "Upload-Metadata": words}), 201)
        where = began.headers["location"]
        first = self.assert_status(self.admin.ask("PATCH", where, content[:100_000], headers=PIECE | {"Upload-Offset": "0"}), 204)
        self.assertEqual(first.headers["upload-offset"], "100000")
        self.assert_status(self.admin.ask("PATCH", where, b"x", headers=PIECE | {"Upload-Offset": "99999"}), 409)
        self.assert_status(self.server.client(self.keys["reader"]).ask("HEAD", where, headers=TUS), 403)
        self.assert_status(self.server.client(self.make_key()).ask("HEAD", where, headers=TUS), 404)  # somebody else's
        self.server.kill()
        self.start()
        look = self.assert_status(self.admin.ask("HEAD", where, headers=TUS), 200)
        self.assertEqual((look.headers["upload-offset"], look.headers["upload-length"]), ("100000", "300000"))
        self.assert_status(self.admin.ask("PATCH", where, content[100_000:] + b"x", headers=PIECE | {"Upload-Offset": "100000"}), 413)
        offset = int(self.admin.ask("HEAD", where, headers=TUS).headers["upload-offset"])
        self.assertLessEqual(offset, len(content))
        last = self.assert_status(self.admin.ask("PATCH", where, content[offset:], headers=PIECE | {"Upload-Offset": str(offset)}), 204)
        asset = self.admin.get(f"/api/assets/{last.headers['vitrine-asset']}").json
        self.assertEqual((asset["_hash"], asset["name"], asset["altText"]), (hashlib.sha256(content).hexdigest(), "Überblick.bin", "noise"))
        self.assertEqual(self.admin.ask("HEAD", where, headers=TUS).headers["vitrine-asset"], asset["_id"])
        self.assert_status(self.admin.ask("DELETE", where, headers=TUS), 204)
        self.assert_status(self.admin.ask("HEAD", where, headers=TUS), 404)
        self.assert_status(self.admin.ask("PATCH", where, b"x", headers={"Upload-Offset": "0"}), 412)
        self.assert_stops(self.server)
        self.assert_sound()

    def test_replacing_keeps_the_id_and_minds_the_revision(self):
        self.start()
        asset = self.asset(b"one", "a.txt")
        where = f"/api/assets/{asset['_id']}/file"
        headers = {"X-Filename": "b.txt", "Content-Type": "text/plain"}
        tag = self.admin.get(f"/api/assets/{asset['_id']}").headers["etag"]
        new = self.assert_status(self.admin.ask("PUT", where, b"two", headers=headers | {"If-Match": tag}), 200).json
        self.assertEqual((new["_id"], new["path"], new["size"], new["name"]), (asset["_id"], asset["path"], 3, "b.txt"))
        self.assertEqual(self.admin.get(where).body, b"two")
        self.assert_status(self.admin.ask("PUT", where, b"three", headers=headers | {"If-Match": tag}), 412)
        self.assertEqual(self.admin.get(where).body, b"two")
        self.assert_status(self.server.client(self.keys["reader"]).ask("PUT", where, b"x", headers=headers), 403)
        self.assert_stops(self.server)

    def test_what_nothing_refers_to_goes_after_a_while(self):
        self.start()
        asset, kept = self.asset(b"to go", "a.txt"), self.asset(b"to stay", "b.txt")
        self.assert_status(self.admin.ask("DELETE", f"/api/assets/{asset['_id']}?permanent=1"), 200)
        orphan = hashlib.sha256(b"orphan").hexdigest()
        os.makedirs(f"{self.data}/blobs/sha256/{orphan[:2]}", exist_ok=True)
        with open(f"{self.data}/blobs/sha256/{orphan[:2]}/{orphan[2:]}", "wb") as f:
            f.write(b"orphan")
        self.assertIn("0 files removed", self.command("gc"))
        self.assertRegex(self.command("gc", "--grace", "0s"), r"^[12] files removed")
        self.assertEqual(self.admin.get(f"/api/assets/{kept['_id']}/file").body, b"to stay")
        self.assert_stops(self.server)
        self.assert_sound()
        path = f"{self.data}/blobs/sha256/{kept['_hash'][:2]}/{kept['_hash'][2:]}"
        with open(path, "wb") as f:
            f.write(b"to stai")
        self.command("check", "--quick")
        self.command("check", code=4)
        os.unlink(path)
        self.command("check", "--quick", code=4)


class Delivery(Files):
    def test_whole_in_parts_and_not_again(self):
        self.start()
        content = bytes(range(256)) * 1000
        asset = self.asset(content, "noise.bin")
        where = f"/api/assets/{asset['_id']}/file"
        whole = self.assert_status(self.admin.get(where), 200)
        tag = whole.headers["etag"]
        self.assertEqual((whole.body, tag), (content, f'"{asset["_hash"]}"'))
        self.assertEqual(whole.headers["accept-ranges"], "bytes")
        self.assertEqual(whole.headers["cache-control"], "private, no-cache")
        for header, status, body in (("bytes=0-9", 206, content[:10]), ("bytes=-5", 206, content[-5:]), ("bytes=255990-", 206, content[255990:]),
                                     ("bytes=0-1,5-6", 200, content), ("lines=1-2", 200, content)):
            answer = self.assert_status(self.admin.get(where, headers={"Range": header}), status)
            self.assertEqual(answer.body, body)
        part = self.admin.get(where, headers={"Range": "bytes=10-19", "If-Range": tag})
        self.assertEqual((part.status, part.headers["content-range"]), (206, "bytes 10-19/256000"))
        self.assert_status(self.admin.get(where, headers={"Range": "bytes=10-19", "If-Range": '"other"'}), 200)
        beyond = self.assert_status(self.admin.get(where, headers={"Range": "bytes=256000-"}), 416)
        self.assertEqual(beyond.headers["content-range"], "bytes */256000")
        self.assert_status(self.admin.get(where, headers={"Range": "bytes=9-3"}), 416)
        self.assert_status(self.admin.get(where, headers={"If-None-Match": tag}), 304)
        head = self.assert_status(self.admin.ask("HEAD", where), 200)
        self.assertEqual((head.headers["content-length"], head.body), ("256000", b""))
        for_ever = self.admin.get(f"{where}?v={asset['_hash'][:16]}")
        self.assertEqual(for_ever.headers["cache-control"], "private, max-age=31536000, immutable")
        by_path = self.assert_status(self.admin.get("/assets" + asset["path"]), 200)
        self.assertEqual(by_path.body, content)
        self.assert_stops(self.server)

    def test_f_4_nothing_that_could_run_is_shown_inline(self):
        self.start()
        files = ((SVG, "a.svg", "image/svg+xml"), (b"<html><script>alert(1)</script>", "a.html", "text/html"),
                 (b"<?xml version='1.0'?><a/>", "a.xml", "application/xml"), (b"%PDF-1.4 /JS (app.alert(1))", "a.pdf", "application/pdf"),
                 (b"alert(1)", "a.js", "text/javascript"), (b"\0asm\1\0\0\0", "a.wasm", "application/wasm"), (b"<?php x", "a.php", None),
                 (GIF + b"<script>alert(1)</script>", "a.gif", "image/gif"), (b"plain", "a.txt", "text/plain"))
        for content, name, mime in files:
            asset = self.asset(content, name)
            answer = self.assert_status(self.admin.get(f"/api/assets/{asset['_id']}/file"), 200)
            if mime:
                self.assertEqual(answer.headers["content-type"].split(";")[0], mime)
            self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
            self.assertIn("sandbox", answer.headers["content-security-policy"])
            inline = answer.headers["content-disposition"].startswith("inline")
            self.assertEqual(inline, name in ("a.gif", "a.txt"), name)
        saved = self.admin.get(f"/api/assets/{asset['_id']}/file?download=1")
        self.assertTrue(saved.headers["content-disposition"].startswith("attachment"))
        self.assert_stops(self.server)

    def test_f_1_names_are_only_names(self):
        self.start()
        long = "x" * 400 + ".txt"
        names = {"../../etc/passwd.txt": "passwd.txt", "..%5c..%5cboot.txt": "boot.txt", "C:%5cx.txt": "x.txt", "a%00b.txt": "ab.txt",
                 "gpj%E2%80%AEtxt.txt": "gpjtxt.txt", "%2e%2e%2f.txt": "txt", "con.txt. .": "con.txt", "%22%0d%0aSet-Cookie: a=b.txt": "Set-Cookie a=b.txt",
                 "%FF%FEbad.txt": "bad.txt", "Gr%C3%BC%C3%9Fe.txt": "Grüße.txt", long: "x" * 255}
        for sent, kept in names.items():
            asset = self.asset(b"hello", sent)
            self.assertEqual(asset["name"], kept)
            answer = self.admin.get(f"/api/assets/{asset['_id']}/file")
            self.assertNotIn("set-cookie", answer.headers)
            self.assertRegex(asset["path"], r"^/\d{4}/\d\d/\d\d/[^/.]*_uid_[0-9a-f]{13}\.txt$")
        for path in ("/assets/../vitrine.db", "/assets/%2e%2e/master.key", "/assets//etc/passwd", "/assets/2026", "/assets/..%2fmaster.key"):
            self.assertIn(self.admin.get(path).status, (400, 404), path)
        found = {name for _, _, names in os.walk(self.data) for name in names}
        self.assertFalse({name for name in found if "passwd" in name or "boot" in name})
        self.assert_stops(self.server)

    def test_f_3_a_name_that_says_something_else_is_refused(self):
        self.start()
        for content, name in ((SVG, "a.png"), (b"<html>", "a.jpg"), (GIF, "a.html"), (b"MZ\x90", "a.png"), (png(2, 2), "a.svg"), (b"%PDF-1.4", "a.gif"),
                              (GIF, "a.php"), (b"<script>", "a.txt"), (GIF, "a.png.HtMl"), (GIF, "a.shtml. ")):
            self.assert_status(self.upload(content, name), 415)
        self.assert_stops(self.server)

    def test_a_link_is_for_one_file_and_for_a_while(self):
        self.start()
        asset, other = self.asset(b"one", "a.txt"), self.asset(b"two", "b.txt")
        self.assert_status(self.admin.ask("PATCH", f"/api/assets/{asset['_id']}", {"private": True}), 200)
        nobody = self.server.client()
        link = self.assert_status(self.admin.post(f"/api/assets/{asset['_id']}/link", {"seconds": 60, "download": True}), 200).json
        answer = self.assert_status(nobody.get(link["url"]), 200)
        self.assertEqual((answer.body, answer.headers["content-disposition"].split(";")[0]), (b"one", "attachment"))
        token = link["token"]
        self.assert_status(nobody.get(link["url"][:-2]), 404)
        for path in (f"/api/assets/{other['_id']}/file?token={token}", f"/api/assets/{asset['_id']}/file?token=x"):
            self.assert_status(nobody.get(path), 404)
        for method, path in (("GET", f"/api/assets/{asset['_id']}"), ("POST", f"/api/assets/{asset['_id']}/link"), ("GET", "/api/auth/me")):
            self.assertIn(self.server.client(headers={"Authorization": f"Bearer {token}"}).ask(method, path).status, (401, 404), path)
        self.assert_status(self.admin.post(f"/api/assets/{asset['_id']}/link", {"seconds": 3601}), 422)
        self.assert_status(self.admin.ask("PUT", f"/api/assets/{asset['_id']}/file", b"new", headers={"Content-Type": "text/plain"}), 200)
        self.assert_status(nobody.get(link["url"]), 404)  # it was for other bytes
        link = self.admin.post(f"/api/assets/{asset['_id']}/link", {}).json
        self.assert_status(nobody.get(link["url"]), 200)
        key, = [k for k in self.admin.get("/api/content/items/signing_keys?limit=100").json if k["purpose"] == "files" and k["active"]]
        self.assert_status(self.admin.post(f"/api/content/item/signing_keys/{key['_id']}/rotate", {"overlap_s": 0}), 200)
        self.assert_status(nobody.get(link["url"]), 404)
        self.assert_stops(self.server)

    def test_no_path_to_bytes_without_rights(self):
        self.start()
        asset = self.asset(png(40, 30), "a.png")
        post = self.admin.post("/api/content/item/posts", {"data": {"title": "One", "cover": asset["_id"]}}).json
        usage = self.admin.get(f"/api/assets/{asset['_id']}/usage").json["usage"]
        self.assertEqual(usage, [{"collection": "posts", "field": "cover", "_id": post["_id"], "title": "One"}])
        self.assertEqual(self.server.client(self.keys["reader"]).get(f"/api/assets/{asset['_id']}/usage").json["usage"], [])
        ways = [f"/api/assets/{asset['_id']}/file", f"/assets{asset['path']}", f"/api/assets/image/{asset['_id']}?w=10&o=1",
                f"/api/assets/image/{asset['_id']}?w=10", f"/api/assets/image/{asset['_id']}/thumbnail?o=1",
                f"/api/assets/image/{asset['_id']}?w=10&b64=1", f"/api/assets/image/{asset['_id']}?w=10&re=1"]
        self.admin.get(ways[2])  # made and kept: that must not help
        for way in ways:
            self.assertIn(self.server.client(self.keys["reader"]).get(way).status, (200, 302), way)
            for who in ("blind", "titles", None):
                client = self.server.client(self.keys.get(who))
                for headers in ({}, {"Range": "bytes=0-3"}, {"If-None-Match": f'"{asset["_hash"]}"'}):
                    for method in ("GET", "HEAD"):
                        answer = client.ask(method, way, headers=headers)
                        self.assertIn(answer.status, (400, 401, 403, 404), (who, way, headers))
        self.assert_stops(self.server)


class Pictures(Files):
    def test_cockpits_parameters(self):
        self.start()
        asset = self.asset(png(80, 60), "a.png")
        if not self.has_pictures(asset):
            self.skipTest("libvips is not installed")
        where = f"/api/assets/image/{asset['_id']}"
        url = self.assert_status(self.admin.get(f"{where}?w=20&h=20&m=bestFit&q=70"), 200)
        made = self.assert_status(self.admin.get(url.body.decode()), 200)
        self.assertEqual(made.headers["content-type"], "image/png")
        self.assertEqual(struct.unpack(">II", made.body[16:24]), (20, 15))
        self.assertIn("immutable", made.headers["cache-control"])
        self.assertIn("Accept", made.headers["vary"])
        self.assert_status(self.admin.get(url.body.decode(), headers={"If-None-Match": made.headers["etag"]}), 304)
        part = self.admin.get(url.body.decode(), headers={"Range": "bytes=0-7"})
        self.assertEqual((part.status, part.body), (206, b"\x89PNG\r\n\x1a\n"))
        for accept, mime in (("image/avif,image/webp,*/*", "image/avif"), ("image/webp,*/*;q=0.8", "image/webp"), ("image/avif;q=0,image/webp", "image/webp"),
                             ("*/*", "image/png")):
            self.assertEqual(self.admin.get(f"{where}?w=20&o=1", headers={"Accept": accept}).headers["content-type"], mime)
        for mime in ("gif", "jpeg", "png", "webp", "bmp", "avif"):
            self.assertEqual(self.admin.get(f"{where}?w=20&o=1&mime={mime}").headers["content-type"], f"image/{mime}")
        moved = self.assert_status(self.admin.get(f"{where}?w=20&re=1"), 302)
        self.assert_status(self.admin.get(moved.headers["location"]), 200)
        self.assertTrue(self.admin.get(f"{where}?w=20&b64=1&mime=png").body.startswith(b"data:image/png;base64,"))
        self.assert_status(self.admin.get(f"{where}?w=20&f[]=sepia&f[blur]=3&fp=0.2%200.8&smartcrop=entropy&t=1&r=1&o=1"), 200)
        self.assertEqual(self.admin.get(f"{where}/thumbnail?o=1").headers["content-type"], "image/webp")
        for query in ("", "w=0", "w=8193", "w=a", "w=10&q=0", "w=10&q=101", "w=10&mime=exe", "w=10&fp=2%202", "w=10&f=none", "w=10&x=1", "w=8000&h=8000&m=resize&o=1",
                      "w=10&smartcrop=no", "w=10&f[blur]=1000"):
            self.assert_status(self.admin.get(f"{where}?{query}"), 400)
        self.assert_status(self.admin.get("/api/assets/image/" + "0" * 24 + "?w=10"), 400)
        self.assert_status(self.admin.get(f"{where}/none"), 404)
        self.assert_stops(self.server)

    def test_f_5_the_world_chooses_from_presets(self):
        self.start()
        asset = self.asset(png(80, 60), "a.png")
        self.import_rows("grants", [{"role": house.item_id(2), "collection": "assets", "verbs": ["read"]}])
        self.assert_status(self.admin.ask("PATCH", "/api/content/item/settings", {"public_role": house.item_id(2)}), 200)
        nobody = self.server.client()
        whole = self.assert_status(nobody.get(f"/api/assets/{asset['_id']}/file?v={asset['_hash']}"), 200)
        self.assertEqual(whole.headers["cache-control"], "public, max-age=31536000, immutable")
        self.assert_status(nobody.get(f"/api/assets/image/{asset['_id']}/small"), 200)
        self.assert_status(nobody.get(f"/api/assets/image/{asset['_id']}?w=11"), 401)
        self.assert_status(self.admin.ask("PATCH", f"/api/assets/{asset['_id']}", {"private": True}), 200)
        self.assert_status(nobody.get(f"/api/assets/{asset['_id']}/file"), 401)
        self.assert_status(nobody.get(f"/api/assets/image/{asset['_id']}/small?o=1"), 401)
        self.assert_stops(self.server)

    def test_f_5_hostile_pictures_cost_an_error_and_no_memory(self):
        self.start()
        good = self.asset(png(800, 600), "good.png")
        if not self.has_pictures(good):
            self.skipTest("libvips is not installed")
        self.admin.get(f"/api/assets/image/{good['_id']}?w=100&o=1")
        before = self.memory()
        bomb = png(9_999, 10_000)  # 100 megapixels in 100 KiB
        self.assertLess(len(bomb), 1 << 20)
        jpeg = b"\xff\xd8\xff\xe0" + os.urandom(5000)
        refused = {"claims.png": png(10, 10, claims=(10_001, 10_000)), "huge.png": png(10, 10, claims=(65_000, 65_000)),
                   "none.png": b"\x89PNG\r\n\x1a\n", "noise.jpg": jpeg, "cut.gif": GIF[:8], "noise.webp": b"RIFF\xff\xff\xff\xffWEBPVP8 " + os.urandom(500),
                   "noise.avif": b"\0\0\0\x1cftypavif" + os.urandom(500), "noise.tif": b"II*\0" + os.urandom(500)}
        for name, content in refused.items():
            self.assert_status(self.upload(content, name), 422)
        asset = self.asset(bomb, "bomb.png")  # just within what is looked into
        answer = self.admin.get(f"/api/assets/image/{asset['_id']}?w=100&o=1")
        self.assertIn(answer.status, (200, 422))
        lies = self.asset(png(500, 500, rows=3), "lies.png")
        self.assert_status(self.admin.get(f"/api/assets/image/{lies['_id']}?w=100&o=1"), 422)
        self.assertLess(self.memory() - before, 8 << 10)
        self.assert_status(self.admin.get(f"/api/assets/image/{good['_id']}?w=101&o=1"), 200)
        self.assertEqual([n for n in os.listdir(f"{self.data}/cache/images") if n.startswith(".new")], [])
        self.assert_stops(self.server)
        self.assert_sound()

    def test_a_helper_that_is_killed_takes_nobody_with_it(self):
        self.start()
        good = self.asset(png(3000, 3000), "good.png")
        if not self.has_pictures(good):
            self.skipTest("libvips is not installed")
        over = threading.Event()
        killed = []

        def children():
            with open(f"/proc/{self.server.process.pid}/task/{self.server.process.pid}/children", encoding="ascii") as f:
                found = f.read().split()
            for task in glob.glob(f"/proc/{self.server.process.pid}/task/*/children"):
                try:
                    with open(task, encoding="ascii") as f:
                        found += f.read().split()
                except OSError:
                    pass
            return found

        def kill():
            while not over.is_set():
                for child in children():
                    try:
                        os.kill(int(child), signal.SIGKILL)
                        killed.append(child)
                    except ProcessLookupError:
                        pass

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            answer = self.admin.get(f"/api/assets/image/{good['_id']}?w=999&o=1&mime=avif")
        finally:
            over.set()
            killer.join()
        self.assertEqual(answer.status, 422 if killed else 200)
        self.assert_status(self.admin.get(f"/api/assets/image/{good['_id']}?w=99&o=1&mime=avif"), 200)
        self.assert_stops(self.server)

    def test_pictures_stand_upright_and_keep_no_secrets(self):
        self.start()
        asset = self.asset(png(80, 60), "a.png")
        if not self.has_pictures(asset):
            self.skipTest("libvips is not installed")
        jpeg = self.admin.get(f"/api/assets/image/{asset['_id']}?w=80&mime=jpeg&o=1").body
        # What it shows, and that it lies on its side.
        entries = struct.pack(">HHHIIHHIH2xI", 2, 0x010e, 2, 16, 38, 0x0112, 3, 1, 6, 0)
        entries = b"MM\0*" + struct.pack(">I", 8) + entries + b"52N 13E at home\0"
        exif = b"Exif\0\0" + entries
        camera = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]
        asset = self.asset(camera, "camera.jpg")
        self.assertEqual((asset["width"], asset["height"]), (60, 80))
        self.assertIn(b"home", self.admin.get(f"/api/assets/{asset['_id']}/file").body)
        for mime in ("jpeg", "webp", "avif", "png"):
            made = self.admin.get(f"/api/assets/image/{asset['_id']}?w=original&mime={mime}&o=1").body
            self.assertNotIn(b"home", made)
        self.assertEqual(struct.unpack(">II", made[16:24]), (60, 80))
        self.assert_stops(self.server)

    def test_many_at_once_wait_their_turn(self):
        self.start()
        good = self.asset(png(800, 600), "good.png")
        if not self.has_pictures(good):
            self.skipTest("libvips is not installed")
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda i: self.server.client(self.admin_key).get(f"/api/assets/image/{good['_id']}?w={100 + i}&o=1&mime=jpeg").status, range(12)))
        self.assertEqual(answers, [200] * 12)
        self.assert_stops(self.server)


if __name__ == "__main__":
    house.main()
