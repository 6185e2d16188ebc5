#!/bin/sh
# ./dev bench [--posts N] [--seconds S] [--rounds R]: builds the release and the floor, then measures both.
set -eu
cd "$(dirname "$0")/../.."
here=tests/bench
dataset=${VITRINE_BENCH_DATASET:-../shared/bench/dataset.py}
[ -f "$dataset" ] || { echo "bench: no dataset at $dataset (VITRINE_BENCH_DATASET names another)" >&2; exit 2; }
[ -x build/release/vitrine ] || ./dev build
cmake --build --preset release --target floor bench_rights >/dev/null
build/release/bench_rights
exec python3 "$here/bench.py" build/release/vitrine build/release/floor "$dataset" "$@"
