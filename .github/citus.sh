#!/usr/bin/env bash
# A cluster of Citus for `npm run test:citus`: a coordinator and two workers, for tests alone.
#   bash .github/citus.sh build   on Ubuntu 24.04: installs PostgreSQL 16, and Citus from its sources
#   bash .github/citus.sh start   not as root: prints CITUS_URL=…
# PG_CONFIG names another PostgreSQL. Sources are named by commit, as images are by digest.
set -euo pipefail

readonly REPOSITORY=https://github.com/citusdata/citus
readonly COMMIT=cc91f4c29cc358f66e70eb1ef204a45999933926 # v13.2.2
readonly PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/16/bin/pg_config} PORT=${PORT:-23500} WORKERS=2

build() {
  sudo apt-get update
  sudo apt-get install --yes --no-install-recommends postgresql-16 postgresql-server-dev-16 flex \
    libkrb5-dev liblz4-dev libpam0g-dev libreadline-dev libselinux1-dev libssl-dev libxslt1-dev libzstd-dev
  cd "$(mktemp -d)"
  git init --quiet
  git fetch --quiet --depth 1 "$REPOSITORY" "$COMMIT"
  git checkout --quiet FETCH_HEAD
  PG_CONFIG=$PG_CONFIG ./configure --quiet --without-libcurl
  make --silent -j "$(nproc)" with_llvm=no extension
  sudo make --silent with_llvm=no install-extension
}

start() {
  local bin directory node port
  bin=$("$PG_CONFIG" --bindir)
  directory=$(mktemp -d)
  run() { psql --no-psqlrc --quiet --host=127.0.0.1 --port="$1" --username=postgres --command="$2" >&2; }
  for node in $(seq 0 "$WORKERS"); do
    port=$((PORT + node))
    "$bin/initdb" --pgdata="$directory/$node" --username=postgres --auth=trust --encoding=UTF8 \
      --locale=C.UTF-8 --no-sync >&2
    # Citus has a process in each database of each node, of which every test file has one.
    cat >>"$directory/$node/postgresql.conf" <<SETTINGS
shared_preload_libraries = 'citus'
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
max_worker_processes = 64
wal_level = logical
fsync = off
SETTINGS
    "$bin/pg_ctl" --pgdata="$directory/$node" --log="$directory/$node.log" --wait start >&2
    run "$port" 'create extension citus'
  done
  run "$PORT" "select citus_set_coordinator_host('127.0.0.1', $PORT)"
  for node in $(seq "$WORKERS"); do run "$PORT" "select citus_add_node('127.0.0.1', $((PORT + node)))"; done
  echo "CITUS_URL=postgres://postgres@127.0.0.1:$PORT/postgres"
}

case "${1:-}" in
  build | start) "$1" ;;
  *)
    echo "Usage: bash .github/citus.sh build|start" >&2
    exit 64
    ;;
esac
