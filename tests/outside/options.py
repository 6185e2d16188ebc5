"""Command lines, right and wrong: what they say, where they say it, and the exit code (0 ok, 1 failed,
2 usage, 3 configuration, 4 data)."""
import json
import os
import re

import house

WIDTH = 80


class Help(house.Case):
    def test_help_lists_every_command_in_eighty_columns(self):
        texts = [self.run_vitrine(*words) for words in (("help",), ("--help",), ("-h",), ())]
        for said in texts:
            self.assertEqual((said.code, said.errors), (0, ""), said)
            self.assertEqual(said.out, texts[0].out)
        names = set(re.findall(r"^  vitrine (\w+)", texts[0].out, re.MULTILINE))
        self.assertLessEqual({"serve", "user", "key", "role", "model", "import", "export", "check", "config", "version",
                              "help"}, names)
        for text in [texts[0].out] + [self.run_vitrine("help", name).out for name in sorted(names)]:
            for line in text.splitlines():
                self.assertLessEqual(len(line), WIDTH, line)

    def test_help_of_a_command_is_about_it(self):
        said = self.run_vitrine("help", "key")
        self.assertIn("key create", said.out)
        self.assertNotIn("user add", said.out)

    def test_version_names_the_libraries(self):
        for words in (("version",), ("--version",)):
            said = self.run_vitrine(*words)
            self.assertEqual(said.code, 0, said)
            for library in ("vitrine", "sqlite", "libsodium", "civetweb", "tls OpenSSL"):
                self.assertRegex(said.out, rf"(?m)^{library} \d+\.\d+")
        self.assertIsInstance(json.loads(self.run_vitrine("version", "--json").out), dict)


class Options(house.Case):
    """What is wrong is said in a sentence on standard error, and nothing is made on the disk."""

    def test_wrong_lines_are_usage_errors(self):
        for words, says in (
                (("srve",), "srve"),
                (("user",), "user"),
                (("user", "ad"), "user"),
                (("key", "create"), "--role"),
                (("key", "create", "--role", "a", "--user", "b"), "--user"),
                (("key", "create", "--role"), "--role"),
                (("key", "create", "--role", "admin", "--expires", "tomorrow"), "--expires"),
                (("key", "create", "--role", "admin", "--json=yes"), "--json"),
                (("key", "create", "--rloe", "admin"), "--rloe"),
                (("key", "revoke"), "id"),
                (("key", "revoke", "a", "b"), "id"),
                (("user", "add", "--email", "a@b.c"), "--password-file"),
                (("user", "disable"), "mail"),
                (("import", "rows.ndjson"), "--collection"),
                (("import", "--collection", "posts"), "file"),
                (("export",), "--collection"),
                (("model", "apply"), "file"),
                (("model", "show"), "name"),
                (("serve", "--listne", "127.0.0.1:0"), "--listne"),
                (("serve", "--port", "80"), "--port"),
                (("serve", "--log-level", "loud"), "debug info warn error"),
                (("serve", "--demo=x"), "demo"),
                (("help", "srve"), "no such command"),
        ):
            with self.subTest(words=words):
                said = self.run_vitrine(*words, *(() if words[0] == "srve" else ("--data", self.data)))
                self.assertEqual(said.code, 2, said)
                self.assertIn(says, said.errors)
                self.assertEqual(said.out, "")
                self.assertNotIn("Sanitizer", said.errors)
                self.assertFalse(os.path.exists(self.data), said)

    def test_wrong_configuration_is_named_with_the_nearest_that_exists(self):
        for words, env, content, says in (
                (("--listen", "nowhere"), {}, None, "nowhere"),
                (("--listen", "127.0.0.1:99999"), {}, None, "99999"),
                (("--tls-cert", "x.pem"), {}, None, "tls"),
                (("--config", "missing.json"), {}, None, "missing.json"),
                ((), {"VITRINE_HTTP_THREADS": "many"}, None, "VITRINE_HTTP_THREADS"),
                ((), {"VITRINE_ADMIN_PASSWORD_FILE": "missing"}, None, "missing"),
                ((), {}, '{"lisen": "127.0.0.1:0"}', "listen"),
                ((), {}, '{"http": {"thread": 3}}', "http.threads"),
                ((), {}, '{"http": {"threads": "three"}}', "http.threads"),
                ((), {}, '{"http": ', "vitrine.json"),
        ):
            with self.subTest(words=words, env=env, content=content):
                if content is not None:
                    self.write("vitrine.json", content)
                for command in ("serve", "check"):
                    said = self.run_vitrine(command, "--data", self.data, *words, env=env)
                    self.assertEqual(said.code, 3, said)
                    self.assertIn(says, said.errors)
                    self.assertNotIn("Sanitizer", said.errors)
                self.assertFalse(os.path.exists(self.data))
                if content is not None:
                    os.unlink(self.path("vitrine.json"))

    def test_a_configuration_file_may_have_comments(self):
        self.write("vitrine.json", '{\n  // where it lies\n  data: "here",\n}\n')
        said = self.run_vitrine("config", "show", "--origin")
        self.assertEqual(said.code, 0, said)
        self.assertRegex(said.out, r'data = "here" +\(file\)')
        schema = self.run_vitrine("config", "schema")
        self.assertIn("listen", json.loads(schema.out)["properties"])

    def test_flags_beat_the_environment_which_beats_the_file(self):
        self.write("vitrine.json", '{"log": {"level": "error"}, "http": {"threads": 11}}')
        env = {"VITRINE_HTTP_THREADS": "12", "VITRINE_LOG_LEVEL": "warn"}
        said = self.run_vitrine("config", "show", "--log-level", "debug", env=env)
        self.assertRegex(said.out, r"log\.level\W+debug")
        self.assertRegex(said.out, r"http\.threads\W+12")

    def test_secrets_are_not_shown(self):
        said = self.run_vitrine("config", "show", "--origin", env={"VITRINE_ADMIN_PASSWORD": house.PASSWORD})
        self.assertEqual(said.code, 0, said)
        self.assertIn("admin.password", said.out)
        self.assertNotIn(house.PASSWORD, said.out + said.errors)

    def test_commands_fail_with_a_sentence(self):
        self.make_model()
        empty, rows = self.write("empty.json", ""), self.write("rows.ndjson", '{"title":"x"}\n')
        secret = self.write("password", house.PASSWORD)
        for words, code, says in (
                (("key", "create", "--role", "nobody"), 1, "nobody"),
                (("key", "create", "--user", "nobody@example.com"), 1, "nobody@example.com"),
                (("key", "create", "--role", "admin", "--kind", "golden"), 1, "native"),
                (("key", "revoke", house.item_id(7)), 1, ""),
                (("key", "rotate", house.item_id(7)), 1, ""),
                (("user", "disable", "nobody@example.com"), 1, "nobody@example.com"),
                (("user", "add", "--email", "no address", "--role", "admin", "--password-file", secret), 1, "mail"),
                (("user", "add", "--email", "a@example.com", "--role", "nobody", "--password-file", secret), 1, "nobody"),
                (("user", "add", "--email", "a@example.com", "--role", "admin", "--password-file", empty), 1, "password"),
                (("user", "add", "--email", "a@example.com", "--role", "admin", "--password-file", "absent"), 1, "absent"),
                (("role", "show", "nobody"), 1, "nobody"),
                (("role", "audit", "nobody"), 1, "nobody"),
                (("model", "show", "nothing"), 1, "nothing"),
                (("model", "apply", "absent.json"), 1, "absent.json"),
                (("model", "apply", empty), 1, ""),
                (("model", "apply", self.write("bad.json", [{"name": "x", "fields": [{"name": "y", "kind": "z"}]}])), 1, "z"),
                (("import", "--collection", "nothing", rows), 1, "nothing"),
                (("import", "--collection", "posts", "absent.ndjson"), 1, "absent.ndjson"),
                (("import", "--collection", "posts", secret), 1, ".ndjson"),
                (("export", "--collection", "nothing"), 1, "nothing"),
        ):
            with self.subTest(words=words):
                before = self.dump()
                said = self.run_vitrine(*words, "--data", self.data)
                self.assertEqual(said.code, code, said)
                self.assertRegex(said.errors, r"^vitrine: .+\n")
                self.assertIn(says.lower(), said.errors.lower())
                self.assertEqual(self.dump(), before)

    def test_a_directory_that_is_not_there_is_made_by_few(self):
        for words in (("check",), ("user", "list"), ("key", "list"), ("role", "list"), ("export", "--collection", "x")):
            with self.subTest(words=words):
                said = self.run_vitrine(*words, "--data", self.data)
                self.assertEqual(said.code, 3, said)
                self.assertIn(self.data, said.errors)
                self.assertFalse(os.path.exists(self.data))

    def test_lists_can_be_read_by_programs(self):
        self.make_model()
        for words in (("user", "list"), ("key", "list"), ("role", "list"), ("role", "show", "admin"), ("model", "list"),
                      ("config", "show"), ("check",)):
            with self.subTest(words=words):
                said = self.run_vitrine(*words, "--json", "--data", self.data)
                self.assertEqual(said.code, 0, said)
                json.loads(said.out)


if __name__ == "__main__":
    house.main()
