# Copies from ROOT to TARGET only HAProxy and what it loads, and writes which packages these were.
# Run by build.sh inside mmdebstrap: pick.sh ROOT TARGET UID
set -eu
root=$1 target=$2 uid=$3
program=/usr/sbin/haproxy

needed() { # the program, its loader and its libraries, as real paths
  loader=$(basename "$(ls "$root"/usr/lib64/ld-linux-* "$root"/usr/lib/ld-linux-* 2>/dev/null | head -n 1)")
  {
    echo "$program"
    chroot "$root" ldd "$program" | grep -o '/[^ ]*' | grep -v "$loader"
    chroot "$root" ldd "$program" | grep -o "/[^ ]*$loader"
  } | sort -u
}

mkdir -p "$target"
for name in bin lib lib64 sbin; do
  if [ -L "$root/$name" ]; then mkdir -p "$target/usr/$name" && cp -P "$root/$name" "$target/$name"; fi
done
for file in $(needed); do
  real=$(chroot "$root" readlink -f "$file")
  mkdir -p "$target$(dirname "$real")" "$target$(chroot "$root" readlink -f "$(dirname "$file")")"
  cp "$root$real" "$target$real"
  [ -e "$target$file" ] || cp -P "$root$file" "$target$file"
  for owned in "$real" "${real#/usr}"; do
    chroot "$root" dpkg-query -S "$owned" 2>/dev/null || true
  done
done | cut -d: -f1 | sort -u > "$target.packages"

mkdir -p "$target/etc/siappakai-egress" "$target/run/out" "$target/run/control" "$target/tmp" "$target/usr/share/doc"
chroot "$root" dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' \
  $(cat "$target.packages") > "$target/etc/siappakai-egress.packages"
for package in $(cat "$target.packages"); do
  mkdir -p "$target/usr/share/doc/$package"
  cp -L "$root/usr/share/doc/$package/copyright" "$target/usr/share/doc/$package/" || true
done
echo "egress:x:$uid:$uid::/:/none" > "$target/etc/passwd"
echo "egress:x:$uid:" > "$target/etc/group"
