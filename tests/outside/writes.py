"""Writes that must not be lost or done twice: a key that outlives its server, two editors over sockets, ten thousand
items in one transaction."""
import json

import house

ROWS = 10_000
ALL = "/api/content/items/posts?filter=%7B%7D"


class Writes(house.Case):
    def test_a_key_outlives_the_server(self):
        self.make_model()
        key = self.make_key()
        once = {"Idempotency-Key": "the-same"}
        item = {"data": {"title": "Once", "slug": "once"}}
        server = self.serve()
        first = server.client(key).post("/api/content/item/posts", item, headers=once)
        self.assert_status(first, 200)
        server.kill()  # whatever was answered is on disk, and its key with it
        server.gone()
        server = self.serve()
        client = server.client(key)
        again = client.post("/api/content/item/posts", item, headers=once)
        self.assert_status(again, 200)
        self.assertEqual(again.json["_id"], first.json["_id"])
        self.assert_status(client.post("/api/content/item/posts", {"data": {"title": "Other"}}, headers=once), 422)
        self.assertEqual(len(client.get("/api/content/items/posts").json), 1)
        self.assert_stops(server)
        self.assert_sound()

    def test_of_two_editors_the_second_is_told(self):
        self.make_model()
        key = self.make_key()
        server = self.serve()
        one, other = server.client(key), server.client(key)
        path = "/api/content/item/posts/" + one.post("/api/content/item/posts", {"data": {"title": "A", "slug": "a"}}).json["_id"]
        tag = one.get(path).headers["etag"]
        self.assertEqual(tag, other.get(path).headers["etag"])
        self.assert_status(one.ask("PATCH", path, {"title": "B"}, {"If-Match": tag}), 200)
        late = other.ask("PATCH", path, {"title": "C", "slug": "c"}, {"If-Match": tag})
        self.assert_status(late, 412)
        conflict = late.json["conflict"]
        self.assertEqual((conflict["base"]["title"], conflict["current"]["title"]), ("A", "B"))
        self.assertEqual((conflict["fields"], conflict["both"]), (["title"], ["title"]))
        merged = {"title": "B and C", "slug": "c"}
        self.assert_status(other.ask("PATCH", path, merged, {"If-Match": f'"{conflict["revision"]}"'}), 200)
        self.assertEqual(one.get(path).json["title"], "B and C")
        self.assert_stops(server)

    def test_ten_thousand_items_change_at_once(self):
        self.make_model()
        key = self.make_key()
        self.import_rows("posts", [{"title": f"t {i}", "slug": f"s-{i}", "_state": 1} for i in range(ROWS)])
        server = self.serve()
        client = server.client(key)
        tried = client.ask("PATCH", ALL + "&dry_run=1", {"title": "new"})
        self.assert_status(tried, 200)
        self.assertEqual(tried.json["changed"], ROWS)
        self.assertEqual(client.get("/api/content/items/posts?limit=1").json[0]["_rev"], 1)
        done = client.ask("PATCH", ALL, {"title": "new"})
        self.assert_status(done, 200)
        self.assertEqual((done.json["changed"], done.json["has_more"]), (ROWS, False))
        self.assert_stops(server)
        rows = list(map(json.loads, self.command("export", "--collection", "posts").splitlines()))
        self.assertEqual({(row["title"], row["_rev"]) for row in rows}, {("new", 2)})
        self.assert_sound()


if __name__ == "__main__":
    house.main()
