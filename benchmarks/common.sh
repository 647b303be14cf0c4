# What the scripts share: a folder and processes that end with the script, free ports, wrk and its figures. To be sourced.
work=$(mktemp -d) pids=()
stop() { kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap stop EXIT
trap 'exit 130' INT TERM
need() { for tool in "$@"; do command -v "$tool" >/dev/null || { echo "needs $tool (apt-get install $tool)" >&2; exit 1; }; done; }
free_port() { local port; while port=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done; echo "$port"; }

witan=(dotnet src/Witan.Server/bin/Release/net10.0/witan.dll)
quietly() { "$@" >"$work/quiet" 2>&1 || { tail -5 "$work/quiet" >&2; exit 1; }; }
# Imports the demo's outcomes into $work/bench.db.
import() { quietly "${witan[@]}" import data/swebench_verified.ndjson.gz --database "$work/bench.db"; }
# Makes a key for a plan and prints it.
make_key() { "${witan[@]}" keys create --name "$1" --scope read --plan "$1" --database "$work/bench.db" | head -1; }
# Starts Redis and Witan with everything on, and sets $url.
serve() {
    local redis; redis=$(free_port)
    redis-server --port "$redis" --bind 127.0.0.1 --save "" --appendonly no >/dev/null & pids+=($!)
    "${witan[@]}" serve --database "$work/bench.db" --redis "127.0.0.1:$redis" --urls http://127.0.0.1:0 >"$work/out" 2>"$work/log" & local server=$!; pids+=($server)
    until url=$(grep -om1 'http://[^ ,]*' "$work/out"); do kill -0 "$server" 2>/dev/null || { tail -5 "$work/log" >&2; exit 1; }; sleep 0.1; done
}

# Loads for SECONDS over $connections connections with wrk, prints requests a second; then p99 tells of the same run. What failed is remembered.
load() {
    wrk -t1 -c"${connections:-64}" -d"${1}s" --latency "${@:2}" >"$work/wrk" 2>&1
    grep -E "Non-2xx|Socket errors" "$work/wrk" >>"$work/failed" || true
    awk '/Requests\/sec/ { print $2 }' "$work/wrk"
}
p99() { awk '/99%/ { v = $2; if (v ~ /us$/) { sub("us", "", v); v /= 1000 } else if (v ~ /ms$/) sub("ms", "", v); else { sub("s", "", v); v *= 1000 } print v }' "$work/wrk"; }
none_failed() { [ ! -s "$work/failed" ] || { echo "Requests failed:" >&2; sort "$work/failed" | uniq -c >&2; exit 1; }; }
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
