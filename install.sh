#!/bin/bash
# Makes a fresh Debian 12 or Ubuntu 24.04 machine run Dasbor SiapPakai. Run it again at any moment:
# every stage looks first whether there is anything to do.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
base=/opt/siappakai app=/opt/siappakai/app venv=/opt/siappakai/venv
etc=/etc/siappakai keys=/etc/siappakai/rahasia settings=/etc/siappakai/lingkungan
home=/var/lib/siappakai log_dir=/var/log/siappakai log=/var/log/siappakai/pasang.log
first_password=$keys/sandi_pertama
public_source=https://github.com/OpenSID/OpenSID.git
release=v2410.0.0
stage_count=9
demo_works=yes

# shellcheck source-path=SCRIPTDIR
source "$here/install.d/show.sh"
source "$here/install.d/packages.sh"
source "$here/install.d/options.sh"

# ---- stages -------------------------------------------------------------------------------------

check_machine() {
  [ "$(id -u)" = 0 ] || fail "jalankan sebagai root: sudo ./install.sh"
  # shellcheck source=/dev/null
  case "$(. /etc/os-release && echo "$ID ${ID_LIKE:-}")" in
    *debian* | *ubuntu*) ;;
    *) fail "sistem ini bukan Debian atau Ubuntu; pakai Debian 12 atau Ubuntu 24.04." ;;
  esac
  local free_mb memory_mb
  free_mb=$(df -Pm /var | awk 'NR==2 {print $4}')
  memory_mb=$(awk '/^MemTotal/ {print int($2/1024)}' /proc/meminfo)
  [ "$free_mb" -ge 6000 ] || fail "ruang disk tinggal $free_mb MB; perlu sedikitnya 6000 MB."
  [ "$memory_mb" -ge 1800 ] || fail "memori mesin $memory_mb MB; perlu sedikitnya 2 GB."
}

own_the_machine() { # one installation at a time, and a log only root reads
  mkdir -p "$log_dir" /run/lock
  exec 9> /run/lock/siappakai-pasang.lock
  flock -n 9 || fail "install.sh lain sedang berjalan di mesin ini."
  (umask 077 && touch "$log")
  trap 'at_the_end $?' EXIT
  trap 'exit 130' INT TERM
}

at_the_end() {
  forget_service_ban
  if [ "$1" -ne 0 ]; then explain_failure; fi
}

listed_files() { # NUL-separated: what git tracks, or everything that isn't a by-product
  if git -c safe.directory="$here" -C "$here" rev-parse --git-dir > /dev/null 2>&1; then
    git -c safe.directory="$here" -C "$here" ls-files -z
  else
    find "$here" \( -name .venv -o -name __pycache__ -o -name '.*_cache' -o -name .hypothesis \) \
      -prune -o -type f -printf '%P\0'
  fi
}

copy_program() {
  local sum
  sum=$(cd "$here" && listed_files | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
  if [ "$(cat $base/app.sha256 2> /dev/null)" = "$sum" ] && [ -d $app ]; then
    tell "program sudah yang terbaru"
  else
    pause_panel
    rm -rf $app.baru $app.lama
    mkdir -p $app.baru
    listed_files | tar -C "$here" --null -T - -c | tar -C $app.baru --no-same-owner -x
    chmod -R u=rwX,go=rX $app.baru
    if [ -d $app ]; then mv $app $app.lama; fi
    mv $app.baru $app
    rm -rf $app.lama
    echo "$sum" > $base/app.sha256
    tell "program disalin ke $app"
  fi
  install -m 0755 $app/siappakai/templates/host/siappakai /usr/local/bin/siappakai
}

prepare_program() {
  copy_program
  make_environment $venv $app/requirements.txt
  echo "$app" > "$($venv/bin/python -c 'import site; print(site.getsitepackages()[0])')/siappakai.pth"
}

pause_panel() { # sites go on; the panel and its workers make room for new code or settings
  if [ ! -S /run/siappakai/supervisor.sock ] || [ ! -x /usr/local/bin/siappakai ]; then return; fi
  tell "menghentikan panel sebentar; situs desa tetap berjalan"
  quietly siappakai hentikan --panel-saja ||
    quietly $venv/bin/supervisorctl -c $etc/supervisord.conf shutdown || true
}

make_account_and_settings() {
  getent group siappakai > /dev/null || groupadd --system siappakai
  getent passwd siappakai > /dev/null || useradd --system --gid siappakai --home-dir $home \
    --no-create-home --shell /usr/sbin/nologin --comment 'Dasbor SiapPakai' siappakai
  install -d -o root -g siappakai -m 0750 $etc $keys $log_dir
  install -d -o siappakai -g siappakai -m 2770 $home
  make_key kunci_sesi
  make_key kunci_brankas
  write_settings
}

make_key() { # made once; a second run never changes it
  local file=$keys/$1
  if [ -s "$file" ]; then return; fi
  (umask 077 && /usr/bin/python3 -c \
    'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())' > "$file.baru")
  chown root:siappakai "$file.baru"
  chmod 0640 "$file.baru"
  mv "$file.baru" "$file"
}

write_settings() { # keeps every line that is there; options of this call win
  local new=$settings.baru name
  (umask 077 && cat $settings > $new 2> /dev/null) || : > $new
  [ -s $new ] || echo "# Pengaturan Dasbor SiapPakai. Setelah mengubah, jalankan lagi ./install.sh." > $new
  for name in "SESSION_KEY_FILE=$keys/kunci_sesi" "VAULT_KEY_FILE=$keys/kunci_brankas" \
    "HOME=$home" DATA_ROOT=/srv/siappakai REDIS_URL=unix:///run/siappakai/redis/redis.sock \
    FLEET=siappakai LISTEN_ADDRESS=127.0.0.1 HTTP_PORT=80 HTTPS_PORT=443 \
    PANEL_DOMAIN=panel.siappakai.localhost DOMAIN_SUFFIX=desa.localhost; do
    grep -q "^SIAPPAKAI_${name%%=*}=" $new || echo "SIAPPAKAI_$name" >> $new
  done
  for name in "${!asked[@]}"; do
    sed -i "/^SIAPPAKAI_$name=/d" $new
    echo "SIAPPAKAI_$name=${asked[$name]}" >> $new
  done
  chown root:siappakai $new
  chmod 0640 $new
  if cmp -s $new $settings; then rm $new; else pause_panel; mv $new $settings; fi
}

start_docker() {
  if [ ! -e /etc/docker/daemon.json ] && [ ! -S /var/run/docker.sock ]; then
    mkdir -p /etc/docker
    echo '{"live-restore": true, "log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}}' \
      > /etc/docker/daemon.json
  fi
  aloud siappakai jalankan --mesin-saja
}

prepare_control_database() {
  (umask 007 && aloud siappakai basisdata naik && aloud siappakai peluncuran libur)
  (umask 007 && aloud siappakai tema bawaan) ||
    tell "tema Nusantara belum masuk; pemasangan diteruskan. Ulangi nanti: siappakai tema bawaan"
  local each
  for each in tema aset; do install -d -m 0750 "$home/$each"; done
  chown -R siappakai:siappakai $home/kendali.sqlite3 $home/tema $home/aset
  find $home/aset -type d -exec chmod 2770 {} + # root and the panel both derive sizes there
  chmod 0660 $home/kendali.sqlite3
}

prepare_server() {
  check_ports
  aloud siappakai server siapkan
}

check_ports() { # only before our own edge listens there
  if [ -n "$(docker ps -q --filter "name=^$(setting FLEET)-edge\$")" ]; then return; fi
  local port
  for port in "$(setting HTTP_PORT)" "$(setting HTTPS_PORT)"; do
    /usr/bin/python3 -c 'import socket, sys
address, port = sys.argv[1], int(sys.argv[2])
kind = socket.AF_INET6 if ":" in address else socket.AF_INET
with socket.socket(kind) as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind((address, port))' "$(setting LISTEN_ADDRESS)" "$port" 2>> "$log" ||
      fail "port $port di $(setting LISTEN_ADDRESS) sedang dipakai program lain (misalnya Apache atau nginx).
       Hentikan program itu, atau pilih port lain dengan --port-http dan --port-https."
  done
}

setting() { sed -n "s/^SIAPPAKAI_$1=//p" $settings; }

start_everything() {
  if [ -d /run/systemd/system ]; then
    install -m 0644 $app/siappakai/templates/host/siappakai.service /etc/systemd/system/
    quietly systemctl daemon-reload
    quietly systemctl enable siappakai.service
  fi
  aloud siappakai jalankan
  [ -e $etc/pengguna_pertama ] || {
    quietly siappakai pengguna tambah admin --nama Pengelola --simpan-sandi $first_password
    touch $etc/pengguna_pertama
  }
}

add_release() {
  if ready_releases | grep -qv '(contoh)'; then
    tell "OpenSID $release sudah ada"
    return
  fi
  local from=${source:-$public_source}
  if reaches_source "$from"; then
    tell "mengambil OpenSID $release dari $from"
    aloud siappakai rilis tambah opensid $release --dari "$from"
    return
  fi
  [ -z "$source" ] || fail "sumber OpenSID tidak dapat dijangkau: $source"
  if ready_releases | grep -q '(contoh)'; then tell "produk contoh sudah ada"; return; fi
  tell "PERHATIAN: $public_source tidak dapat dijangkau dari mesin ini."
  tell "Dipakai produk CONTOH, bukan OpenSID. Untuk yang asli, ulangi dengan:"
  tell "  ./install.sh --sumber-opensid <URL git, folder git, atau arsip OpenSID $release>"
  aloud siappakai rilis tambah opensid $release --edisi contoh \
    --dari "$app/tests/samples/opensid/$release"
}

ready_releases() {
  siappakai rilis daftar | grep -E "^opensid ${release#v} \([a-z]+\) (teruji|ditawarkan)" || true
}

reaches_source() {
  if [[ $1 != *://* && $1 != *@*:* ]]; then [ -e "$1" ]; return; fi
  GIT_TERMINAL_PROMPT=0 quietly timeout 30 git ls-remote --exit-code "$1" "refs/tags/$release"
}

install_demo() {
  if [ $with_demo = no ] || [ -e $etc/demo_selesai ]; then tell "dilewati"; return; fi
  local district
  district=$($venv/bin/python -P -c 'import sys; from siappakai.regions import districts_of_regency
print(next((each.code for each in districts_of_regency(sys.argv[1])), ""))' "$regency")
  [ -n "$district" ] || fail "kode kabupaten/kota $regency tidak ada dalam daftar resmi."
  aloud siappakai wilayah pilih "$regency"
  if aloud siappakai desa pilih --kabupaten "$regency" --kecamatan "$district" --jumlah 3 \
    --rilis "opensid:${release#v}" --pasang --tunggu; then
    touch $etc/demo_selesai
  else
    demo_works=no
  fi
}

show_what_to_open() {
  local address
  address=$(setting LISTEN_ADDRESS)
  siappakai alamat --jumlah 3 --simpan-sertifikat $etc/sertifikat-akar.crt > /dev/null
  echo
  siappakai keadaan || true
  echo
  echo "Dasbor SiapPakai siap. Buka:"
  siappakai alamat --jumlah 3 | sed 's/^/  /'
  if [ -s $first_password ]; then
    echo "Masuk sebagai admin dengan sandi (tampil sekali ini, wajib diganti): $(cat $first_password)"
    rm -f $first_password
  else
    echo "Sandi admin sudah pernah ditunjukkan. Lupa? siappakai pengguna sandi admin"
  fi
  echo "Sertifikat akar (impor ke peramban agar tidak ada peringatan): $etc/sertifikat-akar.crt"
  if [[ $address == 127.* || $address == ::1 ]]; then
    cat <<TEXT
Saat ini hanya dapat dibuka dari mesin ini. Dari komputer lain ada dua cara:
  lewat SSH     sudo ssh -L 443:127.0.0.1:443 <pengguna>@<mesin ini>   lalu buka alamat di atas
  ke jaringan   ./install.sh --alamat 0.0.0.0 --domain-panel panel.contohkab.go.id \\
                  --akhiran-domain desa.contohkab.go.id   (domainnya diarahkan ke mesin ini)
TEXT
  fi
  echo "Perintah harian: siappakai keadaan | hentikan | jalankan.   Catatan pemasangan: $log"
}

main() {
  read_options "$@"
  check_machine
  own_the_machine
  stage "Paket sistem" install_missing_packages "${run_packages[@]}"
  stage "Program dan pustaka Python" prepare_program
  stage "Akun, kunci, dan pengaturan" make_account_and_settings
  stage "Mesin Docker" start_docker
  stage "Basis data kendali" prepare_control_database
  stage "Server: citra dasar, MariaDB, pintu depan" prepare_server
  stage "Panel, pekerja, dan pengguna pertama" start_everything
  stage "Rilis OpenSID" add_release
  stage "Tiga desa contoh" install_demo
  show_what_to_open
  [ $demo_works = yes ] || fail "desa contoh belum terpasang; ulangi ./install.sh. Catatan: $log"
}

main "$@"
