"""Sessions, second factors and people's numbers over a restart of the real program, with a browser's requests."""
import base64
import hashlib
import hmac
import json
import sqlite3
import struct
import time

import house

ADA = "ada@example.com"


def code_at(secret, seconds):
    """RFC 6238, as an authenticator computes it."""
    key = base64.b32decode(secret)
    digest = hmac.new(key, struct.pack(">Q", int(seconds) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


class Browser:
    """Keeps its cookie and the token for changes, over restarts of the server."""

    def __init__(self, server):
        self.headers, self.csrf = {}, None
        self.move(server)

    def move(self, server):
        self.client = server.client()
        self.origin = server.url

    def ask(self, method, path, body=None):
        more = {"Origin": self.origin} | self.headers
        if self.csrf:
            more["X-CSRF-Token"] = self.csrf
        answer = self.client.ask(method, path, body, headers=more)
        if "set-cookie" in answer.headers:
            self.headers = {"Cookie": answer.headers["set-cookie"].split(";")[0]}
        if answer.status == 200 and answer.body.startswith(b"{") and answer.json.get("csrf"):
            self.csrf = answer.json["csrf"]
        return answer

    def sign_in(self, password=house.PASSWORD):
        return self.ask("POST", "/api/auth/login", {"user": ADA, "password": password})

    def works(self):
        return self.ask("GET", "/api/auth/me").status == 200


class People(house.Case):
    def setUp(self):
        super().setUp()
        for name in ("first", "ada"):
            self.command("user", "add", "--email", f"{name}@example.com", "--role", "admin", "--name", name,
                         "--password-file", "-", stdin=house.PASSWORD.encode() + b"\n")
        self.server = self.serve()

    def restart(self, *browsers):
        self.assert_stops(self.server)
        self.server = self.serve()
        for browser in browsers:
            browser.move(self.server)

    def test_sessions_outlive_a_restart_and_what_ended_stays_ended(self):
        one, other = Browser(self.server), Browser(self.server)
        for browser in (one, other):
            self.assert_status(browser.sign_in(), 200)
        self.restart(one, other)
        self.assertTrue(one.works() and other.works())
        before = dict(one.headers)
        self.assert_status(one.ask("PUT", "/api/auth/password", {"current": house.PASSWORD, "new": "another horse altogether"}), 200)
        self.assertTrue(one.works())
        self.assertFalse(other.works())
        self.restart(one, other)
        self.assertTrue(one.works())
        other.headers = before
        self.assertFalse(other.works())
        self.assert_status(other.sign_in(), 401)
        self.assert_status(other.sign_in("another horse altogether"), 200)
        self.assert_status(one.ask("POST", "/api/auth/sessions/end-all", {}), 200)
        self.restart(one, other)
        self.assertTrue(one.works())
        self.assertFalse(other.works())
        self.assert_sound()

    def enrol(self, browser):
        self.assert_status(browser.sign_in(), 200)
        secret = self.assert_status(browser.ask("POST", "/api/auth/totp/begin", {}), 200).json["secret"]
        now = time.time()
        answer = self.assert_status(browser.ask("POST", "/api/auth/totp/confirm", {"code": code_at(secret, now - 30)}), 200)
        return secret, answer.json["recovery_codes"], now

    def test_a_second_factor_is_asked_for_over_a_restart_and_taken_away_by_a_command(self):
        browser, other = Browser(self.server), Browser(self.server)
        secret, codes, then = self.enrol(browser)
        pending = self.assert_status(other.sign_in(), 200).json["pending"]
        self.assertFalse("Cookie" in other.headers)
        self.restart(browser, other)
        self.assertTrue(browser.works())
        code = code_at(secret, max(then, time.time()))
        self.assert_status(other.ask("POST", "/api/auth/second", {"pending": pending, "code": code}), 200)
        pending = self.assert_status(Browser(self.server).sign_in(), 200).json["pending"]
        self.restart(browser, other)
        self.assert_status(other.ask("POST", "/api/auth/second", {"pending": pending, "code": code}), 422)
        self.assert_status(other.ask("POST", "/api/auth/second", {"pending": pending, "recovery": codes[0]}), 200)
        self.assert_status(other.ask("POST", "/api/auth/second", {"pending": pending, "recovery": codes[0]}), 422)
        for clear in self.dump():
            self.assertNotIn(secret, clear)
            self.assertFalse(any(one in clear for one in codes))
        self.command("user", "reset", ADA, code=2)
        self.command("user", "reset", ADA, "--second-factor")
        self.assertFalse(browser.works() or other.works())
        self.assertNotIn("pending", self.assert_status(browser.sign_in(), 200).json)
        self.assert_sound()

    def numbers(self):
        key = self.make_key()
        answer = self.server.client(key).get("/api/content/items/users?fields={serial:1,name:1}&sort={_id:1}")
        return {row["name"]: row["serial"] for row in self.assert_status(answer, 200).json}

    def test_people_of_an_older_database_get_their_numbers(self):
        self.assertEqual(self.numbers(), {"first": 1, "ada": 2})
        self.assert_stops(self.server)
        db = sqlite3.connect(f"{self.data}/vitrine.db")
        db.execute("UPDATE c_users SET serial = NULL")
        db.commit()
        db.close()
        self.server = self.serve()
        self.assertEqual(self.numbers(), {"first": 3, "ada": 4})  # what was given once is not given again
        self.assert_sound()


if __name__ == "__main__":
    house.main()
