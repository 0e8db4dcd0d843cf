#!/bin/sh
# Copies the volumes that cannot be made again into a folder: backup.sh <folder>. The cluster is stopped meanwhile, and is
# started again if it ran. docs/operations.md has the words to it.
set -eu
folder=${1:?usage: backup.sh <folder>}
cd "$(dirname "$0")/../.."
umask 077
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
project=${COMPOSE_PROJECT_NAME:-lockstep}

# The image of the cluster, which is there in any case, runs tar.
image=$(docker compose config --images | grep coordinator | head -n 1)
running=$(docker compose ps --quiet --status running)
# Also when a copy fails: a cluster that stands still is worse than a backup that is missing.
[ -z "$running" ] || trap 'docker compose start' EXIT
docker compose stop
for volume in $(docker volume ls --quiet --filter "label=com.docker.compose.project=$project"); do
  name=${volume#"${project}_"}
  case $name in
    shards | prometheus | grafana) continue ;; # copies of what is elsewhere, and history
  esac
  docker run --rm --user 0:0 --network none --entrypoint tar --volume "$volume:/volume:ro" "$image" \
    --create --numeric-owner --directory /volume . >"$folder/$name.tar.part"
  mv "$folder/$name.tar.part" "$folder/$name.tar"
  echo "$folder/$name.tar"
done
