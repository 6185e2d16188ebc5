"""A Strapi project comes in from its export archive (the layout that strapi export --no-encrypt writes)."""
import io
import json
import tarfile

import house

I18N = {"i18n": {"localized": True}}


def schema(uid, attributes, **more):
    name = uid.replace("::", ".").rsplit(".", 1)[1]
    plain = {"uid": uid, "modelType": "contentType", "kind": "collectionType", "modelName": name, "options": {},
             "pluginOptions": {}, "info": {"singularName": name, "pluralName": name + "s", "displayName": name.title()}}
    times = {"createdAt": {"type": "datetime"}, "createdBy": {"type": "relation", "relation": "oneToOne", "target": "admin::user"}}
    return plain | {"attributes": attributes | times} | more


SCHEMAS = [
    schema("admin::user", {"email": {"type": "email"}, "password": {"type": "password"}}),
    schema("plugin::upload.file", {"name": {"type": "string", "required": True}, "url": {"type": "string"}, "hash": {"type": "string"},
                                   "alternativeText": {"type": "string"}, "size": {"type": "decimal"},
                                   "related": {"type": "relation", "relation": "morphToMany"}}),
    schema("api::article.article", {
        "title": {"type": "string", "required": True, "maxLength": 80, "pluginOptions": I18N},
        "slug": {"type": "uid", "targetField": "title", "pluginOptions": I18N},
        "body": {"type": "richtext", "pluginOptions": I18N}, "views": {"type": "biginteger"}, "price": {"type": "decimal"},
        "opens": {"type": "time"}, "mood": {"type": "enumeration", "enum": ["calm", "wild"]}, "raw": {"type": "blocks"},
        "secret": {"type": "password"}, "cover": {"type": "media", "multiple": False},
        "author": {"type": "relation", "relation": "manyToOne", "target": "api::author.author", "inversedBy": "articles"},
        "tags": {"type": "relation", "relation": "manyToMany", "target": "api::tag.tag"},
        "seo": {"type": "component", "component": "shared.seo", "pluginOptions": I18N},
        "plans": {"type": "component", "component": "elements.plan", "repeatable": True},
        "zone": {"type": "dynamiczone", "components": ["elements.plan", "layout.tag"]}},
        options={"draftAndPublish": True}, pluginOptions=I18N),
    schema("api::author.author", {"name": {"type": "string"}, "articles": {
        "type": "relation", "relation": "oneToMany", "target": "api::article.article", "mappedBy": "author"}}),
    schema("api::tag.tag", {"name": {"type": "string", "unique": True}}),
    schema("api::home.home", {"heading": {"type": "string"}}, kind="singleType"),
    schema("shared.seo", {"description": {"type": "text"}, "image": {"type": "media"}}, modelType="component"),
    schema("elements.plan", {"name": {"type": "string"}, "seo": {"type": "component", "component": "shared.seo"},
                             "tags": {"type": "relation", "relation": "oneToMany", "target": "api::tag.tag"}}, modelType="component"),
    schema("layout.tag", {"word": {"type": "string"}}, modelType="component"),
]
CREATED, UPDATED, LATER = "2025-12-12T16:44:06.913Z", "2025-12-12T18:35:12.820Z", "2026-01-01T00:00:00.000Z"


def row(uid, number, document, published=True, updated=UPDATED, **data):
    times = {"createdAt": CREATED, "updatedAt": updated, "publishedAt": updated if published else None}
    return {"type": uid, "id": number, "data": {"documentId": document, "locale": None} | times | data}


def article(number, document, locale, published, title, updated=UPDATED, **more):
    plan = {"id": 100 + number, "name": "Plan", "seo": {"id": 300 + number, "description": "deep"}}
    zone = [{"__component": "layout.tag", "id": 200 + number, "word": "w"}, {"__component": "elements.plan", "id": 400 + number, "name": "Z"}]
    return row("api::article.article", number, document, published, updated, locale=locale, title=title, slug=title.lower(), views="12345678901",
               price=1.5, opens="09:30:00.000", mood="calm", raw=[{"type": "paragraph"}], secret="hash",
               seo={"id": 500 + number, "description": title}, plans=[plan], zone=zone, **more)


ENTITIES = [
    {"type": "admin::user", "id": 1, "data": {"email": "root@example.com", "password": "$2a$10$hush"}},
    row("plugin::upload.file", 5, "file5", name="sea.png", url="/uploads/sea.png", hash="sea", size=61.25),
    article(1, "doc1", "en", False, "Changed", LATER), article(2, "doc1", "en", True, "Tide"), article(3, "doc1", "de", True, "Flut"),
    article(4, "doc1", "fr", False, "Marée"), article(6, "doc2", "en", False, "Draft"), article(7, "doc3", "de", True, "Nur"),
    row("api::author.author", 1, "ann", name="Ann"), row("api::tag.tag", 1, "t1", name="one"), row("api::tag.tag", 2, "t2", name="two"),
    row("api::home.home", 1, "home", heading="Hello"),
    *({"type": "plugin::i18n.locale", "id": i, "data": {"code": code, "name": code}} for i, code in enumerate(["de", "en", "fr"], 1)),
]


def link(uid, number, field, target, ref, position=None, kind="relation.basic"):
    left = {"type": uid, "field": field, "ref": number} | ({"pos": position} if position else {})
    return {"kind": kind, "relation": "manyToMany", "left": left, "right": {"type": target, "ref": ref}}


def use(uid, number, field, file=5):
    return {"kind": "relation.morph", "relation": "morphToMany", "left": {"type": "plugin::upload.file", "field": "related", "ref": file},
            "right": {"type": uid, "ref": number, "field": field, "pos": 1}}


LINKS = [
    link("api::article.article", 1, "author", "api::author.author", 1), link("api::article.article", 2, "author", "api::author.author", 1),
    link("api::article.article", 2, "tags", "api::tag.tag", 1, 2), link("api::article.article", 2, "tags", "api::tag.tag", 2, 1.5),
    link("api::article.article", 1, "tags", "api::tag.tag", 1, 1), link("elements.plan", 102, "tags", "api::tag.tag", 2, 1),
    link("elements.plan", 402, "tags", "api::tag.tag", 1, 1), use("api::article.article", 2, "cover"), use("shared.seo", 302, "image"),
    link("api::article.article", 2, "createdBy", "admin::user", 1),
    {"kind": "relation.circular", "relation": "oneToMany", "left": {"type": "api::article.article", "ref": 1, "field": "localizations"},
     "right": {"type": "api::article.article", "ref": "doc1"}},
]
SETTINGS = [{"type": "core-store", "value": {"key": "plugin_i18n_default_locale", "value": "en"}}]


def archive(schemas=SCHEMAS, entities=ENTITIES, links=LINKS, settings=SETTINGS, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.USTAR_FORMAT) as tar:
        for name, rows in ("schemas", schemas), ("entities", entities), ("links", links), ("configuration", settings):
            half = len(rows) // 2
            for number, some in (1, rows[:half]), (2, rows[half:]):
                text = "\n".join(json.dumps(one, ensure_ascii=False) for one in some).encode()
                info = tarfile.TarInfo(f"{name}/{name}_{number:05}.jsonl")
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text))
        text = b'{"strapi":{"version":"5.0.0"}}'
        info = tarfile.TarInfo("metadata.json")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))
    return out.getvalue()


class Strapi(house.Case):
    def put(self, name, content):
        with open(self.path(name), "wb") as f:
            f.write(content)
        return self.path(name)

    def bring(self, content, *words, code=0):
        said = self.run_vitrine("import", "--from", "strapi", self.put("export.tar", content), "--data", self.data, *words)
        self.assertEqual(said.code, code, said)
        return said

    def items(self, collection):
        return [json.loads(line) for line in self.command("export", "--collection", collection).splitlines()]

    def everything(self):
        names = "articles", "authors", "tags_", "home", "media", "locales"
        return {name: [{k: v for k, v in item.items() if k not in ("_rev", "_modified")} for item in self.items(name)] for name in names}

    def test_a_project_comes_in(self):
        said = self.bring(archive())
        self.assertIn("1 published items have changes", said.errors)
        self.assertIn("1 translations", said.errors)
        self.assertIn("secret (password)", said.errors)
        tags = {tag["name"]: tag["_id"] for tag in self.items("tags_")}
        media, author = self.items("media")[0], self.items("authors")[0]
        self.assertEqual((media["url"], media["size"]), ("/uploads/sea.png", 61.25))
        self.assertEqual(self.items("home")[0]["heading"], "Hello")
        articles = {item["title"]["en"]: item for item in self.items("articles")}
        self.assertEqual({title: item["_state"] for title, item in articles.items()}, {"Tide": 1, "Draft": 0, "Nur": 1})
        tide = articles["Tide"]
        self.assertEqual(tide["title"], {"en": "Tide", "de": "Flut"})
        self.assertEqual(tide["slug"], {"en": "tide", "de": "flut"})
        self.assertEqual(articles["Nur"]["title"], {"en": "Nur", "de": "Nur"})
        self.assertEqual((tide["views"], tide["price"], tide["opens"], tide["mood"]), (12345678901, 1.5, "09:30", "calm"))
        self.assertEqual((tide["_created"], tide["_modified"]), (1765557846, 1765564512))
        self.assertEqual(tide["author"]["_id"], author["_id"])
        self.assertEqual([t["_id"] for t in tide["tags"]], [tags["two"], tags["one"]])
        self.assertEqual(tide["cover"]["_id"], media["_id"])
        self.assertEqual(tide["plans"], [{"name": "Plan", "seo": {"description": "deep", "image": media["_id"]}, "tags": [tags["two"]]}])
        self.assertEqual([block["_component"] for block in tide["zone"]], ["tag", "plan"])
        self.assertEqual(tide["zone"][1]["tags"], [tags["one"]])
        self.assertEqual(tide["seo"]["de"]["description"], "Flut")
        self.assertEqual([locale["code"] for locale in self.items("locales") if locale["standard"]], ["en"])
        everything = " ".join(self.dump())
        self.assertNotIn("root@example.com", everything)
        self.assertNotIn("$2a$10$hush", everything)
        self.command("check")

    def test_twice_is_once(self):
        self.bring(archive(mode="w:gz"))
        before = self.everything()
        self.bring(archive())
        self.assertEqual(self.everything(), before)

    def test_rows_without_documents_are_joined_by_their_translations(self):
        def old(one):
            data = {k: v for k, v in one["data"].items() if k != "documentId"}
            return one | {"data": data}

        links = [link(a, x, "localizations", a, y) for a in ["api::article.article"] for x, y in ((2, 3), (3, 2))]
        self.bring(archive(entities=[old(e) for e in ENTITIES if not e["type"].startswith("api::article") or e["id"] in (2, 3, 6)],
                           links=links + LINKS[1:4]))
        self.assertEqual(sorted(item["title"].get("de", "") for item in self.items("articles")), ["", "Flut"])

    def test_a_dry_run_counts_and_changes_nothing(self):
        self.make_model([{"name": "other", "fields": []}])
        before = self.dump()
        self.assertRegex(self.bring(archive(), "--dry-run").out, r"articles +3 taken +0 refused")
        self.assertEqual(self.dump(), before)

    def test_what_is_broken_changes_nothing(self):
        self.make_model([{"name": "other", "fields": []}])
        before = self.dump()
        whole = archive()
        deep = archive(entities=[{"type": "api::tag.tag", "id": 1, "data": {}}]).replace(b'"data": {}', b'"data":' + b"[" * 3)
        broken = {"empty": (b"", "--no-encrypt"), "noise": (bytes(range(256)) * 40, "--no-encrypt"), "cut": (whole[:-2048], "early"),
                  "in the middle": (whole[:9000], "archive"), "json": (whole.replace(b'"type"', b'"type', 1), "Line 1"),
                  "zero": (archive(links=LINKS + [link("api::article.article", 1, "tags", "api::tag.tag\0" + "0", 1)]), "U+0000"),
                  "deep": (deep, "line 1"), "no schemas": (archive(schemas=[]), "--no-encrypt")}
        for name, (content, sentence) in broken.items():
            with self.subTest(name):
                said = self.run_vitrine("import", "--from", "strapi", self.put("bad.tar", content), "--data", self.data)
                self.assertNotIn(said.code, (0, 2), said)
                self.assertIn(sentence.lower(), said.errors.lower())
                self.assertEqual(self.dump(), before)
        said = self.run_vitrine("import", "--from", "strapi", self.put("a.tar.gz.enc", b"x" * 100), "--data", self.data)
        self.assertIn("--no-encrypt", said.errors)


if __name__ == "__main__":
    house.main()
