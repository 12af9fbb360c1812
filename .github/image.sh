#!/usr/bin/env bash
# What the image task-api is made of, and how its containers behave. compose-request.sh has used the
# ones of compose.yaml, which run.
set -euo pipefail

# expect <what> <found> <expected>
expect() {
  [ "$2" = "$3" ] || {
    printf '%s: found\n%s\ninstead of\n%s\n' "$1" "$2" "$3" >&2
    exit 1
  }
}

in_image() { docker run --rm task-api "$@"; }

expect 'the files of the image' "$(in_image ls | xargs)" 'bin dist node_modules package.json'
expect 'the user of the image' "$(in_image id -un)" node
expect 'packages of the image that do not serve' "$(in_image node -e '
  const read = (path) => JSON.parse(require("fs").readFileSync(path)).packages;
  const names = Object.entries(read("node_modules/.package-lock.json"));
  console.log(names.filter(([, { dev, optional }]) => dev || optional).map(([name]) => name).join());
')" ''
if in_image touch dist/x 2>/dev/null; then
  echo 'The image can change its own files' >&2
  exit 1
fi

status=0
refusal=$(in_image node bin/task-api.mjs 2>&1) || status=$?
expect 'the exit code without a configuration' "$status" 78
grep -q 'AUTH_ISSUER: production needs an identity' <<<"$refusal"

docker compose exec -T api node bin/task-api-cli.mjs migrate
docker compose stop api
expect 'the exit code after SIGTERM' \
  "$(docker inspect --format '{{.State.ExitCode}}' "$(docker compose ps --all --quiet api)")" 0
