"""A hundred writers at once: their changes share commits, and with them the waiting for the disk."""
import json
import threading

import house

WRITERS = 100
CREATES = 20


class Batch(house.Case):
    def test_a_hundred_writers_share_commits(self):
        self.make_model()
        key = self.make_key()
        server = self.serve(env={"VITRINE_HTTP_CONNECTIONS_PER_ADDRESS": str(WRITERS + 10)})
        before = [server.figure(f"vitrine_writer_{name}_total", key) for name in ("commits", "changes")]
        start = threading.Barrier(WRITERS)
        made = [[] for _ in range(WRITERS)]

        def work(i):
            client = server.client(key)
            start.wait(house.PATIENCE)
            for number in range(CREATES):
                answer = client.post("/api/content/item/posts", {"data": {"title": f"{i} {number}", "slug": f"s-{i}-{number}"}})
                assert answer.status == 200, answer
                made[i].append((answer.json["_id"], answer.json["slug"]))

        house.together(work, WRITERS)()
        after = [server.figure(f"vitrine_writer_{name}_total", key) for name in ("commits", "changes")]
        commits, changes = (b - a for a, b in zip(before, after))
        print(f"{changes:.0f} changes in {commits:.0f} commits: {changes / commits:.1f} changes per sync")
        acknowledged = {item: slug for mine in made for item, slug in mine}
        self.assertEqual(len(acknowledged), WRITERS * CREATES, "an id was given twice")
        rows = map(json.loads, self.command("export", "--collection", "posts").splitlines())
        self.assertEqual({row["_id"]: row["slug"] for row in rows}, acknowledged)
        self.assertGreaterEqual(changes, WRITERS * CREATES)
        self.assertLess(commits, changes / 2)
        self.assert_stops(server)
        self.assert_sound()


if __name__ == "__main__":
    house.main()
