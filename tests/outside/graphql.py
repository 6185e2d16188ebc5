"""GraphQL over sockets: documents that clients name survive a kill and are known to every process, a model that moves moves
every schema, settings do what they say, and what is too large is refused without harm."""
import hashlib
import json
import urllib.parse

import house

NEW = {"Accept": "application/graphql-response+json"}
POSTS = [{"name": "posts", "fields": [{"name": "title", "kind": "text", "required": True}]}]
JSON = {"Content-Type": "application/json"}
LIST = "{ posts(orderBy: [{title: ASC}]) { title } }"


def hash_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


def by_hash(text, with_text=False):
    request = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}}
    return request | ({"query": text} if with_text else {})


class GraphQL(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model(POSTS)
        self.key = self.make_key()
        self.import_rows("posts", [{"_id": house.item_id(i + 1), "title": f"post {i}"} for i in range(3)])

    def ask(self, client, query, **more):
        return client.post("/graphql", {"query": query} | more, headers=NEW)

    def found(self, answer):
        self.assert_status(answer, 200)
        self.assertNotIn("errors", answer.json, answer)
        return answer.json["data"]

    def code(self, answer):
        return answer.json["errors"][0]["extensions"]["code"]

    def test_documents_survive_a_kill_and_are_known_to_every_process(self):
        server = self.serve()
        client = server.client(self.key)
        made = client.post("/api/content/item/graphql_documents", {"data": {"name": "titles", "source": LIST}})
        self.assert_status(made, 200)
        self.assertEqual(made.json["hash"], hash_of(LIST))
        other = self.serve()
        for one in (client, other.client(self.key)):
            for path in ("/graphql/titles", f"/graphql/sha256:{hash_of(LIST)}"):
                self.assertEqual(len(self.found(one.get(path))["posts"]), 3)
        # What clients registered is gone with the process; the client sends it once more.
        text = "{ a: posts { title } }"
        self.assertEqual(self.code(client.post("/graphql", by_hash(text))), "PERSISTED_QUERY_NOT_FOUND")
        self.assertEqual(len(self.found(client.post("/graphql", by_hash(text, True)))["a"]), 3)
        self.assertEqual(len(self.found(client.post("/graphql", by_hash(text)))["a"]), 3)
        server.kill()
        server = self.serve()
        client = server.client(self.key)
        self.assertEqual(len(self.found(client.get("/graphql/titles"))["posts"]), 3)
        self.assertEqual(self.code(client.post("/graphql", by_hash(text))), "PERSISTED_QUERY_NOT_FOUND")
        self.assertEqual(len(self.found(client.post("/graphql", by_hash(text, True)))["a"]), 3)
        # A document that changes is the new one at once, also where another process changed it.
        changed = other.client(self.key).ask("PATCH", f"/api/content/item/graphql_documents/{made.json['_id']}",
                                             {"source": "{ posts(limit: 1) { title } }"})
        self.assert_status(changed, 200)
        self.assertEqual(len(self.found(client.get("/graphql/titles"))["posts"]), 1)
        self.assert_status(client.get(f"/graphql/sha256:{hash_of(LIST)}"), 404)
        self.assert_status(other.client(self.key).ask("DELETE", f"/api/content/item/graphql_documents/{made.json['_id']}"), 200)
        self.assert_status(client.get("/graphql/titles"), 404)
        self.assert_sound()

    def test_answers_to_named_documents_are_kept_until_they_change(self):
        server = self.serve()
        client = server.client(self.key)
        self.assert_status(client.post("/api/content/item/graphql_documents",
                                       {"data": {"name": "titles", "source": LIST, "max_age": 5}}), 200)
        first = self.assert_status(client.get("/graphql/titles"), 200)
        self.assertEqual(first.headers["cache-control"], "private, max-age=5")
        self.assertIn("Accept", first.headers["vary"])
        tag = {"If-None-Match": first.headers["etag"]}
        self.assert_status(client.get("/graphql/titles", headers=tag), 304)
        self.assert_status(client.ask("PATCH", f"/api/content/item/posts/{house.item_id(1)}", {"title": "another"}), 200)
        self.assert_status(client.get("/graphql/titles", headers=tag), 200)

    def test_a_model_that_moves_moves_every_schema(self):
        server, other = self.serve(), self.serve()
        clients = [server.client(self.key), other.client(self.key)]
        for client in clients:
            self.assertEqual(self.code(self.ask(client, "{ posts { views } }")), "GRAPHQL_VALIDATION_FAILED")
        self.command("model", "apply", self.write("wider.json", [
            {"name": "posts", "fields": POSTS[0]["fields"] + [{"name": "views", "kind": "number", "integer": True}]}]))
        for client in clients:
            self.assertEqual(self.found(self.ask(client, "{ posts(limit: 1) { views } }")), {"posts": [{"views": None}]})
            self.assertIn("views", client.get("/graphql/schema.graphql").body.decode())
        # So do rights: what a role gets is in its schema with the next request.
        self.make_role(7, "reader", [])
        reader = self.make_key("--role", "reader")
        self.assertEqual(self.code(self.ask(server.client(reader), "{ posts { title } }")), "GRAPHQL_VALIDATION_FAILED")
        self.assert_status(clients[1].post("/api/content/item/grants", {"data": {
            "role": house.item_id(7), "collection": "posts", "verbs": ["read"], "fields": ["title"]}}), 200)
        self.assertEqual(len(self.found(self.ask(server.client(reader), "{ posts { title } }"))["posts"]), 3)
        self.assertEqual(self.code(self.ask(server.client(reader), "{ posts { views } }")), "GRAPHQL_VALIDATION_FAILED")

    def test_roles_may_know_listed_documents_alone(self):
        self.make_role(7, "visitor", [{"collection": "posts", "verbs": ["read"]}], graphql_documents="trusted")
        visitor = self.make_key("--role", "visitor")
        server = self.serve()
        client, admin = server.client(visitor), server.client(self.key)
        self.assert_status(admin.post("/api/content/item/graphql_documents", {"data": {"name": "titles", "source": LIST}}), 200)
        refused = self.assert_status(self.ask(client, "{ posts { title } }"), 403)
        self.assertEqual(self.code(refused), "PERSISTED_DOCUMENT_REQUIRED")
        self.assertEqual(len(self.found(client.get("/graphql/titles"))["posts"]), 3)
        self.assertEqual(len(self.found(self.ask(client, LIST))["posts"]), 3)
        self.assert_status(self.ask(client, "{ __schema { queryType { name } } }"), 403)

    def test_settings_do_what_they_say(self):
        rows = (
            ({}, lambda c: c.post("/graphql", [{"query": "{__typename}"}]), 400),
            ({"VITRINE_GRAPHQL_BATCH": "2"}, lambda c: c.post("/graphql", [{"query": "{__typename}"}] * 2), 200),
            ({"VITRINE_GRAPHQL_BATCH": "2"}, lambda c: c.post("/graphql", [{"query": "{__typename}"}] * 3), 400),
            ({"VITRINE_GRAPHQL_BATCH": "10"}, lambda c: c.post("/graphql", [{"query": "{__typename}"}] * 10), 200),
            ({"VITRINE_GRAPHQL_COST": "5"}, lambda c: self.ask(c, "{posts(limit: 5) {title}}"), 200),
            ({"VITRINE_GRAPHQL_COST": "5"}, lambda c: self.ask(c, "{posts(limit: 6) {title}}"), 400),
            ({"VITRINE_GRAPHQL_STATUS_PROFILE": "draft-2026"}, lambda c: self.ask(c, "{nothing}"), 422),
            ({"VITRINE_GRAPHQL_INTROSPECTION_PUBLIC": "false"}, lambda c: c.get("/graphql/schema.graphql", headers={"api-key": "public"}), 401),
            ({}, lambda c: c.get("/graphql/schema.graphql", headers={"api-key": "public"}), 200),
            ({"VITRINE_GRAPHQL_AUTOMATIC_DOCUMENTS": "false"}, lambda c: c.post("/graphql", by_hash(LIST), headers=NEW), 404),
            ({"VITRINE_LIMITS_JSON_BODY": "1 KiB"}, lambda c: self.ask(c, "#" * 2000 + "\n{__typename}"), 413),
        )
        for env, ask, status in rows:
            with self.subTest(env=env, status=status):
                server = self.serve(env=env)
                self.assert_status(ask(server.client() if "public" in str(env) or status == 401 else server.client(self.key)), status)
                server.gone()
        for env in ({"VITRINE_GRAPHQL_BATCH": "11"}, {"VITRINE_GRAPHQL_COST": "0"}, {"VITRINE_GRAPHQL_STATUS_PROFILE": "new"}):
            code, said = self.serve_badly(env=env)
            self.assertEqual(code, 3, said)
            self.assertIn("graphql.", said)

    def test_files_come_with_requests_where_that_is_wanted(self):
        body = (b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
                b'{"query":"mutation($f:Upload!){uploadAsset(file:$f){_id title size}}","variables":{"f":null}}\r\n'
                b'--x\r\nContent-Disposition: form-data; name="map"\r\n\r\n{"0":["variables.f"]}\r\n'
                b'--x\r\nContent-Disposition: form-data; name="0"; filename="note.txt"\r\n\r\n' + b"n" * 3_000_000 + b"\r\n--x--\r\n")
        form = {"Content-Type": "multipart/form-data; boundary=x"}
        server = self.serve(env={"VITRINE_GRAPHQL_UPLOADS": "true"})
        made = self.found(server.client(self.key).post("/graphql", body, headers=form))["uploadAsset"]
        self.assertEqual(made["size"], 3_000_000)
        bytes_ = self.assert_status(server.client(self.key).get(f"/api/assets/{made['_id']}/file"), 200).body
        self.assertEqual(bytes_, b"n" * 3_000_000)
        self.assert_status(server.client().post("/graphql", body, headers=form), 403)
        server.gone()
        server = self.serve()
        self.assert_status(server.client(self.key).post("/graphql", body[:1000], headers=form), 415)
        self.assert_sound()

    def test_what_is_too_large_is_refused_without_harm(self):
        server = self.serve()
        client = server.client(self.key)
        long_target = "/graphql?query=" + urllib.parse.quote("{" + "a " * 4000 + "}")
        for answer, status in (
                (self.ask(client, "{" + " " * (64 << 10) + "}"), 400),
                (self.ask(client, "{" * 5000), 400),
                (self.ask(client, "{__typename " * 9999), 400),
                (self.ask(client, "{" + " ".join(f"a{i}:__typename" for i in range(101)) + "}"), 400),
                (client.get(long_target), 414),
                (client.post("/graphql", b"[" * 100_000, headers=JSON), 400),
                (client.post("/graphql", b'{"query":"{__typename}","x":"' + b"x" * (1 << 20) + b'"}', headers=JSON), 413)):
            self.assert_status(answer, status)
            self.assertIn("errors", answer.json if status != 414 else {"errors": 1})
            client = server.client(self.key)
        self.assertEqual(self.found(self.ask(client, "{ __typename }")), {"__typename": "Query"})

    def test_changes_say_how_they_came(self):
        server = self.serve()
        client = server.client(self.key)
        made = self.found(self.ask(client, 'mutation { createPost(data: {title: "new"}) { _id } }'))["createPost"]["_id"]
        entry = client.get("/api/content/items/journal?" + urllib.parse.urlencode({"filter": json.dumps({"item": made})}))
        self.assertEqual([row["via"] for row in self.assert_status(entry, 200).json], ["graphql"])
        self.assert_status(client.get("/graphql?query=" + urllib.parse.quote('mutation { createPost(data: {title: "x"}) { _id } }')), 405)
        self.assertEqual(len(self.found(self.ask(client, "{ posts { title } }"))["posts"]), 4)


if __name__ == "__main__":
    house.main()
