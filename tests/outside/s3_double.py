"""Object storage for tests: one bucket in memory behind the calls of S3 that backups need. Every request's signature is computed anew
from what arrived, and its body compared with the digest that was signed; pages of names are short. `fail` is asked before each
request and may give a status instead."""
import hashlib
import hmac
import http.server
import re
import threading
import urllib.parse
from xml.sax.saxutils import escape

import house

KEY, SECRET, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-test-1"
PAGE = 7


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Handler(house.Receiver):
    def refuse(self, status, code):
        self.server.refused.append((status, code, self.command, self.path))
        self.answer(status, f"<Error><Code>{code}</Code></Error>".encode(), Content_Type="application/xml")

    def is_signed(self, body):
        found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request,SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})",
                             self.headers.get("Authorization", ""))
        if not found or found.group(1) != KEY or found.group(3) != REGION:
            return False
        _, day, region, names, signature = found.groups()
        path, _, query = self.path.partition("?")
        payload = self.headers["x-amz-content-sha256"]
        pairs = sorted(query.split("&")) if query else []
        canonical = "\n".join([self.command, path, "&".join(pairs), *(f"{n}:{self.headers[n].strip()}" for n in names.split(";")), "", names, payload])
        text = "\n".join(["AWS4-HMAC-SHA256", self.headers["x-amz-date"], f"{day}/{region}/s3/aws4_request", hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + SECRET).encode()
        for step in (day, region, "s3", "aws4_request"):
            key = sign(key, step)
        return {"host", "x-amz-content-sha256", "x-amz-date"} <= set(names.split(";")) and payload == hashlib.sha256(body).hexdigest() and \
            hmac.compare_digest(sign(key, text).hex(), signature)

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        bucket, _, key = urllib.parse.unquote(path)[1:].partition("/")
        status = self.server.fail(self.command, key) if self.server.fail else None
        if status:
            return self.refuse(status, "SlowDown")
        if not self.is_signed(body):
            return self.refuse(403, "SignatureDoesNotMatch")
        if bucket != "bucket":
            return self.refuse(404, "NoSuchBucket")
        with self.server.lock:
            return getattr(self, "do_" + self.command.lower())(key, query, body)

    do_GET = do_PUT = do_DELETE = do_POST = serve

    def do_put(self, key, query, body):
        tag = '"' + hashlib.md5(body).hexdigest() + '"'
        self.server.largest = max(self.server.largest, len(body))
        if "uploadId" in query:
            self.server.uploads[query["uploadId"]][int(query["partNumber"])] = (body, tag)
        else:
            self.server.objects[key] = body
        self.answer(200, ETag=tag)

    def do_post(self, key, query, body):
        if "uploads" in query:
            upload = f"upload {len(self.server.uploads)}"
            self.server.uploads[upload] = {}
            return self.answer(200, f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>".encode())
        parts = self.server.uploads.pop(query["uploadId"])
        named = re.findall(r"<PartNumber>(\d+)</PartNumber><ETag>([^<]+)</ETag>", body.decode())
        if [(int(n), t) for n, t in named] != [(n, parts[n][1]) for n in sorted(parts)]:
            return self.answer(200, b"<Error><Code>InvalidPart</Code></Error>")
        self.server.objects[key] = b"".join(parts[n][0] for n in sorted(parts))
        return self.answer(200, b"<CompleteMultipartUploadResult/>")

    def do_delete(self, key, query, body):
        if "uploadId" in query:
            self.server.uploads.pop(query["uploadId"], None)
        else:
            self.server.objects.pop(key, None)
        self.answer(204)

    def do_get(self, key, query, body):
        if not key:
            return self.names(query)
        if key not in self.server.objects:
            return self.refuse(404, "NoSuchKey")
        whole = self.server.objects[key]
        first, last = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"]).groups())
        if first >= len(whole):
            return self.refuse(416, "InvalidRange")
        part = whole[first:last + 1]
        return self.answer(206, part, ETag='"' + hashlib.md5(whole).hexdigest() + '"', Content_Range=f"bytes {first}-{first + len(part) - 1}/{len(whole)}")

    def names(self, query):
        prefix, mark = query.get("prefix", ""), query.get("delimiter")
        entries = {}
        for key in sorted(k for k in self.server.objects if k.startswith(prefix)):
            cut = key.find(mark, len(prefix)) if mark else -1
            entries[key[:cut + 1] if cut >= 0 else key] = cut >= 0
        left = [e for e in entries if e > query.get("continuation-token", "")]
        text = "".join(f"<CommonPrefixes><Prefix>{escape(e)}</Prefix></CommonPrefixes>" if entries[e] else
                       f"<Contents><Key>{escape(e)}</Key><Size>{len(self.server.objects[e])}</Size><ETag>&quot;x&quot;</ETag></Contents>" for e in left[:PAGE])
        more = len(left) > PAGE
        if self.server.endless:
            more, left = True, list(entries)[:1] * PAGE
        text += f"<IsTruncated>{str(more).lower()}</IsTruncated>" + (f"<NextContinuationToken>{escape(left[PAGE - 1])}</NextContinuationToken>" if more else "")
        self.answer(200, f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Prefix>{escape(prefix)}</Prefix>{text}</ListBucketResult>'.encode())


class Server(http.server.ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects, self.uploads, self.refused, self.largest = {}, {}, [], 0
        self.lock, self.fail, self.endless = threading.Lock(), None, False  # endless: names come in pages that lead to themselves
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def env(self):
        port = self.server_address[1]
        return {"VITRINE_BACKUP_TO": "s3://bucket/a/site", "VITRINE_BACKUP_S3_ENDPOINT": f"http://127.0.0.1:{port}",
                "VITRINE_BACKUP_S3_REGION": REGION, "VITRINE_BACKUP_S3_KEY": KEY, "VITRINE_BACKUP_S3_SECRET": SECRET,
                "VITRINE_OUTBOUND_ALLOW": "127.0.0.0/8", "VITRINE_OUTBOUND_HTTP": "true", "VITRINE_OUTBOUND_PORTS": str(port)}

    def gone(self):
        self.shutdown()
        self.server_close()
