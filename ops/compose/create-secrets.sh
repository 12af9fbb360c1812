#!/bin/sh
# Creates the secrets that compose.yaml mounts. Existing files are left as they are.
#   sh ops/compose/create-secrets.sh [directory]
# The directory is closed to others on this machine. The files in it are readable by the user of any
# container.
set -eu
directory=${1:-secrets}
mkdir -p "$directory"
chmod 700 "$directory"

# secret <name> <value>
secret() {
  [ -e "$directory/$1" ] && return
  (umask 077 && printf '%s\n' "$2" >"$directory/$1")
  chmod 444 "$directory/$1"
}

# random <bytes>: in hexadecimal, which needs no escape in a URL.
random() {
  od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

secret postgres_password "$(random 24)"
secret database_owner_url "postgresql://task_api_owner:$(random 24)@database:5432/tasks"
secret database_url "postgresql://task_api_login:$(random 24)@database:5432/tasks"
secret auth_secret "$(random 48)"
