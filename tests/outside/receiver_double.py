"""Another server as tests play it: takes calls on a free port, keeps them, and answers as it is told; and what a signature by
Standard Webhooks is."""
import base64
import hashlib
import hmac
import http.server
import json
import threading

import house


class Call:
    """What came, names of headers in small letters; whoever answers may note its status."""

    def __init__(self, handler):
        self.method, self.path, self.status = handler.command, handler.path, None
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.body = handler.taken()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.method} {self.path} {self.body[:200]!r}>"


class Handler(house.Receiver):
    def do_POST(self):
        call = Call(self)
        with self.server.news:
            self.server.calls.append(call)
            self.server.news.notify_all()
        self.server.reply(self, call)

    do_PUT = do_POST

    def hang_up(self):
        self.close_connection = True

    def pour(self, kind="text/plain"):
        """20 GB, as far as anybody takes it and until all is over."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(20 << 30))
        self.end_headers()
        while not self.server.go.is_set():
            self.wfile.write(b"x" * 65536)
        self.hang_up()


class Receiver(http.server.ThreadingHTTPServer):
    """`calls` has what came, in order. reply(handler, call) answers, on a thread of the call's own; `go` is for those that wait there."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.calls, self.news, self.go = [], threading.Condition(), threading.Event()
        self.port = self.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def reply(self, to, call):
        to.answer(204)

    def handle_error(self, request, client_address):
        pass  # who is killed, or has enough, hangs up

    def wait_for(self, count, path=None):
        """The calls to this path, or all of them, once there are so many."""
        def mine():
            return [one for one in self.calls if path in (None, one.path)]
        with self.news:
            if not self.news.wait_for(lambda: len(mine()) >= count, house.PATIENCE):
                raise AssertionError(f"{len(mine())} of {count} at {path}: {self.calls}")
            return mine()

    def close(self):
        self.go.set()
        self.shutdown()
        self.server_close()


def signature(call, secret):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
