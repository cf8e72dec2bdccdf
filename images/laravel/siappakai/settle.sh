#!/bin/sh
# Makes a Laravel release ready to be served read-only below a path; run once, at image build.
#   settle.sh PREFIX        e.g. /pbb, or / for the whole domain
set -eu
umask 022
prefix=${1%/}
cd /var/www/app

[ -f vendor/autoload.php ] || { echo 'settle.sh: vendor/autoload.php is missing' >&2; exit 1; }
for file in /opt/siappakai/*.php; do php -n -l "$file" >/dev/null; done

# Shipped settings and tests are not for a village; its own .env is mounted over the empty one.
rm -rf tests .env .env.* bootstrap/cache/*.php public/storage public/hot
: > .env
mkdir -p bootstrap/cache storage/app storage/logs \
  storage/framework/cache storage/framework/sessions storage/framework/views
ln -s ../storage/app/public public/storage

# What composer's scripts would have done, now that the code is where it stays.
if [ -f /opt/siappakai/discover.php ]; then
  php /opt/siappakai/discover.php   # of a product whose artisan starts with a database only
else
  php artisan package:discover --no-ansi
fi
if [ -f vendor/livewire/livewire/src/Commands/DiscoverCommand.php ]; then
  php artisan livewire:discover --no-ansi   # else its first page would write bootstrap/cache/
  php artisan vendor:publish --force --tag=livewire:assets --no-ansi
fi
rm -rf storage/logs/*.log storage/framework/views/*.php storage/framework/cache/data/*

php /opt/siappakai/describe.php > /opt/siappakai/release.json
cat /opt/siappakai/release.json

if [ -n "$prefix" ]; then
  mkdir -p "/var/www/web$(dirname "$prefix")"
  ln -s /var/www/app/public "/var/www/web$prefix"
else
  ln -s /var/www/app/public /var/www/web
fi
sed -i "s|@PREFIX@|$prefix|g" /opt/siappakai/nginx.d/laravel.conf
rm /opt/siappakai/settle.sh
