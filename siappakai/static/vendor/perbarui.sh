#!/usr/bin/env bash
# Refreshes the vendored browser files from the npm registry and rewrites manifest.json.
# Use: ./perbarui.sh   (needs npm and python3). To take another version, change it here.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
icons_macro="$here/../../templates/components/icons.html"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

take() { # package version -> $work/<name>/package
  local name="$1" version="$2" folder="$work/$3"
  mkdir -p "$folder"
  (cd "$folder" && npm pack --silent "$name@$version" >/dev/null && tar xzf ./*.tgz)
}

take @tabler/core 1.6.1 core
take htmx.org 4.0.1 htmx
take @tabler/icons 3.51.0 icons
fonts=""
for each in plus-jakarta-sans@5.3.0 inter@5.3.0 source-sans-3@5.3.0 figtree@5.3.0 nunito-sans@5.3.0 \
  atkinson-hyperlegible-next@5.3.0 lora@5.3.0 source-serif-4@5.3.1 bitter@5.3.0; do
  take "@fontsource-variable/${each%@*}" "${each#*@}" "font-${each%@*}"
  fonts="$fonts ${each%@*}"
done
HERE="$here" WORK="$work" ICONS_MACRO="$icons_macro" FONTS="$fonts" python3 "$here/perbarui.py"
