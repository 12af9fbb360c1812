#!/usr/bin/env bash
# Writes a task through the containers of compose.yaml, and reads it back. The secrets in the
# directory `secrets` sign the token.
set -euo pipefail
api=http://127.0.0.1:${API_PORT:-3000}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

token() {
  local key claims
  key=$(tr -d '\n' <secrets/auth_secret)
  claims=$(printf '{"sub":"first-request","exp":%d}' "$(($(date +%s) + 600))" | base64url)
  claims=$(printf '{"alg":"HS256"}' | base64url).$claims
  printf '%s.%s' "$claims" "$(printf '%s' "$claims" | openssl dgst -sha256 -hmac "$key" -binary | base64url)"
}

ask() {
  curl --silent --show-error --fail-with-body --header "Authorization: Bearer $(token)" "$@"
}

curl --silent --show-error --fail-with-body "$api/health/ready"
ask --json '{"title":"From a container"}' "$api/api/me/tasks"
ask "$api/api/me/tasks" | grep '"title":"From a container"'
