#!/usr/bin/env bash
# npm start, the request that it prints, Ctrl-C. Fails where the request does, or anything stays.
set -euo pipefail
log=$(mktemp)
set -m # a process group of its own, as in a terminal

npm start >"$log" 2>&1 &
server=$!
trap 'cat "$log"; kill -KILL -- "-$server" 2>/dev/null || true' EXIT

for _ in {1..120}; do
  request=$(grep '^curl ' "$log" || true)
  [ -z "$request" ] || break
  kill -0 "$server"
  sleep 1
done
answer=$(bash -c "$request --silent --show-error --fail-with-body")
echo "$answer"
grep -q '"title":"Try the Task API"' <<<"$answer"

# npm ends at once, as Ctrl-C ends it.
kill -INT -- "-$server"
ours="$PWD/(dist|[.]data)/"
wait "$server" || [ $? = 130 ]
for _ in {1..30}; do
  pgrep -f "$ours" >/dev/null || exit 0
  sleep 1
done
echo 'Still running after 30 s:'
pgrep -fl "$ours"
exit 1
