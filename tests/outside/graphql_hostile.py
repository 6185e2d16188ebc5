"""Requests to GraphQL that are made to cost more than they are long, against the real program: each is refused (or harmless) with
the right code, and in the end the process is as large as after the first of them. tests/unit/graphql/test_hostile.c has many more."""
import house

NEW = {"Accept": "application/graphql-response+json"}
MODEL = house.POSTS + [{"name": "things", "fields": [{"name": "data", "kind": "object"}]}]
SOME_MB = 400  # what a sanitizer keeps of memory that was given back, and a little


def spread_twice(count, end):
    """2^count selections, to whoever follows each spread."""
    return "".join(f"fragment F{i} on Mutation{{...F{i + 1} ...F{i + 1}}}" for i in range(count)) + f"fragment F{count} on Mutation{{{end}}}"


def deep(times):
    where = {"title": {"eq": "x"}}
    for _ in range(times):
        where = {"_and": [where]}
    return where


WHERE = "query($w:PostWhere!){posts(where:$w){title}}"
TWICE = "query($w:PostWhere!){posts(where:{_or:[" + "$w " * 4000 + "]}){title}}"
KEEP = "mutation($v:JSON){createThing(data:{data:%s}){_id}}"

HOSTILE = (
    ("64 KiB of {", "{" * 65_000, None, "GRAPHQL_PARSE_FAILED"),
    ("a document too large", "{" * 100_000, None, "LIMIT_EXCEEDED"),
    ("nested selections", "{posts" * 5_000 + "}" * 5_000, None, "LIMIT_EXCEEDED"),
    ("lists of lists", "query($a:" + "[" * 1_000 + "Int" + "]" * 1_000 + "){posts{title}}", None, "LIMIT_EXCEEDED"),
    ("aliases", "{" + " ".join(f"a{i}:__typename" for i in range(4_000)) + "}", None, "LIMIT_EXCEEDED"),
    ("unknown directives", "{posts{title" + "@x" * 4_000 + "}}", None, "LIMIT_EXCEEDED"),
    ("fragments in a ring", "{...F}fragment F on Query{...G}fragment G on Query{...F}", None, "GRAPHQL_VALIDATION_FAILED"),
    ("unknown fields", "{posts{" + " ".join(f"titel{i}" for i in range(4_000)) + "}}", None, "GRAPHQL_VALIDATION_FAILED"),
    ("conflicts", "{posts{" + " ".join(f"readers(limit:{i}){{name}}" for i in range(800)) + "}}", None, "GRAPHQL_VALIDATION_FAILED"),
    ("lists of lists of items", "{posts(limit:1000){readers(limit:1000){_id}}}", None, "LIMIT_EXCEEDED"),
    ("conditions, many", WHERE, {"w": {"_or": [{}] * 90_000}}, "BAD_USER_INPUT"),
    ("conditions, deep", WHERE, {"w": deep(28)}, "BAD_USER_INPUT"),
    ("a condition, again and again", TWICE, {"w": {"title": {"eq": "x"}}}, "BAD_USER_INPUT"),
    ("conditions, again and again", TWICE, {"w": {"_or": [{"title": {"eq": "x"}}] * 3_000}}, "LIMIT_EXCEEDED"),
    ("a value, again and again", KEEP % ("[" + "$v " * 4_000 + "]"), {"v": "x" * 900_000}, "LIMIT_EXCEEDED"),
    ("2^190 fragments beside an action", "mutation{...F0 rotateApiKey(_id:\"" + house.item_id(1) + "\")}" + spread_twice(190, "__typename"), None,
     "NOT_FOUND"),
    ("two actions", "mutation{...F0 rotateApiKey(_id:\"" + house.item_id(1) + "\")}" +
     spread_twice(190, "x:rotateApiKey(_id:\"" + house.item_id(2) + "\")"), None, "BAD_USER_INPUT"),
)
HARMLESS = (
    ("one field, again and again", "{posts{" + "title " * 9_000 + "}}", None),
    ("2^190 fragments", "mutation{...F0}" + spread_twice(190, "__typename"), None),
    ("a value, twice", KEEP % "[$v $v]", {"v": "x" * 400_000}),
)


class Hostile(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model(MODEL)
        self.server = self.serve()
        self.client = self.server.client(self.make_key())

    def ask(self, query, variables):
        return self.client.post("/graphql", {"query": query, "variables": variables}, headers=NEW)

    def megabytes(self):
        with open(f"/proc/{self.server.process.pid}/statm") as file:
            return int(file.read().split()[1]) * 4096 >> 20

    def test_what_is_hostile_is_refused_and_leaves_nothing_behind(self):
        before = self.megabytes()
        for _ in range(2):
            for name, query, variables, code in HOSTILE:
                with self.subTest(name):
                    answer = self.ask(query, variables)
                    self.assertIn(answer.status, (200, 400), answer)
                    self.assertEqual(answer.json["errors"][0]["extensions"]["code"], code, answer)
            for name, query, variables in HARMLESS:
                with self.subTest(name):
                    answer = self.assert_status(self.ask(query, variables), 200)
                    self.assertNotIn("errors", answer.json, answer)
        self.assertLess(self.megabytes(), before + SOME_MB)
        self.assert_sound()


if __name__ == "__main__":
    house.main()
