"""The life of a server: starting, refusing to start, listening, stopping."""
import contextlib
import http.client
import os
import re
import signal
import socket
import sqlite3
import threading
import time

import house


class Stop(house.Case):
    def test_stopping_finishes_what_runs_and_loses_nothing(self):
        """Under load: no answer is cut, every acknowledged write is there, the log is folded back."""
        self.make_model()
        key = self.make_key()
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                server = self.serve()
                made, cut = [], []
                enough = threading.Semaphore(0)

                def work(i, server=server, made=made, cut=cut, enough=enough):
                    client = server.client(key)
                    for n in range(1 << 20):
                        try:
                            answer = client.post("/api/content/item/posts", {"data": {"title": f"{i} {n}"}})
                        except http.client.IncompleteRead as short:
                            cut.append(short)
                            return
                        except (OSError, http.client.HTTPException):
                            return
                        if answer.status == 503:  # stopping: said, not done
                            return
                        assert answer.status == 200, answer
                        made.append(answer.json["_id"])
                        enough.release()

                finish = house.together(work, 6)
                for _ in range(100):
                    self.assertTrue(enough.acquire(timeout=house.PATIENCE))
                self.assert_stops(server)
                finish()
                self.assertEqual(cut, [])
                wal = os.path.join(self.data, "vitrine.db-wal")
                self.assertTrue(not os.path.exists(wal) or os.path.getsize(wal) == 0, "the log was not folded back")
                db = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
                ids = {row[0] for row in db.execute("SELECT item FROM vitrine_journal WHERE verb = 'create'")}
                db.close()
                self.assertLessEqual(set(made), ids)
                self.assert_sound()

    def test_a_request_that_is_under_way_is_answered(self):
        """Its head was read before the signal, its body comes after it."""
        self.make_model()
        key = self.make_key()
        server = self.serve()
        body = b'{"data":{"title":"Just in time"}}'
        head = (f"POST /api/content/item/posts HTTP/1.1\r\nHost: localhost\r\napi-key: {key}\r\nContent-Length: {len(body)}\r\n"
                "Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n").encode()
        address = ("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
        with socket.create_connection(address, timeout=house.PATIENCE) as wire:
            wire.sendall(head)
            self.assertTrue(wire.recv(100).startswith(b"HTTP/1.1 100 "))
            server.process.send_signal(signal.SIGTERM)
            house.until("It says that it stops", lambda: "stopping" in server.said())
            wire.sendall(body)
            answer = b""
            while some := wire.recv(4096):
                answer += some
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)
        self.assertIn(b"Just in time", answer)
        self.assertEqual(server.wait(), 0, server.said())

    def test_idle_connections_do_not_hold_it_up(self):
        self.make_model()
        server = self.serve()
        clients = [server.client() for _ in range(5)]
        for client in clients:
            self.assert_status(client.get("/livez"), 200)
        begun = time.monotonic()
        self.assert_stops(server)
        self.assertLess(time.monotonic() - begun, 10, "it waited for the grace time to pass")

    def test_it_starts_again_and_again(self):
        for _ in range(3):
            server = self.serve("--demo")
            self.assertEqual(len(server.client().get("/api/content/items/posts?limit=5").json), 5)
            self.assert_stops(server)
        self.assert_sound()


class Refusals(house.Case):
    """What keeps it from starting is a sentence and an exit code."""

    def refused(self, code, says, *flags, **more):
        got, said = self.serve_badly(*flags, **more)
        self.assertEqual(got, code, said)
        self.assertRegex(said, r"(?m)^vitrine: .+")
        self.assertRegex(said, says)
        self.assertNotIn("Sanitizer", said)
        return said

    def test_a_port_that_is_taken(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            address = f"127.0.0.1:{other.getsockname()[1]}"
            self.refused(3, re.escape(address), listen=[address])
            self.refused(3, re.escape(address), listen=["127.0.0.1:0", address])

    def test_an_address_that_is_not_ours(self):
        self.refused(3, r"192\.0\.2\.1", "--insecure-http", listen=["192.0.2.1:0"])

    def test_plain_http_beyond_this_machine(self):
        self.refused(3, "insecure-http", listen=["0.0.0.0:0"])
        self.refused(3, "insecure-http", listen=["127.0.0.1:0", "[::]:0"])
        self.assertFalse(os.path.exists(self.data))
        server = self.serve("--insecure-http", listen=["0.0.0.0:0"])
        self.assert_stops(server)

    def test_a_data_directory_of_somebody_else(self):
        self.make_model()
        os.unlink(os.path.join(self.data, "vitrine.db"))
        db = sqlite3.connect(os.path.join(self.data, "vitrine.db"))
        db.executescript("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")
        db.close()
        self.refused(4, r"(?i)another program")
        for command in ("check", "model list", "user list"):
            said = self.run_vitrine(*command.split(), "--data", self.data)
            self.assertIn(said.code, (3, 4), said)
        db = sqlite3.connect(os.path.join(self.data, "vitrine.db"))
        self.assertEqual(db.execute("SELECT x FROM theirs").fetchall(), [(1,)])
        self.assertEqual(db.execute("SELECT count(*) FROM sqlite_schema").fetchall(), [(1,)], "nothing was added to it")
        db.close()

    def test_a_file_that_is_no_database(self):
        self.make_model()
        with open(os.path.join(self.data, "vitrine.db"), "w", encoding="ascii") as f:
            f.write("certainly no database\n" * 1000)
        self.refused(4, "(?i)database")

    def test_a_database_of_a_newer_program(self):
        self.make_model()
        db = sqlite3.connect(os.path.join(self.data, "vitrine.db"))
        version, = db.execute("PRAGMA user_version").fetchone()
        db.execute(f"PRAGMA user_version = {version + 1}")
        db.close()
        self.refused(4, "(?i)newer")

    def test_a_place_that_is_no_directory(self):
        self.refused(3, "is not a directory", data=self.write("file", ""))
        self.refused(4, "cannot be made", data=self.path("no/such/parent"))

    def test_another_master_key(self):
        self.make_model()
        self.make_key()
        key = os.path.join(self.data, "master.key")
        with open(key, encoding="ascii") as f:
            text = f.read()
        os.rename(key, key + ".kept")
        said = self.refused(4, "master.key")
        self.assertFalse(os.path.exists(key), "a new key beside an old database would lock everybody out")
        with open(key, "w", encoding="ascii") as f:
            f.write(text.translate(str.maketrans("0123456789abcdef", "123456789abcdef0")))
        os.chmod(key, 0o400)
        self.refused(4, "(?i)master key")
        self.assertNotIn(text.strip(), said)

    def test_a_master_key_that_others_can_read(self):
        self.make_model()
        key = os.path.join(self.data, "master.key")
        for mode in (0o440, 0o404, 0o640):
            os.chmod(key, mode)
            self.refused(4, "master.key")
        os.chmod(key, 0o400)
        self.assert_stops(self.serve())

    def test_a_master_key_elsewhere(self):
        self.make_model()
        elsewhere = self.path("elsewhere")
        os.rename(os.path.join(self.data, "master.key"), elsewhere)
        self.assert_stops(self.serve("--master-key-file", elsewhere))
        self.assert_stops(self.serve(env={"VITRINE_MASTER_KEY_FILE": elsewhere}))
        self.refused(4, "master.key")


class Listeners(house.Case):
    def test_several_addresses_answer(self):
        path = self.path("socket")
        server = self.serve(listen=["127.0.0.1:0", "127.0.0.2:0", "[::1]:0", f"unix:{path}"])
        self.assertRegex(server.urls[0], r"^http://127\.0\.0\.1:\d+$")
        self.assertRegex(server.urls[1], r"^http://127\.0\.0\.2:\d+$")
        self.assertRegex(server.urls[2], r"^http://\[::1\]:\d+$")
        self.assertEqual(server.urls[3], f"unix:{path}")
        for number in range(4):
            self.assert_status(server.client(listener=number).get("/livez"), 200)
        self.assert_stops(server)
        self.assertFalse(os.path.exists(path), "the socket's file is left behind")
        # What a killed server leaves there does not keep the next one from starting.
        server = self.serve(listen=[f"unix:{path}"])
        server.kill()
        self.assertTrue(os.path.exists(path))
        server = self.serve(listen=[f"unix:{path}"])
        self.assert_status(server.client().get("/readyz"), 200)
        self.assert_stops(server)

    def test_a_socket_in_use_is_not_taken_away(self):
        path = self.path("socket")
        server = self.serve(listen=[f"unix:{path}"])
        code, said = self.serve_badly(data=self.path("other"), listen=[f"unix:{path}"])
        self.assertEqual(code, 3, said)
        self.assertIn(path, said)
        self.assert_status(server.client().get("/livez"), 200)
        self.assert_stops(server)


class Threads(house.Case):
    def test_they_begin_with_the_connections_that_need_them(self):
        server = self.serve(env={"VITRINE_HTTP_THREADS": "40"})
        threads = lambda: len(os.listdir(f"/proc/{server.process.pid}/task"))
        others = threads() - 8
        clients = [server.client() for _ in range(30)]
        for client in clients:  # each keeps its connection
            self.assert_status(client.get("/livez"), 200)
        self.assertEqual(threads() - others, 30)
        for client in clients:
            client.close()
        address = ("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
        with contextlib.ExitStack() as many:
            for _ in range(60):
                many.enter_context(socket.create_connection(address, timeout=house.PATIENCE))
            house.until("as many as there may be", lambda: threads() - others == 40)
        self.assert_status(server.client().get("/livez"), 200)
        self.assert_stops(server)


class FirstStart(house.Case):
    def test_an_administrator_from_the_environment(self):
        env = {"VITRINE_ADMIN_EMAIL": "root@example.com",
               "VITRINE_ADMIN_PASSWORD_FILE": self.write("password", house.PASSWORD + "\n", 0o400)}
        server = self.serve(env=env)
        self.assertNotIn("setup code", server.said())
        self.assertNotIn(house.PASSWORD, server.said())
        client = server.client()
        self.assertFalse(client.get("/api/auth/methods").json["setup"])
        answer = client.post("/api/auth/login", {"user": "root@example.com", "password": house.PASSWORD})
        self.assert_status(answer, 200)
        self.assertEqual(answer.json["user"]["roles"], ["admin"])
        self.assert_stops(server)
        # Later starts leave people alone.
        server = self.serve(env=env | {"VITRINE_ADMIN_EMAIL": "second@example.com"})
        answer = server.client().post("/api/auth/login", {"user": "second@example.com", "password": house.PASSWORD})
        self.assert_status(answer, 401)
        self.assert_stops(server)

    def test_a_weak_password_for_the_first_administrator_is_refused(self):
        code, said = self.serve_badly(env={"VITRINE_ADMIN_EMAIL": "root@example.com", "VITRINE_ADMIN_PASSWORD": "short"})
        self.assertEqual(code, 3, said)
        self.assertRegex(said, r"(?m)^vitrine: ")
        self.assertNotRegex(said, r"\bshort\b")

    def test_an_administrator_by_setup_code(self):
        server = self.serve()
        code = re.search(r"setup code: (\S+)", server.said()).group(1)
        client = server.client()
        wish = {"code": code, "email": "me@example.com", "name": "Me", "password": house.PASSWORD}
        self.assertTrue(client.get("/api/auth/methods").json["setup"])
        self.assert_status(client.post("/api/auth/setup", wish | {"code": "AAAA-BBBB-CCCC"}), 403)
        self.assert_status(client.post("/api/auth/setup", wish | {"password": "short"}), 422)
        self.assert_status(client.post("/api/auth/setup", wish, headers={"Sec-Fetch-Site": "cross-site"}), 403)
        answer = client.post("/api/auth/setup", wish)
        self.assert_status(answer, 201)
        cookie = answer.headers["set-cookie"]
        self.assertRegex(cookie, r"HttpOnly")
        self.assertRegex(cookie, r"SameSite=(Lax|Strict)")
        self.assertFalse(client.get("/api/auth/methods").json["setup"])
        self.assert_status(client.post("/api/auth/setup", wish | {"email": "you@example.com"}), 409)
        # The session works; what changes something wants the proof that a page of ours asks.
        session = server.client(headers={"Cookie": cookie.split(";")[0]})
        me = session.get("/api/auth/me").json
        self.assertEqual(me["user"]["email"], "me@example.com")
        definition = {"data": {"name": "notes", "definition": {"name": "notes", "fields": [{"name": "t", "kind": "text"}]}}}
        self.assert_status(session.post("/api/content/item/collections", definition), 403)
        proof = {"X-CSRF-Token": answer.json["csrf"], "Origin": server.url}
        for missing in ({"X-CSRF-Token": "x"}, {"Origin": "https://example.com"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Content-Type": "text/plain"}):
            self.assert_status(session.post("/api/content/item/collections", definition, headers=proof | missing), 403)
        self.assert_status(session.post("/api/content/item/collections", definition, headers=proof), 200)
        self.assert_status(session.post("/api/content/item/notes", {"data": {"t": "first"}}, headers=proof), 200)
        self.assert_status(session.post("/api/auth/logout", {}, headers=proof), 204)
        self.assert_status(session.get("/api/content/items/notes"), 401)
        self.assert_stops(server)
        # The code was good for once; the next start has none.
        server = self.serve()
        self.assertNotIn("setup code", server.said())
        self.assert_stops(server)

    def test_demo_content_comes_into_an_empty_directory_only(self):
        server = self.serve("--demo")
        keys = re.findall(r"key of the [^:]+: (\S+)", server.said())
        self.assertGreaterEqual(len(keys), 1)
        for key in keys:
            self.assert_status(server.client(key).get("/api/content/items/posts?limit=1"), 200)
        first = server.client().get("/api/pages/menus")
        self.assert_status(first, 200)
        self.assert_stops(server)
        server = self.serve("--demo")
        self.assertNotIn("key of the", server.said(), "keys are shown once")
        self.assertEqual(server.client().get("/api/pages/menus").json, first.json)
        self.assert_stops(server)
        other = self.path("own")
        self.command("model", "apply", self.write("model.json", house.POSTS), data=other)
        server = self.serve("--demo", data=other)
        self.assertEqual(self.command("export", "--collection", "posts", data=other), "")
        self.assert_stops(server)

    def test_files_are_the_owners_alone(self):
        self.assert_stops(self.serve())
        self.assertEqual(os.stat(self.data).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(os.path.join(self.data, "master.key")).st_mode & 0o777, 0o400)


if __name__ == "__main__":
    house.main()
