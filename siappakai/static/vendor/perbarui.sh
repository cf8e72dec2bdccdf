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
HERE="$here" WORK="$work" ICONS_MACRO="$icons_macro" python3 "$here/perbarui.py"
