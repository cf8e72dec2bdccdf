# shellcheck shell=bash
# shellcheck disable=SC2154
# Sourced by install.sh and test.sh: what a person sees while it works, and the log behind it.
# The caller sets: log, stage_count.

stage_number=0
current=''

fail() { echo "Gagal: $*" >&2; exit 1; }

stage() { # TITLE COMMAND...: runs it and shows how long it took
  local title=$1 begun=$SECONDS
  shift
  stage_number=$((stage_number + 1))
  current=$title
  echo "[$stage_number/$stage_count] $title …"
  echo "=== $(date -u +%FT%TZ) [$stage_number/$stage_count] $title" >> "$log"
  "$@"
  echo "      selesai dalam $((SECONDS - begun)) detik"
  current=''
}

tell() { echo "      $*"; echo "$*" >> "$log"; }
quietly() { "$@" >> "$log" 2>&1 < /dev/null; }

aloud() { # each line goes to the log; a terminal shows the last one, anything else shows them all
  "$@" 2>&1 < /dev/null | while IFS= read -r line; do
    echo "$line" >> "$log"
    if [ -t 1 ]; then printf '\r\033[K      %.90s' "$line"; else echo "      $line"; fi
  done
  if [ -t 1 ]; then printf '\r\033[K'; fi
}

explain_failure() { # what to read and what to do, when a stage was left half-way
  if [ -z "$current" ]; then return; fi
  echo >&2
  echo "Berhenti pada tahap: $current." >&2
  echo "Catatan lengkap: $log. Baris terakhirnya:" >&2
  tail -n 15 "$log" | sed 's/^/  | /' >&2
  echo "Setelah penyebabnya diperbaiki, jalankan lagi perintah yang sama: yang selesai dilewati." >&2
}
