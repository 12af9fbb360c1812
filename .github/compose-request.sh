#!/usr/bin/env bash
# Writes a task through the containers of compose.yaml, with a token from the command line, and reads
# it back.
set -euo pipefail
api=http://127.0.0.1:${API_PORT:-3000}

token=$(docker compose exec -T api node bin/task-api-cli.mjs token --sign --email you@example.com)

ask() {
  curl --silent --show-error --fail-with-body --header "Authorization: Bearer $token" "$@"
}

curl --silent --show-error --fail-with-body "$api/health/ready"
ask --json '{"title":"From a container"}' "$api/api/me/tasks"
ask "$api/api/me/tasks" | grep '"title":"From a container"'
