#!/bin/sh
# Copies the volumes that cannot be made again into a folder: backup.sh <folder>. The cluster is stopped meanwhile, and what
# ran of it is started again. A backup that was in the folder is there until this one is whole. docs/operations.md has the
# words to it.
set -eu
folder=${1:?usage: backup.sh <folder>}
cd "$(dirname "$0")/../.."
umask 077
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
# As Compose has it: from the environment, a .env, or the file itself.
project=$(docker compose config | sed -n 's/^name: //p')

volumes=$(docker volume ls --quiet --filter "label=com.docker.compose.project=$project")
if [ -z "$volumes" ]; then
  echo "backup.sh: the project $project has no volumes; COMPOSE_PROJECT_NAME names another one" >&2
  exit 1
fi
# The image of the cluster, which is there in any case, runs tar. Whether it does is known before anything is stopped.
docker compose run --rm --no-deps -T --entrypoint tar init --version </dev/null >/dev/null

# NATS first, which the others need.
running="$(docker compose ps --quiet --status running nats) $(docker compose ps --quiet --status running)"
# Also when a copy fails, or Ctrl-C ends it: a cluster that stands still is worse than a backup that is missing.
# Containers and not services: a worker that somebody has stopped stays so.
[ "$running" = ' ' ] || trap 'trap "" INT TERM HUP; docker start $running >/dev/null' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
docker compose stop
copied=''
for volume in $volumes; do
  name=${volume#"${project}_"}
  case $name in
    shards | prometheus | grafana) continue ;; # copies of what is elsewhere, and history
  esac
  docker compose run --rm --no-deps -T --volume "$volume:/volume:ro" --entrypoint tar init \
    --create --numeric-owner --directory /volume . </dev/null >"$folder/$name.tar.part"
  copied="$copied $name"
done
# The list of what belongs together: without it there is no backup.
rm -f "$folder/complete"
for name in $copied; do
  mv "$folder/$name.tar.part" "$folder/$name.tar"
  echo "$folder/$name.tar"
done
echo "$copied" >"$folder/complete.part"
mv "$folder/complete.part" "$folder/complete"
