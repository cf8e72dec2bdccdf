#!/usr/bin/env bash
# Builds the image of the way out: HAProxy from Debian trixie, the libraries it loads, nothing else.
# Use: build.sh [--ulang] [TAG]        (see README.md)
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mirror="${SIAPPAKAI_DEBIAN_MIRROR:-http://deb.debian.org/debian}"
security="${SIAPPAKAI_DEBIAN_SECURITY:-http://deb.debian.org/debian-security}"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
uid="${SIAPPAKAI_EGRESS_UID:-199992}"
again=no
tag=siappakai/egress:3.0

die() { echo "images/egress: $*" >&2; exit 1; }

for word in "$@"; do
  case "$word" in
    --ulang) again=ya ;;
    -*) die "pilihan tidak dikenal: $word" ;;
    *) tag="$word" ;;
  esac
done

if [ "$again" = no ] && docker image inspect "$tag" >/dev/null 2>&1; then
  echo "images/egress: $tag sudah ada"
  exit 0
fi
[ "$(id -u)" = 0 ] || die "jalankan sebagai root"
command -v mmdebstrap >/dev/null || die "mmdebstrap belum ada: apt-get install mmdebstrap"
[ -r "$keyring" ] || die "kunci Debian belum ada: apt-get install debian-archive-keyring"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

sources() {
  local suite
  for suite in trixie trixie-updates; do
    echo "deb [signed-by=$keyring] $mirror $suite main"
  done
  echo "deb [signed-by=$keyring] $security trixie-security main"
}

mmdebstrap --mode=root --variant=essential --format=null --quiet \
  --include=haproxy \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook="sh '$here/pick.sh' \"\$1\" '$work/image' $uid" \
  trixie - - < <(sources)

tar -C "$work/image" --sort=name --owner=0 --group=0 --mode=u=rwX,go=rX --mtime=@1704067200 -c . |
  docker import \
    --change "USER $uid:$uid" \
    --change 'ENTRYPOINT ["/usr/sbin/haproxy"]' \
    --change 'CMD ["-W", "-db", "-S", "/run/control/master.sock,mode,660", "-f", "/etc/siappakai-egress/haproxy.cfg"]' \
    --change "LABEL siappakai.image=egress siappakai.uid=$uid" \
    - "$tag" >/dev/null
echo "images/egress: $tag selesai: $(docker run --rm --network none "$tag" -v | head -n 1)"
