"""How a running server tells how it does: figures, graphs, slow requests, traces (docs/operate.md)."""
import json
import os
import re
import secrets

import house
import receiver_double

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/operate.md")
ONLY_SOMETIMES = re.compile("enabled_ca_certificate_validity_days")
SAMPLE = re.compile(r'^([a-z_:][a-z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)+)\})? (\S+)$')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def read_figures(case, text):
    """Prometheus text 0.0.4, read strictly: {family: (type, {(name, labels): value})}."""
    families, current = {}, None
    case.assertTrue(text.endswith("\n"))
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name, told = line[7:].split(" ", 1)
            case.assertNotIn(name, families, "a family is announced once, and its samples are together")
            case.assertTrue(told.strip())
            families[name] = [None, {}]
            current = name
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            case.assertEqual(name, current)
            case.assertIsNone(families[name][0])
            case.assertIn(kind, ("counter", "gauge", "histogram"))
            families[name][0] = kind
        else:
            found = SAMPLE.match(line)
            case.assertTrue(found, line)
            name, labels, value = found.groups()
            kind = families[current][0]
            ends = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
            case.assertIn(name, [current + end for end in ends], line)
            pairs = tuple(LABEL.findall(labels or ""))
            case.assertEqual(len({k for k, _ in pairs}), len(pairs), line)
            case.assertNotIn((name, pairs), families[current][1], "twice: " + line)
            families[current][1][name, pairs] = float(value)
    for name, (kind, samples) in families.items():
        check_family(case, name, kind, samples)
    return families


def check_family(case, name, kind, samples):
    if kind == "counter":
        case.assertTrue(name.endswith("_total"), name)
    for (sample, _), value in samples.items():
        case.assertTrue(kind == "gauge" or value >= 0, sample)
    if kind != "histogram":
        return
    rows = {}
    for (sample, labels), value in samples.items():
        rest = tuple(pair for pair in labels if pair[0] != "le")
        row = rows.setdefault(rest, {"buckets": []})
        if sample.endswith("_bucket"):
            row["buckets"].append((float(dict(labels)["le"]), value))
        else:
            row[sample.removeprefix(name)] = value
    for row in rows.values():
        case.assertEqual(sorted(row["buckets"]), row["buckets"])
        counts = [count for _, count in row["buckets"]]
        case.assertEqual(counts, sorted(counts))
        case.assertEqual(row["buckets"][-1][0], float("inf"))
        case.assertEqual(counts[-1], row["_count"])
        case.assertIn("_sum", row)


def documented():
    with open(DOCS, encoding="utf-8") as f:
        return dict(re.findall(r"^\| `([a-z0-9_]+)` \| (counter|gauge|histogram) \|", f.read(), re.MULTILINE))


class Figures(house.Case):
    def figures(self, key):
        answer = self.assert_status(self.server.client(key).get("/metrics"), 200)
        self.assertEqual(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        return read_figures(self, answer.body.decode())

    def value(self, figures, name, **labels):
        return next(v for (n, pairs), v in figures[name][1].items() if n == name and dict(pairs) == labels)

    def test_figures_are_as_the_page_says(self):
        self.make_model()
        key = self.make_key()
        short = self.make_key("--role", "admin", "--expires", "2099-01-01T00:00:00Z")
        self.server = self.serve(env={"VITRINE_BACKUP_TO": self.path("backups"), "VITRINE_BACKUP_SHIP": "true"})
        client = self.server.client(key)
        made = [self.assert_status(client.post("/api/content/item/posts", {"data": {"title": f"P{i}"}}), 200).json["_id"]
                for i in range(3)]
        marks = [secrets.token_hex(8) for _ in range(8)]
        for mark in marks:
            client.get(f"/nowhere/{mark}")
            client.get(f"/api/content/item/posts/{mark}?{mark}={mark}")
        for item in made:
            self.assert_status(client.get(f"/api/content/item/posts/{item}"), 200)
        self.assert_status(self.server.client("wrong" + marks[0]).get("/api/content/items/posts"), 401)
        figures = self.figures(key)
        self.assertEqual({name: kind for name, (kind, _) in figures.items() if not ONLY_SOMETIMES.match(name)},
                         {name: kind for name, kind in documented().items() if not ONLY_SOMETIMES.match(name)})
        text = self.server.client(key).get("/metrics").body.decode()
        for mark in marks + made + [key, short]:
            self.assertNotIn(mark, text)
        self.assertEqual(self.value(figures, "vitrine_http_requests_total", route="/api/content/item/{model}/{id}", method="GET", status="2xx"), 3)
        self.assertEqual(self.value(figures, "vitrine_http_requests_total", route="/api/content/item/{model}", method="POST", status="2xx"), 3)
        self.assertEqual(self.value(figures, "vitrine_http_requests_total", route="", method="", status="4xx"), 8)
        self.assertEqual(self.value(figures, "vitrine_keys", state="active"), 2)
        self.assertEqual(self.value(figures, "vitrine_blobs"), 0)
        self.assertGreaterEqual(self.value(figures, "vitrine_cache_hits_total", cache="identities"), 10)
        self.assertGreaterEqual(figures["vitrine_writer_batch_changes"][1]["vitrine_writer_batch_changes_count", ()], 3)
        self.assertGreater(figures["vitrine_writer_commit_seconds"][1]["vitrine_writer_commit_seconds_sum", ()], 0)
        self.counts_follow_changes(client, key)
        self.assert_stops(self.server)

    def counts_follow_changes(self, client, key):
        self.assert_status(client.post("/api/content/item/api_keys", {"data": {"label": "other", "role": "admin_role"}}), 422)
        mine = self.assert_status(client.get('/api/content/items/api_keys?filter={"expires_at":{"$ne":null}}'), 200).json[0]
        self.assert_status(client.ask("PATCH", f"/api/content/item/api_keys/{mine['_id']}", {"data": {"disabled": True}}), 200)
        figures = self.figures(key)
        self.assertEqual(self.value(figures, "vitrine_keys", state="active"), 1)
        self.assertEqual(self.value(figures, "vitrine_keys", state="disabled"), 1)

    def test_graphs_show_what_happened(self):
        self.make_model()
        key = self.make_key()
        server = self.serve()
        client = server.client(key)

        def seen():
            client.get("/api/content/items/users")
            answer = self.assert_status(client.get("/api/system/metrics?series=requests,latency_p99,memory_bytes"), 200)
            return [answer.json] if any((v or 0) > 0 for v in answer.json["values"]["requests"]) else None

        graph = house.until("a point", seen)[0]
        self.assertEqual((graph["span"], graph["step"], set(graph["values"])), ("5m", 1, {"requests", "latency_p99", "memory_bytes"}))
        self.assertEqual({len(v) for v in graph["values"].values()}, {300})
        newest = max(i for i, v in enumerate(graph["values"]["requests"]) if v)
        self.assertGreater(graph["values"]["latency_p99"][newest], 0)
        self.assertGreater(graph["values"]["memory_bytes"][newest], 1 << 20)
        for span, count in (("1h", 360), ("24h", 1440), ("7d", 1008)):
            graph = self.assert_status(client.get(f"/api/system/metrics?span={span}"), 200).json
            self.assertEqual({len(v) for v in graph["values"].values()}, {count})
            self.assertEqual(len(graph["values"]), 20)
        for query in ("span=1y", "series=requests,nothing", "spam=5m"):
            self.assert_status(client.get("/api/system/metrics?" + query), 400)
        for path in ("/api/system/metrics", "/api/system/slow"):
            self.assertIn(server.client().get(path).status, (401, 404))


class Steering(house.Case):
    """What the server was told to be, and what it can be told to do."""

    def test_configuration_and_backups_are_for_who_may_watch(self):
        self.make_model()
        key, secret = self.make_key(), secrets.token_hex(12)
        to = os.path.join(self.data, "..", "copies")
        env = {"VITRINE_BACKUP_TO": to, "VITRINE_BACKUP_PASSPHRASE": secret, "VITRINE_BACKUP_ARCHIVE": "true", "VITRINE_LOG_SLOW_MS": "77"}
        server = self.serve("--log-level", "warn", env=env)
        client = server.client(key)
        answer = self.assert_status(client.get("/api/system/config"), 200)
        rows = {row["key"]: row for row in answer.json["keys"]}
        self.assertEqual([rows[k]["origin"] for k in ("log.slow_ms", "log.level", "log.format")], ["environment", "flag", "default"])
        self.assertEqual((rows["log.slow_ms"]["value"], rows["backup.passphrase"]["value"]), (77, "(secret)"))
        self.assertTrue(all(row["info"] for row in rows.values()))
        self.assertNotIn(secret, answer.body.decode())
        house.until("the first backup", lambda: client.get("/api/system/backups").json["made"] == 1)
        self.assert_status(client.post("/api/system/backups", {}), 202)
        house.until("the second backup", lambda: client.get("/api/system/backups").json["made"] == 2)
        told = client.get("/api/system/backups").json
        self.assertEqual((told["to"], told["busy"], told["problem"], told["failures"]), (to, False, None, 0))
        self.assertIn(told["backups"][0]["name"], " ".join(os.listdir(to)))
        self.assertGreater(told["last_bytes"], 1000)
        self.assert_status(client.post("/api/content/item/roles", {"data": {"name": "desk", "template": "reader"}}), 200)
        for other in (server.client(), server.client(self.make_key("--role", "desk"))):
            self.assertIn(other.get("/api/system/config").status, (401, 403, 404))
            self.assertIn(other.get("/api/system/backups").status, (401, 403, 404))
            self.assertIn(other.post("/api/system/backups", {}).status, (401, 403, 404))
        self.assert_stops(server)

    def test_an_empty_site_is_filled_with_the_demo(self):
        server = self.serve()
        admin, nobody = server.client(self.make_key()), server.client()
        self.assert_status(admin.post("/api/content/item/roles", {"data": {"name": "desk", "template": "reader"}}), 200)
        for other in (nobody, server.client(self.make_key("--role", "desk"))):
            self.assertIn(other.post("/api/system/demo", {}).status, (401, 403, 404))
        self.assert_status(admin.get("/api/content/items/posts"), 404)
        keys = len(admin.get("/api/content/items/api_keys").json)
        self.assertEqual(self.assert_status(admin.post("/api/system/demo", {}), 201).json, {"made": True})
        self.assertEqual(len(nobody.get("/api/content/items/posts?limit=100").json), 36)
        self.assertEqual(len(admin.get("/api/content/items/api_keys").json), keys)
        again = self.assert_status(admin.post("/api/system/demo", {}), 409)
        self.assertIn("collections of its own", again.json["detail"])
        self.assert_stops(server)
        self.assert_sound()

    def test_without_a_place_there_are_none(self):
        self.make_model()
        server = self.serve()
        client = server.client(self.make_key())
        self.assertEqual(client.get("/api/system/backups").json["to"], None)
        refused = self.assert_status(client.post("/api/system/backups", {}), 409)
        self.assertIn("backup.to", refused.json["detail"])
        self.assert_stops(server)


class Slow(house.Case):
    def test_slow_requests_are_told_without_values(self):
        self.make_model()
        self.import_rows("posts", [{"title": f"Post {i}", "views": i, "body": "x" * 200} for i in range(3000)])
        key, secret = self.make_key(), secrets.token_hex(12)
        server = self.serve(env={"VITRINE_LOG_SLOW_MS": "1", "VITRINE_LOG_FORMAT": "json"})
        client = server.client(key)
        query = json.dumps({"$or": [{"title": {"$contains": secret}}, {"body": {"$regex": secret}}, {"views": {"$in": [-41, -42]}}]})
        for _ in range(3):
            self.assert_status(client.get(f"/api/content/items/posts?filter={query.replace(' ', '')}&sort=-title".replace('"', "%22")), 200)

        def told():
            lines = [json.loads(line) for line in server.said().splitlines() if line.startswith("{")]
            return [line for line in lines if line.get("event") == "request.slow" and line.get("collection") == "posts"]

        line = house.until("the log", told)[0]
        self.assertEqual((line["route"], line["method"], line["status"]), ("/api/content/items/{model}", "GET", 200))
        self.assertEqual(json.loads(line["filter"]), {"$and": [{"$or": [{"title": {"$contains": "?"}}, {"body": {"$regex": "?", "$options": "i"}},
                                                                       {"views": {"$in": ["?"]}}]}, {"_state": "?"}]}, line)
        self.assertIn("gate.read:posts=", line["phases"])
        self.assertIn("c_posts", line["sql"])
        self.assertRegex(line["plan"], r"SCAN|SEARCH")
        self.assertGreater(line["sql_us"], 0)

        def planned():  # a plan is asked for after the answer, and each of the three has its own
            shown = self.assert_status(client.get("/api/system/slow"), 200)
            return [(shown, r) for r in shown.json["requests"] if r["collection"] == "posts" and r["statements"][0]["plan"]]

        shown, one = house.until("the plan", planned)[0]
        self.assertEqual((one["route"], one["statements"][0]["times"]), ("/api/content/items/{model}", 1))
        self.assertRegex(one["statements"][0]["plan"], r"SCAN|SEARCH")
        self.assertGreater(server.figure("vitrine_slow_requests_total", key), 0)
        slow_lines = "\n".join(line for line in server.said().splitlines() if "request.slow" in line)
        for text in (slow_lines, shown.body.decode()):
            self.assertNotIn(secret, text)
            self.assertNotIn("-41", text)
            self.assertNotIn(key, text)
        self.assert_stops(server)


class Collector(receiver_double.Receiver):
    """A collector of traces: answers what it is told to."""

    def __init__(self):
        super().__init__()
        self.statuses = []

    def reply(self, to, call):
        with self.news:
            call.status = self.statuses.pop(0) if self.statuses else 200
        to.answer(call.status, b"{}", Content_Type="application/json")

    def spans(self):
        """All that was taken, by id."""
        with self.news:
            bodies = [call.json for call in self.calls if call.status == 200]
        return {span["spanId"]: span for body in bodies for resource in body["resourceSpans"]
                for scope in resource["scopeSpans"] for span in scope["spans"]}


def attributes(span):
    return {a["key"]: next(iter(a["value"].values())) for a in span["attributes"]}


class Traces(house.Case):
    def setUp(self):
        super().setUp()
        self.make_model()
        self.collector = Collector()
        self.addCleanup(self.collector.close)

    def serve_traced(self, **more):
        env = {"VITRINE_OTEL_ENDPOINT": self.collector.url, "VITRINE_LOG_FORMAT": "json"} | more
        return self.serve(env=env)

    def requests(self, want):
        """Root spans, once there are so many."""
        def enough():
            found = [s for s in self.collector.spans().values() if s["kind"] == 2]
            return found if len(found) >= want else None
        return house.until(f"{want} traces", enough)

    def test_a_request_is_a_trace_without_anybodys_data(self):
        key, mark, token = self.make_key(), secrets.token_hex(10), secrets.token_hex(10)
        server = self.serve_traced(VITRINE_OTEL_HEADERS=f"authorization=Bearer%20{token},x-tenant=a", VITRINE_OTEL_SERVICE_NAME="shop")
        client = server.client(key, headers={"User-Agent": f"agent-{mark}"})
        made = self.assert_status(client.post("/api/content/item/posts", {"data": {"title": mark}}), 200).json["_id"]
        trace, parent = secrets.token_hex(16), secrets.token_hex(8)
        listing = f"/api/content/items/posts?filter=%7B%22title%22:%22{mark}%22%7D"
        self.assert_status(client.get(listing, headers={"traceparent": f"00-{trace}-{parent}-01"}), 200)
        self.assert_status(client.get(listing, headers={"traceparent": f"00-{secrets.token_hex(16)}-{parent}-00"}), 200)
        self.assert_status(client.get(f"/api/content/item/posts/{mark}"), 404)
        roots = {s["name"]: s for s in self.requests(3)}
        self.assertEqual(set(roots), {"POST /api/content/item/{model}", "GET /api/content/items/{model}", "GET /api/content/item/{model}/{id}"})
        listed = roots["GET /api/content/items/{model}"]
        self.assertEqual((listed["traceId"], listed["parentSpanId"]), (trace, parent))
        said = attributes(listed)
        self.assertEqual((said["http.request.method"], said["http.route"], said["http.response.status_code"], said["vitrine.principal"]),
                         ("GET", "/api/content/items/{model}", "200", "key"))
        self.check_tree(roots["POST /api/content/item/{model}"], {"identify", "handle", "gate.write", "writer.wait", "writer.run", "writer.commit", "sql"})
        self.check_tree(listed, {"identify", "handle", "gate.read", "sql"})
        calls = list(self.collector.calls)
        everything = b"".join(call.body for call in calls).decode()
        for word in (mark, made, key, token, "127.0.0.1", "agent-"):
            self.assertNotIn(word, everything)
        for call in calls:
            self.assertEqual((call.path, call.headers["authorization"], call.headers["x-tenant"], call.headers["content-type"]),
                             ("/v1/traces", f"Bearer {token}", "a", "application/json"))
            resource = {a["key"]: a["value"] for a in call.json["resourceSpans"][0]["resource"]["attributes"]}
            self.assertEqual(resource["service.name"], {"stringValue": "shop"})
        self.assertNotIn(token, server.said())
        self.assert_stops(server)

    def check_tree(self, root, names):
        spans = self.collector.spans()
        mine = [s for s in spans.values() if s["traceId"] == root["traceId"]]
        self.assertLessEqual(names, {s["name"] for s in mine} | {root["name"]})
        for span in mine:
            self.assertRegex(span["spanId"], r"^[0-9a-f]{16}$")
            self.assertLessEqual(int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"]))
            if span["spanId"] != root["spanId"]:
                around = spans[span["parentSpanId"]]
                self.assertEqual(around["traceId"], root["traceId"])
                self.assertLessEqual(int(around["startTimeUnixNano"]), int(span["startTimeUnixNano"]))
        reads = [attributes(s) for s in mine if s["name"] == "sql"]
        self.assertTrue(any(a["db.operation.name"] in ("SELECT", "INSERT") and a["db.query.text"] for a in reads), reads)

    def test_a_collector_that_fails_is_asked_again(self):
        key = self.make_key()
        self.collector.statuses = [503]
        server = self.serve_traced()
        self.assert_status(server.client(key).get("/api/content/items/users"), 200)
        self.requests(1)
        self.assertEqual([call.status for call in self.collector.calls][:2], [503, 200])
        house.until("the log", lambda: "traces.failing" in server.said() and "traces.working" in server.said())
        self.assertGreaterEqual(server.figure("vitrine_trace_failures_total", key), 1)
        self.assert_stops(server)

    def test_a_collector_that_refuses_or_is_gone_harms_nobody(self):
        key = self.make_key()
        self.collector.statuses = [400] * 50
        server = self.serve_traced()
        client = server.client(key)
        self.assert_status(client.get("/api/content/items/users"), 200)
        house.until("spans that are given up", lambda: server.figure("vitrine_trace_spans_dropped_total", key) > 0)
        self.collector.server_close()  # nobody listens there any more
        for _ in range(20):
            self.assert_status(client.get("/api/content/items/users"), 200)
        self.assertEqual(server.said().count("traces.failing"), 1)
        self.assert_stops(server)

    def test_what_waits_is_sent_at_the_end_and_some_are_not_recorded(self):
        key = self.make_key()
        server = self.serve_traced()
        self.assert_status(server.client(key).get("/api/content/items/users"), 200)
        self.assert_stops(server)
        self.assertEqual(len([s for s in self.collector.spans().values() if s["kind"] == 2]), 1)
        server = self.serve_traced(VITRINE_OTEL_SAMPLE_PERCENT="0")
        self.assert_status(server.client(key).get("/api/content/items/users"), 200)
        self.assert_stops(server)
        self.assertEqual(len([s for s in self.collector.spans().values() if s["kind"] == 2]), 1)

    def test_opentelemetrys_own_variables_count_and_nonsense_does_not(self):
        key = self.make_key()
        server = self.serve(env={"OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.url + "/", "OTEL_SERVICE_NAME": "x"})
        self.assert_status(server.client(key).get("/api/content/items/users"), 200)
        self.requests(1)
        self.assert_stops(server)
        server = self.serve(env={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": self.collector.url + "/own/?a=b"})
        self.assert_status(server.client(key).get("/api/content/items/users"), 200)
        self.requests(2)
        self.assert_stops(server)
        self.assertEqual([call.path for call in self.collector.calls], ["/v1/traces", "/own/?a=b"])
        for endpoint in ("collector:4318", "ftp://127.0.0.1", "http://u:p@127.0.0.1:1", "http://127.0.0.1:99999"):
            code, said = self.serve_badly(env={"VITRINE_OTEL_ENDPOINT": endpoint})
            self.assertEqual(code, 3, said)
            self.assertIn("otel", said)
        code, said = self.serve_badly(env={"VITRINE_OTEL_ENDPOINT": self.collector.url, "VITRINE_OTEL_HEADERS": "nothing"})
        self.assertEqual(code, 3, said)


if __name__ == "__main__":
    house.main()
