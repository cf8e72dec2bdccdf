# shellcheck shell=bash
# shellcheck disable=SC2034
# Sourced by install.sh: what was asked for on its command line.

usage() {
  cat <<'TEXT'
Pemakaian: ./install.sh [pilihan]        (sebagai root; aman diulang kapan saja)

  --alamat IP             alamat tempat situs dibuka (baku 127.0.0.1: hanya dari mesin ini;
                          0.0.0.0: dari seluruh jaringan)
  --domain-panel NAMA     alamat panel, misalnya panel.contohkab.go.id
  --akhiran-domain NAMA   akhiran alamat desa, misalnya desa.contohkab.go.id
  --port-http N           baku 80
  --port-https N          baku 443
  --sumber-opensid ASAL   URL git, folder git, folder, atau arsip OpenSID v2410.0.0
                          (baku: repositori publik OpenSID)
  --kabupaten KODE        wilayah untuk desa contoh (baku 7305, Takalar)
  --tanpa-demo            jangan memasang tiga desa contoh
  --pekerja N             banyaknya pemasangan yang dikerjakan sekaligus
  -h, --bantuan           tampilkan ini
TEXT
}

misused() { echo "$*" >&2; echo >&2; usage >&2; exit 2; }

source='' regency=7305 with_demo=yes
declare -A asked=()

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --bantuan | --help) usage; exit 0 ;;
      --tanpa-demo) with_demo=no; shift; continue ;;
      --alamat | --domain-panel | --akhiran-domain | --port-http | --port-https | --pekerja | \
        --sumber-opensid | --kabupaten) [ $# -ge 2 ] || misused "Pilihan $1 perlu isi." ;;
      *) misused "Pilihan tidak dikenal: $1" ;;
    esac
    case $1 in
      --alamat) asked[LISTEN_ADDRESS]=$(matching "$1" "$2" '[0-9a-fA-F.:]+') ;;
      --domain-panel) asked[PANEL_DOMAIN]=$(matching "$1" "$2" '[a-z0-9]([a-z0-9.-]*[a-z0-9])?') ;;
      --akhiran-domain) asked[DOMAIN_SUFFIX]=$(matching "$1" "$2" '[a-z0-9]([a-z0-9.-]*[a-z0-9])?') ;;
      --port-http) asked[HTTP_PORT]=$(matching "$1" "$2" '[0-9]{1,5}') ;;
      --port-https) asked[HTTPS_PORT]=$(matching "$1" "$2" '[0-9]{1,5}') ;;
      --pekerja) asked[WORKERS]=$(matching "$1" "$2" '[0-9]{1,2}') ;;
      --kabupaten) regency=$(matching "$1" "${2//./}" '[0-9]{4}') ;;
      --sumber-opensid) source=$2 ;;
    esac
    shift 2
  done
}

matching() { # OPTION VALUE PATTERN
  [[ $2 =~ ^($3)$ ]] || misused "Isi pilihan $1 tidak sah: $2"
  echo "$2"
}
