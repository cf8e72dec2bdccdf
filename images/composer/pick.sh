#!/bin/sh
# Unpacks into ADDED the downloaded packages that the base lacks, and lists them in LIST.
# Run by build.sh inside mmdebstrap: pick.sh ROOT PRESENT ADDED LIST
set -eu
root=$1 present=$2 added=$3 list=$4
mkdir -p "$added"
for file in "$root"/var/cache/apt/archives/*.deb; do
  name=$(dpkg-deb -f "$file" Package)
  if grep -qxF "$name" "$present"; then continue; fi
  dpkg-deb -x "$file" "$added"
  dpkg-deb -W --showformat '${Package} ${Version} ${Architecture}\n' "$file" >> "$list.unsorted"
done
LC_ALL=C sort "$list.unsorted" > "$list"
mkdir -p "$added/opt/siappakai"
cp "$list" "$added/opt/siappakai/packages.composer"
rm -rf "$added/usr/share/man" "$added/usr/share/bash-completion" "$added/usr/share/lintian" \
  "$added/usr/share/bug" "$added/usr/share/locale"
find "$added/usr/share/doc" -type f ! -name copyright -delete
