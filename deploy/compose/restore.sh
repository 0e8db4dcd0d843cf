#!/bin/sh
# Makes a cluster of what backup.sh has kept: restore.sh <folder>. There must be none of the name: what is in its volumes is
# not written over. docs/operations.md has the words to it.
set -eu
folder=$(cd "${1:?usage: restore.sh <folder>}" && pwd)
cd "$(dirname "$0")/../.."
project=${COMPOSE_PROJECT_NAME:-lockstep}

if [ -n "$(docker volume ls --quiet --filter "label=com.docker.compose.project=$project")" ]; then
  echo "restore.sh: the project $project has volumes already; remove them first: docker compose down -v" >&2
  exit 1
fi
docker compose create
image=$(docker compose config --images | grep coordinator | head -n 1)
for file in "$folder"/*.tar; do
  name=$(basename "$file" .tar)
  docker run --rm --interactive --user 0:0 --network none --entrypoint tar --volume "${project}_$name:/volume" "$image" \
    --extract --preserve-permissions --numeric-owner --directory /volume <"$file"
done
# The command's files on the host belong to the cluster that was backed up.
docker compose run --rm --no-deps -T --entrypoint sh init -euc \
  'umask 077
   cp /secrets/cli-service/token /secrets/cli/token
   printf "{\"url\":\"%s\",\"token\":\"%s\"}\n" "$LOCKSTEP_SERVICE_URL" "$(cat /secrets/cli/token)" >/secrets/cli/context.json
   chmod 600 /secrets/cli/token /secrets/cli/context.json'
