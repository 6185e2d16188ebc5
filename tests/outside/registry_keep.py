"""Images that are kept and deleted by rule, and pulls that are counted: a server that stops and is killed, and the command
line beside one that runs."""
import json
import unittest

import house
from registry import Registry, digest, image

TAGS = [f"t{n}" for n in range(6)]


class Pulls(Registry):
    def pulls(self):
        rows = self.assert_status(self.admin.get("/api/content/items/manifests?fields=pulls,pulled_at"), 200).json
        return [row["pulls"] for row in rows if row.get("pulls")]

    def pull(self, often, by="puller"):
        client = self.server.client(self.keys[by])
        for _ in range(often):
            self.assert_status(client.get("/v2/pub/app/manifests/v1"), 200)

    def test_what_was_pulled_is_known_after_a_stop(self):
        self.push_image("pub/app", "v1")
        house.together(lambda n: self.pull(50), 4)()
        self.assert_status(self.admin.ask("HEAD", "/v2/pub/app/manifests/v1"), 200)
        self.assert_stops(self.server)
        self.start()
        self.assertEqual(self.pulls(), [200])
        query = '{Image(image:"pub/app:v1"){DownloadCount LastPullTimestamp}}'
        image_ = self.assert_status(self.admin.post("/v2/_zot/ext/search", {"query": query}), 200).json["data"]["Image"]
        self.assertEqual(image_["DownloadCount"], 200)
        self.assertTrue(image_["LastPullTimestamp"])

    def test_a_killed_server_loses_what_waited_and_nothing_else(self):
        self.push_image("pub/app", "v1")
        self.pull(1)
        house.until("the first pull", self.pulls)
        before = self.pulls()
        self.pull(20)
        self.server.kill()
        self.start()
        self.assertTrue(before[0] <= self.pulls()[0] <= 21)
        self.assert_status(self.admin.get("/v2/pub/app/manifests/v1"), 200)

    def tearDown(self):
        self.assert_stops(self.server)
        self.assert_sound()


class Rules(Registry):
    def setUp(self):
        super().setUp()
        for tag in TAGS:
            self.push_image("pub/app", tag, layer=tag.encode())

    def rule(self, **more):
        data = {"repositories": ["pub/**"], "keep": [{"patterns": ["^t[01]$"]}], "delay": "0s"} | more
        return self.assert_status(self.admin.post("/api/content/item/retention_rules", {"data": data}), 200).json["_id"]

    def rule_after_the_round(self):
        """A rule that the server has carried out on nothing, so that it is the command's for hours."""
        rule = self.rule(repositories=["other/**"])
        path = f"/api/content/item/retention_rules/{rule}"
        self.assert_stops(self.server)
        self.start()
        house.until("the server's own round", lambda: self.assert_status(self.admin.get(path), 200).json.get("last_report"))
        self.assert_status(self.admin.post("/api/content/item/retention_rules", {"data": {"_id": rule, "repositories": ["pub/**"]}}), 200)

    def tags(self):
        return self.assert_status(self.admin.get("/v2/pub/app/tags/list"), 200).json["tags"]

    def rows(self, *words):
        return json.loads(self.command("retention", "--json", *words))

    def test_the_command_shows_and_does(self):
        self.assertEqual(self.rows(), [])
        self.rule_after_the_round()
        going = self.rows()
        self.assertEqual(sorted(row["tag"] for row in going if row["tag"]), TAGS[2:])
        self.assertEqual(len(going), 8, "four tags and their manifests")
        self.assertEqual({row["verdict"] for row in self.rows("--all")}, {"keep", "delete"})
        self.assertEqual(self.rows("--repository", "pub/other"), [])
        self.assertIn("no pattern matches", self.command("retention"))
        self.command("retention", "--apply", "--all", code=2)
        self.assertEqual(self.tags(), TAGS)
        said = json.loads(self.command("retention", "--apply", "--json"))
        self.assertEqual((said["tags"], said["manifests"], said["stayed"]), (4, 4, 0))
        self.assertEqual(self.tags(), TAGS[:2])
        self.assertEqual(self.rows(), [])
        gone = image(b"{}", b"t5")
        self.assert_status(self.admin.get(f"/v2/pub/app/manifests/{digest(gone)}"), 404)
        self.assert_status(self.admin.get("/v2/pub/app/manifests/t1"), 200)
        journal = self.assert_status(self.admin.get("/api/content/items/journal?filter[collection]=tags&filter[verb]=delete"), 200).json
        self.assertEqual([entry["who"] for entry in journal], ["system retention"] * 4)

    def test_a_server_carries_rules_out_by_itself(self):
        rule, only = self.rule(), {"repositories": ["other/**"], "dry_run": True}
        self.rule(**only)
        self.assert_stops(self.server)
        self.start()
        house.until("the round", lambda: self.tags() == TAGS[:2])

        def report():
            item = self.assert_status(self.admin.get(f"/api/content/item/retention_rules/{rule}"), 200).json
            return item.get("last_report")
        told = house.until("the report", report)
        self.assertEqual((told["tags"], told["manifests"], len(told["rows"])), (4, 4, 8))

    def test_a_dry_run_deletes_nothing(self):
        rule = self.rule(dry_run=True)
        self.command("retention", "--apply")
        told = self.assert_status(self.admin.get(f"/api/content/item/retention_rules/{rule}"), 200).json["last_report"]
        self.assertEqual((told["dry_run"], told["tags"], told["manifests"]), (True, 4, 4))
        self.assertEqual(self.tags(), TAGS)

    def tearDown(self):
        self.assert_stops(self.server)
        self.assert_sound()


if __name__ == "__main__":
    house.main()
