#!/bin/sh
# Run by the service `init`, each time the cluster starts: makes what is missing of the secrets, and sees to it that each
# folder can be read by the one service that it is for, and by no other user. With arguments it renews:
# `docker compose run --rm init renew certificate`.
set -eu
umask 077

# Whether this cluster made the token: its file of tokens has their hashes.
is_known() {
  [ -s "$1" ] && grep -qs "$(sha256sum "$1" | cut -c 1-64)" /secrets/coordinator/tokens.json
}

# The command's files on the host can be gone, another cluster's, or of another port than the coordinator has now: then the
# command would send its token to whoever has that one.
mend_command_files() {
  own=/secrets/cli/token
  kept=/secrets/cli-service/token
  if ! is_known $own && [ -s $kept ]; then cp $kept $own; fi
  [ -s $own ] || return 0
  printf '{\n  "url": "%s",\n  "token": "%s"\n}\n' "$LOCKSTEP_SERVICE_URL" "$(cat $own)" >/secrets/cli/context.json.part
  mv /secrets/cli/context.json.part /secrets/cli/context.json
}

make_secrets() {
  set --
  for name in $LOCKSTEP_NATS_NAMES; do set -- "$@" --host "$name"; done
  lockstep secrets make --folder /secrets --url "$LOCKSTEP_SERVICE_URL" "$@"
}

if [ -n "$(find /secrets/authority /secrets/nats /secrets/coordinator /secrets/worker -type f)" ]; then
  mend_command_files
elif [ $# = 0 ]; then
  # The cluster that the command's files on the host belong to was taken down with its volumes.
  rm -f /secrets/cli/context.json /secrets/cli/token /secrets/cli/grafana-password
fi

if [ $# = 0 ]; then make_secrets; else lockstep secrets "$@" --folder /secrets; fi

password=/secrets/grafana/admin-password
[ -s "$password" ] ||
  node -e 'process.stdout.write(require("node:crypto").randomBytes(18).toString("base64url"))' >"$password"
cp "$password" /secrets/cli/grafana-password

cp /secrets/cli/token /secrets/cli-service/token

chown -R 0:0 /secrets/authority
chown -R 1000:1000 /secrets/nats /secrets/coordinator /secrets/worker
chown 1000:1000 /volumes/jetstream
chown -R 65534:65534 /secrets/prometheus
chown -R 472:472 /secrets/grafana
# On the host, whoever has the checkout has the secrets of the command.
chown -R "$(stat -c %u:%g /secrets/cli)" /secrets/cli
chmod 700 /secrets/authority /secrets/nats /secrets/coordinator /secrets/worker /secrets/prometheus /secrets/grafana
# Only containers of the command have this volume, whatever user they run as.
chmod 755 /secrets/cli-service
chmod 644 /secrets/cli-service/token
