#!/bin/bash
# Tests everything, with real Docker, MariaDB, Redis, edge and browser; --cepat leaves those out.
# What is missing on a fresh Debian 12 or Ubuntu 24.04 machine is installed first.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
venv=$here/.venv
log=$here/.pytest_cache/test.sh.log
export PATH=$venv/bin:$PATH
stage_count=6

# shellcheck source-path=SCRIPTDIR
source install.d/show.sh
source install.d/packages.sh
test_packages=("${run_packages[@]}" shellcheck iproute2)

usage() {
  cat <<'TEXT'
Pemakaian: ./test.sh [--cepat] [pilihan pytest]

  --cepat        tanpa Docker dan peramban (tidak perlu root)
  -h, --bantuan  tampilkan ini

SIAPPAKAI_SUMBER_OPENSID=<URL git, folder git, atau arsip>   sertakan uji dengan rilis OpenSID asli
SIAPPAKAI_SUMBER_PBB, _MOBILE_API, _OPENKAB, _SATU_DATA_API, _OPENDK=<folder git, vendor/ di dalamnya>
                                                             begitu juga produk lainnya
SIAPPAKAI_UJI_LAMBAT=1                                       sertakan pemasangan dari mesin kosong
SIAPPAKAI_UJI_SERENTAK=2                                     berkas uji yang berjalan bersamaan; 0: satu per satu
TEXT
}

quick=no
case ${1:-} in
  -h | --bantuan | --help) usage; exit 0 ;;
  --cepat) quick=yes; stage_count=4; shift ;;
esac

timings='' broken=''

timed() { # TITLE COMMAND...: a stage whose seconds pytest shows at the end
  local begun=$SECONDS
  stage "$@"
  timings+=$(printf '%-22s%8.1f detik' "$1" $((SECONDS - begun)))$'\n'
}

checked() { # COMMAND...: tells when it fails, but lets the tests run; the exit code remembers
  if "$@"; then return; fi
  broken+="GAGAL: $*"$'\n'
}

start_docker() {
  "$venv/bin/python" -c 'import sys
from pathlib import Path
from siappakai.host.engine import start_engine
print("Docker", start_engine(Path(sys.argv[1])))' "$here/.pytest_cache/dockerd.log"
}

build_base_images() {
  export SIAPPAKAI_PYTHON=$venv/bin/python
  quietly images/base/build.sh 8.2 siappakai/php:8.2
  quietly images/mariadb/build.sh
  quietly images/edge/build.sh
  quietly images/egress/build.sh
}

check_style() {
  checked "$venv/bin/ruff" check --quiet .
  checked "$venv/bin/ruff" format --check --quiet .
  if command -v shellcheck > /dev/null; then
    checked shellcheck -x -S warning install.sh test.sh .ci/run install.d/*.sh images/*/build.sh
  fi
}

check_playbooks() { checked "$venv/bin/ansible-lint" --offline -q playbooks; }

run_tests() { # the exit code is pytest's, or 1 when a check before it failed
  local code=0 parts=(tests/unit tests/house tests/integration)
  export SIAPPAKAI_UJI_SEBELUM=$timings$broken
  # Most of a test's time is waiting: modules run side by side, each whole in one process.
  local side_by_side=(-n "${SIAPPAKAI_UJI_SERENTAK:-2}" --dist loadfile)
  if [ $quick = yes ]; then
    "$venv/bin/pytest" -q "${side_by_side[@]}" -m 'not system and not browser and not slow' \
      "${parts[@]}" "$@" || code=$?
  else
    parts+=(tests/system tests/faults tests/browser)
    "$venv/bin/pytest" -q "${side_by_side[@]}" "${parts[@]}" "$@" || code=$?
  fi
  if [ $code -eq 0 ] && [ -n "$broken" ]; then code=1; fi
  exit $code
}

mkdir -p .pytest_cache
: > "$log"
trap 'code=$?; forget_service_ban; [ $code -eq 0 ] || explain_failure' EXIT
trap 'exit 130' INT TERM

if [ $quick = no ]; then timed "Paket sistem" install_missing_packages "${test_packages[@]}"; fi
timed "Pustaka Python" make_environment "$venv" requirements-dev.txt
if [ $quick = no ]; then
  timed "Mesin Docker" start_docker
  timed "Citra dasar" build_base_images
fi
timed "Gaya penulisan" check_style
timed "Pemeriksaan playbook" check_playbooks
trap - EXIT INT TERM
run_tests "$@"
