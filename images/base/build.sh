#!/usr/bin/env bash
# Makes one PHP base image from Debian packages and imports it into Docker; nothing is pulled.
#   build.sh [--ulang] PHP_VERSION TAG        e.g.  build.sh 8.2 siappakai/php:8.2
# Needs: mmdebstrap, debian-archive-keyring, docker; root, or a user who may use namespaces.
# SIAPPAKAI_CERMIN_DEBIAN / _KEAMANAN name other mirrors (default: deb.debian.org).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mirror=${SIAPPAKAI_CERMIN_DEBIAN:-http://deb.debian.org/debian}
security=${SIAPPAKAI_CERMIN_KEAMANAN:-http://deb.debian.org/debian-security}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
export SOURCE_DATE_EPOCH=1704067200   # one fixed moment: the same packages give the same bytes

stop() { echo "build.sh: $*" >&2; exit 1; }

again=no
if [ "${1:-}" = --ulang ]; then again=yes; shift; fi
[ $# -eq 2 ] || stop "pakai: build.sh [--ulang] VERSI_PHP TAG"
php=$1 tag=$2

case $php in
  7.4) suite=bullseye nginx=nginx-light suites=(main) ;;   # its security suite has left the mirrors
  8.2) suite=bookworm nginx=nginx suites=(main updates security) ;;
  8.4) suite=trixie nginx=nginx suites=(main updates security) ;;
  *) stop "PHP $php tidak disediakan Debian; pilih 7.4, 8.2, atau 8.4" ;;
esac

# What the image is made from here; an image made from other files is made again.
inputs=$(cd "$here" && find build.sh shrink.sh rootfs -type f -print0 | LC_ALL=C sort -z |
  xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
made_from() { docker image inspect --format '{{index .Config.Labels "siappakai.inputs_sha256"}}' "$tag" 2>/dev/null; }
if [ "$again" = no ] && [ "$(made_from)" = "$inputs" ]; then
  echo "$tag sudah ada (pakai --ulang untuk membangun lagi)"
  exit 0
fi
for tool in mmdebstrap docker; do
  command -v "$tool" >/dev/null || stop "perintah $tool belum terpasang"
done
[ -r "$keyring" ] || stop "paket debian-archive-keyring belum terpasang"

sources=()
for part in "${suites[@]}"; do
  case $part in
    main) sources+=("deb $mirror $suite main") ;;
    updates) sources+=("deb $mirror $suite-updates main") ;;
    security) sources+=("deb $security $suite-security main") ;;
  esac
done

packages="$nginx,libnginx-mod-stream,ca-certificates,tzdata"
for ext in fpm cli opcache mysql curl gd mbstring xml zip tidy intl bcmath; do
  packages+=",php$php-$ext"
done

work=$(mktemp -d /var/tmp/siappakai-base.XXXXXX)
trap 'rm -rf "$work"' EXIT
sed "s/@PHP@/$php/g" "$here/shrink.sh" > "$work/shrink.sh"

printf '%s\n' "${sources[@]}" | mmdebstrap --variant=minbase --keyring="$keyring" \
  --include="$packages" --aptopt='Apt::Install-Recommends "false"' \
  --aptopt='Acquire::Retries "4"' --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
  --customize-hook="tar -C '$here/rootfs' --owner=0 --group=0 --mode=u=rwX,go=rX -c . | tar -C \"\$1\" -x" \
  --customize-hook="sh '$work/shrink.sh' \"\$1\" '$work/packages'" \
  "$suite" "$work/root.tar" -

digest=$(sha256sum < "$work/packages" | cut -d' ' -f1)
docker import \
  --change "LABEL siappakai.php=$php" \
  --change "LABEL siappakai.suite=$suite" \
  --change "LABEL siappakai.inputs_sha256=$inputs" \
  --change "LABEL siappakai.packages_sha256=$digest" \
  --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'ENV LANG=C.UTF-8' \
  --change 'ENV PHP_INI_SCAN_DIR=:/opt/siappakai/php.d' \
  --change 'ENV SIAPPAKAI_FPM_CHILDREN=4' \
  --change 'ENV SIAPPAKAI_TZ=Asia/Jakarta' \
  --change 'ENV SIAPPAKAI_CA=/etc/ssl/certs/ca-certificates.crt' \
  --change 'USER 65534:65534' \
  --change 'CMD ["/opt/siappakai/serve"]' \
  --message "siappakai base php $php ($suite)" "$work/root.tar" "$tag" >/dev/null
docker image inspect --format '{{index .RepoTags 0}} {{.Id}} {{.Size}} bytes packages={{index .Config.Labels "siappakai.packages_sha256"}}' "$tag"
