#!/usr/bin/env bash
# Builds the image of the edge: the official Caddy binary, the root certificates, one account.
# Use: build.sh [--ulang] [TAG]        (see README.md)
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
python="${SIAPPAKAI_PYTHON:-$here/../../.venv/bin/python}"
certificates="${SIAPPAKAI_CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}"
uid="${SIAPPAKAI_EDGE_UID:-199990}"
again=no
tag=siappakai/edge:2.11.7

die() { echo "images/edge: $*" >&2; exit 1; }

for word in "$@"; do
  case "$word" in
    --ulang) again=ya ;;
    -*) die "pilihan tidak dikenal: $word" ;;
    *) tag="$word" ;;
  esac
done

if [ "$again" = no ] && docker image inspect "$tag" >/dev/null 2>&1; then
  echo "images/edge: $tag sudah ada"
  exit 0
fi
[ -x "$python" ] || die "lingkungan Python belum ada: $python (atau isi SIAPPAKAI_PYTHON)"
[ -r "$certificates" ] || die "daftar sertifikat belum ada: apt-get install ca-certificates"

"$python" "$here/pack.py" --certificates "$certificates" --uid "$uid" --base "$here/base.json" |
  docker import \
    --change "USER $uid:$uid" \
    --change 'ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data' \
    --change 'ENV CADDY_ADMIN=unix//run/siappakai-edge/admin.sock|0660' \
    --change 'ENTRYPOINT ["/usr/bin/caddy"]' \
    --change 'CMD ["run", "--config", "/etc/caddy/base.json", "--resume"]' \
    --change "LABEL siappakai.image=edge siappakai.uid=$uid" \
    - "$tag" >/dev/null
echo "images/edge: $tag selesai: $(docker run --rm --network none "$tag" version)"
