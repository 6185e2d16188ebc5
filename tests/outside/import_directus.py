"""A Directus project comes in from a schema snapshot and its items."""
import json
import os
import sqlite3

import house


def field(collection, name, kind="string", special=None, interface=None, options=None, **table):
    required = table.pop("required", False)
    meta = {"special": [special] if special else None, "interface": interface, "options": options, "required": required}
    return {"collection": collection, "field": name, "type": kind, "meta": meta, "schema": None if kind == "alias" else table}


def key(collection, kind="integer", special=None, name="id"):
    return field(collection, name, kind, special, is_primary_key=True)


def relation(collection, name, to, one_field=None, junction=None, sort=None, allowed=None, any_field=None):
    return {"collection": collection, "field": name, "related_collection": to, "meta": {
        "one_field": one_field, "junction_field": junction, "sort_field": sort, "one_allowed_collections": allowed,
        "one_collection_field": any_field}}


def table(name, **meta):
    return {"collection": name, "meta": {"singleton": False} | meta, "schema": {"name": name}}


STATES = {"choices": [{"text": v.title(), "value": v} for v in ("published", "draft", "archived")]}
SNAPSHOT = {"version": 1, "directus": "11.0.0", "collections": [
    {"collection": "folder", "meta": {}, "schema": None},
    table("posts", archive_field="status", archive_value="archived"), table("authors"), table("tags"), table("posts_tags"),
    table("posts_parts"), table("quotes"), table("home", singleton=True), table("languages"), table("posts_languages")],
    "fields": [
        key("posts", "uuid", "uuid"), field("posts", "status", options=STATES, default_value="draft"),
        field("posts", "sort", "integer"), field("posts", "title", required=True, max_length=255), field("posts", "price", "decimal"),
        field("posts", "body", "text", interface="input-rich-text-html"), field("posts", "when", "dateTime"),
        field("posts", "mood", interface="select-dropdown", options={"choices": [{"text": "Calm", "value": "calm"}]}),
        field("posts", "words", "csv", "cast-csv", interface="tags"), field("posts", "extra", "json", "cast-json"),
        field("posts", "token", "hash", "hash"), field("posts", "cover", "uuid", "file"), field("posts", "divider", "alias", "no-data"),
        field("posts", "user_created", "uuid", "user-created"), field("posts", "date_created", "timestamp", "date-created"),
        field("posts", "date_updated", "timestamp", "date-updated"), field("posts", "author", "integer", "m2o"),
        field("posts", "tags", "alias", "m2m"), field("posts", "parts", "alias", "m2a"), field("posts", "translations", "alias", "translations"),
        key("authors"), field("authors", "name"), field("authors", "posts", "alias", "o2m"),
        key("tags"), field("tags", "name", is_unique=True), key("quotes"), field("quotes", "text", "text"),
        key("posts_tags"), field("posts_tags", "posts_id", "uuid"), field("posts_tags", "tags_id", "integer"), field("posts_tags", "sort", "integer"),
        key("posts_parts"), field("posts_parts", "posts_id", "uuid"), field("posts_parts", "item"), field("posts_parts", "collection"),
        field("posts_parts", "sort", "integer"), key("home"), field("home", "heading"), key("languages", "string", name="code"),
        field("languages", "name"), key("posts_languages"), field("posts_languages", "posts_id", "uuid"),
        field("posts_languages", "languages_code"), field("posts_languages", "title")],
    "relations": [
        relation("posts", "author", "authors", "posts"), relation("posts", "cover", "directus_files"),
        relation("posts", "user_created", "directus_users"),
        relation("posts_tags", "posts_id", "posts", "tags", "tags_id", "sort"), relation("posts_tags", "tags_id", "tags", None, "posts_id"),
        relation("posts_parts", "posts_id", "posts", "parts", "item", "sort"),
        relation("posts_parts", "item", None, None, "posts_id", None, ["quotes", "tags"], "collection"),
        relation("posts_languages", "posts_id", "posts", "translations", "languages_code"),
        relation("posts_languages", "languages_code", "languages", None, "posts_id")]}
A, B, C = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002", "cccccccc-0000-4000-8000-000000000003"
ITEMS = {
    "posts": {"data": [
        {"id": A, "status": "published", "sort": 3, "title": "One ß [\"]\\", "price": "12.50", "body": "<p>x</p>", "when": "2024-05-06T07:08:09",
         "mood": "calm", "words": ["a", "b"], "extra": {"k": [1, {"z": "]"}]}, "token": "$argon2$hush", "cover": C,
         "user_created": B, "date_created": "2024-01-02T03:04:05.000Z", "date_updated": None, "author": 1, "tags": [1, 2], "parts": [1]},
        {"id": B, "status": "draft", "title": "Two", "author": {"id": 1, "name": "Ann"}},
        {"id": C, "status": "archived", "title": "Three", "author": None}], "meta": {"total_count": 3}},
    "authors": [{"id": 1, "name": "Ann"}], "tags": {"data": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]},
    "quotes": {"data": [{"id": 1, "text": "So"}]}, "home": {"data": {"id": 1, "heading": "Hello [you]"}},
    "posts_tags": [{"id": 1, "posts_id": A, "tags_id": 1, "sort": 2}, {"id": 2, "posts_id": A, "tags_id": 2, "sort": 1},
                   {"id": 3, "posts_id": "gone", "tags_id": 2, "sort": 1}],
    "posts_parts": {"data": [{"id": 1, "posts_id": A, "item": "1", "collection": "quotes", "sort": 1},
                             {"id": 2, "posts_id": A, "item": "2", "collection": "tags", "sort": 2}]},
    "languages": {"data": [{"code": "de", "name": "Deutsch"}]},
    "posts_languages": {"data": [{"id": 1, "posts_id": A, "languages_code": "de", "title": "Eins"}]}}


class Directus(house.Case):
    def folder_of(self, name, snapshot=SNAPSHOT, items=ITEMS):
        os.makedirs(self.path(name + "/items"))
        self.write(name + "/snapshot.json", snapshot)
        for collection, content in items.items():
            self.write(f"{name}/items/{collection}.json", content)
        return self.path(name)

    def bring(self, folder, *words, code=0):
        said = self.run_vitrine("import", "--from", "directus", folder, "--data", self.data, *words)
        self.assertEqual(said.code, code, said)
        return said

    def items(self, collection):
        return [json.loads(line) for line in self.command("export", "--collection", collection).splitlines()]

    def everything(self):
        names = "posts", "authors", "tags_", "quotes", "home", "languages", "posts_languages"
        return {name: [{k: v for k, v in item.items() if k not in ("_rev", "_modified")} for item in self.items(name)] for name in names}

    def test_a_project_comes_in(self):
        said = self.bring(self.folder_of("site"))
        self.assertIn("posts.token (hash) was not brought along", said.errors)
        self.assertIn("1 links of items that are not there", said.errors)
        posts = {post["title"]: post for post in self.items("posts")}
        one = posts['One ß ["]\\']
        self.assertEqual([one["_state"], posts["Two"]["_state"], posts["Three"]["_state"]], [1, 0, -1])
        self.assertEqual((one["price"], one["body"], one["when"], one["mood"]), (12.5, "<p>x</p>", "2024-05-06T07:08:09Z", "calm"))
        self.assertEqual((one["words"], one["extra"], one["sort"], one["cover"]), (["a", "b"], {"k": [1, {"z": "]"}]}, 3, C))
        self.assertEqual(one["_created"], 1704164645)
        self.assertNotIn("token", one)
        self.assertNotIn("user_created", one)
        author, tags, quote = self.items("authors")[0], {t["name"]: t["_id"] for t in self.items("tags_")}, self.items("quotes")[0]
        self.assertEqual((one["author"]["_id"], posts["Two"]["author"]["_id"]), (author["_id"], author["_id"]))
        self.assertEqual([t["_id"] for t in one["tags"]], [tags["two"], tags["one"]])
        self.assertEqual([(p["_model"], p["_id"]) for p in one["parts"]], [("quotes", quote["_id"]), ("tags_", tags["two"])])
        self.assertEqual(self.items("home")[0]["heading"], "Hello [you]")
        self.assertEqual(self.items("languages")[0]["code"], "de")
        translation = self.items("posts_languages")[0]
        self.assertEqual((translation["title"], translation["posts_id"]["_id"]), ("Eins", one["_id"]))
        self.assertNotIn("hush", " ".join(self.dump()))
        self.command("check")

    def test_twice_is_once(self):
        folder = self.folder_of("site")
        self.bring(folder)
        before = self.everything()
        self.bring(folder)
        self.assertEqual(self.everything(), before)

    def test_a_dry_run_counts_and_changes_nothing(self):
        self.make_model([{"name": "other", "fields": []}])
        before = self.dump()
        said = self.bring(self.folder_of("site"), "--dry-run")
        self.assertRegex(said.out, r"posts +3 taken +0 refused")
        self.assertEqual(self.dump(), before)

    def test_what_is_broken_changes_nothing(self):
        self.make_model([{"name": "other", "fields": []}])
        before = self.dump()
        text = json.dumps(ITEMS["posts"])
        broken = {
            "no folder": (None, None, "snapshot.json"), "list": ([], ITEMS, "no schema snapshot"), "syntax": ('{"collections":', ITEMS, "snapshot.json"),
            "cut": (SNAPSHOT, ITEMS | {"posts": text[:-40]}, "too early"), "cut later": (SNAPSHOT, ITEMS | {"posts": text[:-1]}, "too early"),
            "no list": (SNAPSHOT, ITEMS | {"posts": '"x"'}, "neither"), "errors": (SNAPSHOT, ITEMS | {"posts": {"errors": []}}, "neither"),
            "numbers": (SNAPSHOT, ITEMS | {"posts": [1]}, "neither"), "deep": (SNAPSHOT, ITEMS | {"posts": '[{"a":' + "[" * 500}, "too early"),
            "too deep": (SNAPSHOT, ITEMS | {"posts": '[{"a":' + "[" * 500 + "]" * 500 + "}]"}, "posts.json"),
            "no key": (SNAPSHOT, ITEMS | {"tags": [{"name": "x"}]}, "without its key id"),
            "path": (SNAPSHOT | {"collections": [table("../x")]}, ITEMS, "cannot be called")}
        for name, (snapshot, items, sentence) in broken.items():
            with self.subTest(name):
                folder = self.folder_of(name, snapshot, items) if items else self.path(name)
                said = self.run_vitrine("import", "--from", "directus", folder, "--data", self.data)
                self.assertNotIn(said.code, (0, 2), said)
                self.assertIn(sentence, said.errors)
                self.assertEqual(self.dump(), before)

    def test_an_item_with_many_links(self):
        links = [{"id": i, "posts_id": A, "tags_id": i, "sort": 3000 - i} for i in range(3000)]
        tags = [{"id": i, "name": f"tag {i}"} for i in range(3000)]
        self.bring(self.folder_of("site", items=ITEMS | {"posts_tags": links, "tags": tags}))
        db = sqlite3.connect(f"file:{self.data}/vitrine.db?mode=ro", uri=True)
        rows = db.execute('select t.name from "posts.tags" l join c_tags_ t on t._id = l.target order by l.position').fetchall()
        db.close()
        self.assertEqual([name for name, in rows], [f"tag {i}" for i in reversed(range(3000))])

    def test_yaml_is_asked_for_as_json(self):
        os.makedirs(self.path("site"))
        self.write("site/snapshot.yaml", "version: 1\n")
        said = self.run_vitrine("import", "--from", "directus", self.path("site"), "--data", self.data)
        self.assertIn("--format json", said.errors)


if __name__ == "__main__":
    house.main()
