# shellcheck shell=bash
# shellcheck disable=SC2034
# Sourced by install.sh and test.sh: system packages of Debian or Ubuntu, installed when missing.

# What the panel needs to run and to build its base images.
run_packages=(ca-certificates curl git python3 python3-venv redis-server docker.io iptables apparmor
  procps mmdebstrap debian-archive-keyring chromium fonts-dejavu-core openssh-client)
service_ban=/usr/sbin/policy-rc.d

install_missing_packages() { # NAME...
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [ ${#missing[@]} -eq 0 ]; then tell "semua paket sudah ada"; return; fi
  [ "$(id -u)" = 0 ] || fail "paket belum ada: ${missing[*]}. Jalankan sebagai root."
  tell "memasang: ${missing[*]}"
  ban_services
  quietly dpkg --configure -a
  quietly apt-get update -o DPkg::Lock::Timeout=300
  DEBIAN_FRONTEND=noninteractive quietly apt-get install -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "${missing[@]}"
  forget_service_ban
  [ -z "$(missing_packages "$@")" ] || fail "paket belum terpasang semua: $(missing_packages "$@")"
  command -v docker > /dev/null || quietly apt-get install -y --no-install-recommends docker-cli
  if [[ " ${missing[*]} " == *" redis-server "* ]]; then keep_system_redis_off; fi
}

missing_packages() { # NAME...: those that are absent or were left half-installed, a line each
  local name status
  for name in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2> /dev/null || true)
    case $name:$status in
      *:installed) ;;
      docker.io: | docker.io:not-installed | docker.io:config-files)
        command -v dockerd > /dev/null || echo "$name" ;; # another Docker is as good
      *) echo "$name" ;;
    esac
  done
}

ban_services() { # packages don't start their services: Docker first gets settings, Redis is our own
  if [ -e $service_ban ]; then return; fi
  printf '#!/bin/sh\n# siappakai install.sh\nexit 101\n' > $service_ban
  chmod 0755 $service_ban
}

forget_service_ban() {
  if grep -qs 'siappakai install.sh' $service_ban; then rm -f $service_ban; fi
}

keep_system_redis_off() {
  if [ -d /run/systemd/system ]; then quietly systemctl disable redis-server
  else quietly update-rc.d redis-server disable; fi
}

make_environment() { # DIR REQUIREMENTS: a virtual environment with exactly these packages
  local dir=$1 list=$2 sum clear=()
  sum=$(sha256sum < "$list" | cut -d' ' -f1)-$(/usr/bin/python3 -V | cut -d' ' -f2)
  if [ "$(cat "$dir/terpasang" 2> /dev/null)" = "$sum" ]; then tell "pustaka Python sudah ada"; return; fi
  /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "perlu Python 3.11 atau lebih baru (Debian 12, Ubuntu 24.04)."
  if [ ! -e "$dir/terpasang" ]; then clear=(--clear); fi # what was left half-way is not trusted
  rm -f "$dir/terpasang"
  quietly /usr/bin/python3 -m venv "${clear[@]}" "$dir"
  quietly "$dir/bin/pip" install --progress-bar off --require-hashes --only-binary :all: -r "$list"
  echo "$sum" > "$dir/terpasang"
}
