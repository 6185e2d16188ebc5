#!/bin/sh
# The release binary does the least that can be expected of it: says its version, serves demo content
# on a free port, answers, stops on SIGTERM and leaves with 0. $1: the binary.
set -eu
vitrine=$1
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill -9 "$server" 2>/dev/null; rm -rf "$work"' EXIT

fail() {
    echo "smoke: $1" >&2
    cat "$work/errors" >&2 2>/dev/null || true
    exit 1
}

"$vitrine" version >/dev/null || fail "\"version\" failed"
"$vitrine" serve --listen 127.0.0.1:0 --data "$work/data" --demo >"$work/said" 2>"$work/errors" &
server=$!
url=
for _ in $(seq 100); do
    url=$(sed -n 's/^listening on \(http[^ ]*\)$/\1/p' "$work/said")
    [ -z "$url" ] || break
    kill -0 "$server" 2>/dev/null || fail "it did not start"
    sleep 0.1
done
[ -n "$url" ] || fail "it did not say where it listens"
for path in /livez /readyz /admin/; do
    curl --silent --fail --max-time 10 --output /dev/null "$url$path" || fail "GET $path did not succeed"
done
kill -TERM "$server"
wait "$server" || fail "SIGTERM: it left with $?"
server=
