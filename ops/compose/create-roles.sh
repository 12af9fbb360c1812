#!/bin/sh
# Runs in the database container when its volume is empty: creates the logins with the passwords of the
# API's URLs.
set -eu

# password_in <file>
password_in() {
  sed -n 's|^[a-z]*://[^:]*:\([^@]*\)@.*$|\1|p' "/run/secrets/$1"
}

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set owner_password="$(password_in database_owner_url)" \
  --set api_password="$(password_in database_url)" \
  --file /ops/roles.sql
