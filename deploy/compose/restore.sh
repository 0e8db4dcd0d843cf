#!/bin/sh
# Makes a cluster of what backup.sh has kept: restore.sh <folder>. There must be none of the name: what is in its volumes is
# not written over. docs/operations.md has the words to it.
set -eu
folder=$(cd "${1:?usage: restore.sh <folder>}" && pwd)
cd "$(dirname "$0")/../.."
# As Compose has it: from the environment, a .env, or the file itself.
project=$(docker compose config | sed -n 's/^name: //p')

if [ ! -f "$folder/complete" ]; then
  echo "restore.sh: $folder has no whole backup: there is no $folder/complete" >&2
  exit 1
fi
for name in $(cat "$folder/complete"); do
  [ -f "$folder/$name.tar" ] && continue
  echo "restore.sh: $folder/$name.tar is missing, which belongs to the backup" >&2
  exit 1
done
if [ -n "$(docker volume ls --quiet --filter "label=com.docker.compose.project=$project")" ]; then
  echo "restore.sh: the project $project has volumes already; remove them first: docker compose down -v" >&2
  exit 1
fi
ended() {
  echo 'restore.sh: not all of it is there now; before it is tried again: docker compose down -v' >&2
}
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
trap ended EXIT
docker compose create
for name in $(cat "$folder/complete"); do
  docker compose run --rm --no-deps -T --volume "${project}_$name:/volume" --entrypoint tar init \
    --extract --preserve-permissions --numeric-owner --directory /volume <"$folder/$name.tar"
done
trap - EXIT
