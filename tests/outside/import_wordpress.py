"""A WordPress site comes in from its export file."""
import gzip
import json

import house

HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- a comment -- of sorts -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<title>Sea &amp; Land</title>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:base_blog_url>https://sea.example</wp:base_blog_url>
<wp:author><wp:author_login><![CDATA[ada]]></wp:author_login><wp:author_email>ada@example.com</wp:author_email>
<wp:author_display_name><![CDATA[Ada L.]]></wp:author_display_name></wp:author>
<wp:category><wp:category_nicename>harbours</wp:category_nicename><wp:category_parent>sea</wp:category_parent>
<wp:cat_name><![CDATA[Harbours]]></wp:cat_name></wp:category>
<wp:category><wp:category_nicename>sea</wp:category_nicename><wp:category_parent></wp:category_parent>
<wp:cat_name><![CDATA[Sea]]></wp:cat_name></wp:category>
<wp:tag><wp:tag_slug>b%c3%bcro</wp:tag_slug><wp:tag_name><![CDATA[Büro]]></wp:tag_name></wp:tag>
"""
TAIL = "</channel></rss>\n"


def item(number, kind="post", status="publish", title="", body="", **more):
    parent, extra = more.get("parent", 0), more.get("extra", "")
    return f"""<item><title>{title or f"Item {number}"}</title><dc:creator xmlns:dc="x"><![CDATA[ada]]></dc:creator>
<content:encoded><![CDATA[{body}]]></content:encoded><excerpt:encoded xmlns:excerpt="y"><![CDATA[]]></excerpt:encoded>
<wp:post_id>{number}</wp:post_id><wp:post_date_gmt>2024-05-06 07:08:09</wp:post_date_gmt>
<wp:post_modified_gmt>2024-06-07 08:09:10</wp:post_modified_gmt><wp:post_name>item-{number}</wp:post_name>
<wp:status>{status}</wp:status><wp:post_parent>{parent}</wp:post_parent><wp:menu_order>{more.get("order", 0)}</wp:menu_order>
<wp:post_type>{kind}</wp:post_type><wp:post_password>{more.get("password", "")}</wp:post_password>{extra}</item>
"""


SITE = HEAD + "".join([
    item(1, title="Tide &lt;1&gt; &#x2014; &quot;low&quot;", body='<p>Look</p>[gallery ids="4"] [[not]] a ]] b',
         extra="""<category domain="category" nicename="harbours"><![CDATA[Harbours]]></category>
<category domain="category" nicename="sea"><![CDATA[Sea]]></category>
<category domain="post_tag" nicename="b%c3%bcro"><![CDATA[Büro]]></category>
<category domain="post_tag" nicename="unlisted"><![CDATA[Only here]]></category>
<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>4</wp:meta_value></wp:postmeta>
<wp:postmeta><wp:meta_key>mood</wp:meta_key><wp:meta_value><![CDATA[calm]]></wp:meta_value></wp:postmeta>
<wp:comment><wp:comment_id>9</wp:comment_id><wp:comment_content>Nice</wp:comment_content></wp:comment>"""),
    item(2, status="draft"), item(3, status="private"), item(7, status="future"), item(8, status="trash"),
    item(9, password="hush"),
    item(4, "attachment", "inherit", extra="<wp:attachment_url>https://sea.example/tide.jpg</wp:attachment_url>"
         "<wp:postmeta><wp:meta_key>_wp_attachment_image_alt</wp:meta_key><wp:meta_value>Low tide</wp:meta_value></wp:postmeta>"),
    item(6, "page", parent=5, order=2), item(5, "page", order=1),
    item(10, "my-book", extra='<category domain="genre" nicename="epic"><![CDATA[Epic]]></category>'),
    item(11, "nav_menu_item"), item(12, "revision", "inherit")]) + TAIL


class Wordpress(house.Case):
    def bring(self, file, *words, code=0, data=None):
        said = self.run_vitrine("import", "--from", "wordpress", file, "--data", data or self.data, *words)
        self.assertEqual(said.code, code, said)
        return said

    def items(self, collection, data=None):
        lines = self.command("export", "--collection", collection, data=data).splitlines()
        return [json.loads(line) for line in lines]

    def everything(self):
        """All items, without what another writing of the same changes."""
        names = "authors", "categories", "post_tags", "media", "posts", "pages", "my_book", "genre"
        return {name: [{k: v for k, v in item.items() if k not in ("_rev", "_modified")} for item in self.items(name)] for name in names}

    def by_slug(self, collection):
        return {item["slug"]: item for item in self.items(collection)}

    def test_a_site_comes_in(self):
        said = self.bring(self.write("site.xml", SITE))
        self.assertIn("1 shortcodes", said.errors)
        self.assertIn("1 comments", said.errors)
        self.assertIn("2 private", said.errors)
        posts, tags = self.by_slug("posts"), self.by_slug("post_tags")
        categories, media = self.by_slug("categories"), self.by_slug("media")
        self.assertEqual({slug: post["_state"] for slug, post in posts.items()},
                         {"item-1": 1, "item-2": 0, "item-3": 0, "item-7": 0, "item-8": -1, "item-9": 0})
        first = posts["item-1"]
        self.assertEqual(first["title"], 'Tide <1> — "low"')
        self.assertEqual(first["content"], '<p>Look</p>[gallery ids="4"] [[not]] a ]] b')
        self.assertEqual(first["date"], "2024-05-06T07:08:09Z")
        self.assertEqual((first["_created"], first["_modified"]), (1714979289, 1717747750))
        self.assertEqual(first["meta"], {"mood": "calm"})
        self.assertEqual([c["_id"] for c in first["categories"]], [categories["harbours"]["_id"], categories["sea"]["_id"]])
        self.assertEqual([t["_id"] for t in first["tags"]], [tags["büro"]["_id"], tags["unlisted"]["_id"]])
        self.assertEqual(tags["unlisted"]["name"], "Only here")
        self.assertEqual(categories["harbours"]["_pid"], categories["sea"]["_id"])
        self.assertEqual(first["image"]["_id"], media["item-4"]["_id"])
        self.assertEqual((media["item-4"]["url"], media["item-4"]["alt"]), ("https://sea.example/tide.jpg", "Low tide"))
        self.assertEqual([(a["login"], a["name"]) for a in self.items("authors")], [("ada", "Ada L.")])
        pages = self.by_slug("pages")
        self.assertEqual(pages["item-6"]["_pid"], pages["item-5"]["_id"])
        self.assertEqual(self.items("my_book")[0]["genre"][0]["_id"], self.items("genre")[0]["_id"])
        self.command("check")

    def test_twice_is_once(self):
        file = self.path("site.xml.gz")
        with gzip.open(file, "wb") as f:
            f.write(SITE.encode())
        self.bring(file)
        before = self.everything()
        self.bring(file)
        self.assertEqual(self.everything(), before)

    def test_what_an_item_says_again_and_again_counts_once(self):
        self.bring(self.write("site.xml", HEAD + item(1, extra="".join(
            f"<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>{n}</wp:meta_value></wp:postmeta>" for n in [2] + [3] * 200)) +
            item(2, "attachment", "inherit") + item(3, "attachment", "inherit") + TAIL))
        self.assertEqual(self.by_slug("posts")["item-1"]["image"]["_id"], self.by_slug("media")["item-2"]["_id"])

    def test_a_dry_run_counts_and_changes_nothing(self):
        self.make_model([{"name": "other", "fields": []}])
        before = self.dump()
        said = self.bring(self.write("site.xml", SITE), "--dry-run")
        self.assertRegex(said.out, r"posts +6 taken +0 refused")
        self.assertRegex(said.out, r"pages +2 taken +0 refused")
        self.assertEqual(self.dump(), before)

    def test_what_is_broken_changes_nothing(self):
        bomb = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + SITE.split("?>", 1)[1]
        broken = {
            "nothing": ("", "ends too early"), "json": ('{"a":1}', "no XML"), "cut": (SITE[:-400], "ends too early"),
            "bomb": (bomb, "DOCTYPE"), "entity": (SITE.replace("&amp;", "&nbsp;"), "entity"),
            "deep": (HEAD + "<item>" + "<a>" * 1000, "nested too deep"), "rss": (SITE.replace("wp:wxr_version", "generator"), "no export"),
            "crossed": (SITE.replace("</item>", "</iten>", 1), "not open"), "html": ("<html><body/></html>", "no export"),
            "utf8": (SITE.replace("Look", "L\udcffk"), "UTF-8"), "control": (SITE.replace("Look", "L\x01k"), "control"),
            "surrogate": (SITE.replace("&#x2014;", "&#xd800;"), "entity"), "two": (SITE + "<rss/>", "more than one")}
        self.make_model([{"name": "other", "fields": []}])
        before = self.dump()
        for name, (text, sentence) in broken.items():
            with self.subTest(name):
                file = self.path(name + ".xml")
                with open(file, "w", encoding="utf-8", errors="surrogateescape") as f:
                    f.write(text)
                said = self.run_vitrine("import", "--from", "wordpress", file, "--data", self.data)
                self.assertNotIn(said.code, (0, 2), said)
                self.assertIn(sentence, said.errors)
                self.assertEqual(self.dump(), before)


if __name__ == "__main__":
    house.main()
