# Leaves in ROOT only what runs, and writes the list of installed packages to LIST.
# Run by build.sh inside mmdebstrap: shrink.sh ROOT LIST
export LC_ALL=C
set -eu
root=$1 list=$2
php=@PHP@

# Nothing is ever installed, booted or configured in the finished image: what packages ask for
# at install time (apt, perl, systemd, iproute2) is not needed when php-fpm and nginx run.
installed() { dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Package}\n' "$@" 2>/dev/null; }
dpkg --root="$root" --purge --force-depends --force-remove-protected --force-remove-essential \
  $(installed apt 'libapt-pkg*' gpgv debian-archive-keyring perl 'perl-modules-*' 'libperl5*' \
    systemd 'libsystemd-shared*' systemd-dev iproute2 dmsetup) >/dev/null 2>&1

dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Package} ${Version} ${Architecture}\n' \
  | LC_ALL=C sort > "$list"
cp "$list" "$root/opt/siappakai/packages"

ln -sf "/usr/sbin/php-fpm$php" "$root/usr/local/sbin/php-fpm"
ln -sf /dev/stderr "$root/var/log/nginx/error.log"
chmod 0755 "$root/opt/siappakai/serve" "$root/opt/siappakai/probe" "$root/opt/siappakai/ways-out"
mkdir -p "$root/run/php" "$root/run/siappakai" "$root/run/mysqld" "$root/var/lib/php/sessions"

# What differs from one build to the next, or is never read.
find "$root/var/log" "$root/var/cache" -type f -delete
rm -rf "$root/var/lib/apt" "$root/var/cache/apt" "$root/var/cache/ldconfig" "$root/tmp/"* \
  "$root/var/lib/systemd" "$root/usr/share/bash-completion" \
  "$root/usr/share/lintian" "$root/usr/share/bug" "$root/var/lib/dpkg/"*-old \
  "$root/etc/"*- "$root/etc/resolv.conf"
rm -rf "$root/var/lib/dpkg/available" "$root/var/lib/ucf/cache"
: > "$root/etc/machine-id"
echo localhost > "$root/etc/hostname"
find "$root/usr/lib" -name '__pycache__' -prune -exec rm -rf {} +
