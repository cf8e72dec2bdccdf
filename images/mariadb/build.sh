#!/usr/bin/env bash
# Builds the image of the database server: MariaDB 10.11 from Debian bookworm, and nothing else.
# Use: build.sh [--ulang] [TAG]        (see README.md)
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mirror="${SIAPPAKAI_DEBIAN_MIRROR:-http://deb.debian.org/debian}"
security="${SIAPPAKAI_DEBIAN_SECURITY:-http://deb.debian.org/debian-security}"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
uid="${SIAPPAKAI_MARIADB_UID:-199991}"
again=no
tag=siappakai/mariadb:10.11

die() { echo "images/mariadb: $*" >&2; exit 1; }

for word in "$@"; do
  case "$word" in
    --ulang) again=ya ;;
    -*) die "pilihan tidak dikenal: $word" ;;
    *) tag="$word" ;;
  esac
done

if [ "$again" = no ] && docker image inspect "$tag" >/dev/null 2>&1; then
  echo "images/mariadb: $tag sudah ada"
  exit 0
fi
[ "$(id -u)" = 0 ] || die "jalankan sebagai root"
command -v mmdebstrap >/dev/null || die "mmdebstrap belum ada: apt-get install mmdebstrap"
[ -r "$keyring" ] || die "kunci Debian belum ada: apt-get install debian-archive-keyring"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

sources() {
  local suite
  for suite in bookworm bookworm-updates; do
    echo "deb [signed-by=$keyring] $mirror $suite main"
  done
  echo "deb [signed-by=$keyring] $security bookworm-security main"
}

# In mmdebstrap's hooks "$1" is the new root.
give_the_server_its_own_account="
  echo 'mysql:x:$uid:$uid:MariaDB:/var/lib/mysql:/usr/sbin/nologin' >> \"\$1\"/etc/passwd
  echo 'mysql:x:$uid:' >> \"\$1\"/etc/group"
leave_only_what_runs='
  rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/* "$1"/var/log/* "$1"/usr/share/mysql/bench \
    "$1"/etc/mysql "$1"/usr/share/zoneinfo/right "$1"/usr/share/zoneinfo/posix
  find "$1"/usr/share/mysql -mindepth 2 -name errmsg.sys ! -path "*/english/*" -delete
  cd "$1"/usr/bin
  rm -f replace resolve_stack_dump perror mariadb-waitpid mariadb-plugin mariadb-conv \
    mariadb-slap mariadb-show mariadb-tzinfo-to-sql
  mkdir -p "$1"/etc/mysql "$1"/var/lib/mysql "$1"/run/mysqld'

mmdebstrap --mode=root --variant=essential --format=tar --quiet \
  --include=mariadb-server-core,mariadb-client,tzdata \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --customize-hook="$give_the_server_its_own_account" \
  --customize-hook="$leave_only_what_runs" \
  --customize-hook="copy-in $here/siappakai-mariadb /usr/local/bin" \
  --customize-hook='chmod 0755 "$1"/usr/local/bin/siappakai-mariadb' \
  bookworm "$work/root.tar" - < <(sources)

docker import \
  --change "USER $uid:$uid" \
  --change 'ENTRYPOINT ["/usr/local/bin/siappakai-mariadb"]' \
  --change 'CMD ["serve"]' \
  --change "LABEL siappakai.image=mariadb siappakai.uid=$uid" \
  "$work/root.tar" "$tag" >/dev/null
echo "images/mariadb: $tag selesai: $(docker run --rm --network none "$tag" version)"
