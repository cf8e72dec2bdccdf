#!/bin/sh
# Lays what the release ships for storage/app/ beside what the district has there, then serves.
# A file that is there already, the district's own or of an older release, is never touched; each
# new one appears whole, by rename. Nothing of this can keep the instance from serving.
set -u
shipped=/opt/siappakai/shipped
storage=/var/www/app/storage/app

find "$shipped" -type f | while IFS= read -r file; do
  target=$storage${file#"$shipped"}
  if [ -e "$target" ] || [ -L "$target" ]; then continue; fi
  { mkdir -p "${target%/*}" && cp "$file" "$target.siappakai" && mv -n "$target.siappakai" "$target"; } ||
    echo "start: ${target#"$storage"/} could not be laid out" >&2
done
exec /opt/siappakai/serve
