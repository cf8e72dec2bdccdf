#!/usr/bin/env bash
# Makes the builder image: the PHP base of one version plus Debian's composer, for one-off runs only.
#   build.sh [--ulang] PHP_VERSION TAG        e.g.  build.sh 8.2 siappakai/composer:8.2
# Needs: the base siappakai/php:PHP_VERSION, mmdebstrap, debian-archive-keyring, docker; root.
# SIAPPAKAI_CERMIN_DEBIAN / _KEAMANAN name other mirrors (default: deb.debian.org).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mirror=${SIAPPAKAI_CERMIN_DEBIAN:-http://deb.debian.org/debian}
security=${SIAPPAKAI_CERMIN_KEAMANAN:-http://deb.debian.org/debian-security}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
export SOURCE_DATE_EPOCH=1704067200

stop() { echo "images/composer: $*" >&2; exit 1; }

again=no
if [ "${1:-}" = --ulang ]; then again=yes; shift; fi
[ $# -eq 2 ] || stop "pakai: build.sh [--ulang] VERSI_PHP TAG"
php=$1 tag=$2 base=siappakai/php:$1

case $php in
  8.2) suite=bookworm ;;
  8.4) suite=trixie ;;
  *) stop "composer hanya disediakan untuk PHP 8.2 dan 8.4" ;;
esac
for tool in mmdebstrap docker; do
  command -v "$tool" >/dev/null || stop "perintah $tool belum terpasang"
done
[ -r "$keyring" ] || stop "paket debian-archive-keyring belum terpasang"
base_id=$(docker image inspect --format '{{.Id}}' "$base" 2>/dev/null) || stop "citra $base belum ada"

standing_on() { docker image inspect --format '{{index .Config.Labels "siappakai.base_id"}}' "$tag" 2>/dev/null; }
if [ "$again" = no ] && [ "$(standing_on)" = "$base_id" ]; then
  echo "images/composer: $tag sudah ada"
  exit 0
fi

work=$(mktemp -d /var/tmp/siappakai-composer.XXXXXX)
trap 'rm -rf "$work"' EXIT
docker run --rm --network none "$base" cat /opt/siappakai/packages | cut -d' ' -f1 > "$work/present"

# Composer's whole tree of dependencies is fetched and verified by apt, and only unpacked; what the
# base has is left out, so PHP and its extensions stay exactly those the application will run with.
printf '%s\n' "deb $mirror $suite main" "deb $mirror $suite-updates main" \
  "deb $security $suite-security main" |
  mmdebstrap --mode=root --variant=extract --format=directory --quiet --keyring="$keyring" \
    --include=composer,unzip \
    --aptopt='Apt::Install-Recommends "false"' \
    --aptopt='Acquire::Retries "4"' --aptopt='Acquire::Languages "none"' \
    --extract-hook="sh '$here/pick.sh' \"\$1\" '$work/present' '$work/added' '$work/packages'" \
    "$suite" "$work/root" -

digest=$(sha256sum < "$work/packages" | cut -d' ' -f1)
mkdir "$work/context"
tar -C "$work/added" --sort=name --owner=0 --group=0 --numeric-owner \
  --mtime="@$SOURCE_DATE_EPOCH" -cf "$work/context/composer.tar" .
cat > "$work/context/Dockerfile" <<END
FROM $base
ADD composer.tar /
LABEL siappakai.base_id=$base_id siappakai.image=composer siappakai.packages_sha256=$digest
CMD ["composer", "--version", "--no-ansi"]
END
old=$(docker image inspect --format '{{.Id}}' "$tag" 2>/dev/null || true)
docker build --quiet --pull=false --force-rm --tag "$tag" "$work/context" >/dev/null
if [ -n "$old" ] && [ "$old" != "$(docker image inspect --format '{{.Id}}' "$tag")" ]; then
  docker image rm "$old" >/dev/null 2>&1 || true   # kept when a run still uses it
fi
echo "images/composer: $tag selesai: $(docker run --rm --network none --read-only --tmpfs /tmp \
  --env COMPOSER_HOME=/tmp "$tag" | head -n 1)"
