#!/usr/bin/env bash
# Makes what a verb of the Makefile needs: .venv with our packages, and the few Debian packages that tests use.
#
#   scripts/setup.sh test    everything; ends with an error when something is missing and can not be had
#   scripts/setup.sh demo    the same, but the demo goes on without what only the tests need
#
# Quick when nothing changed: a stamp in .venv remembers what it was made from.
set -euo pipefail
cd "$(dirname "$0")/.."

verb=${1:?usage: scripts/setup.sh test|demo}
python=${PYTHON:-python3}
venv=.venv
stamp=$venv/made-from

# Debian package, and a file that proves it is there (so another distribution may bring it by another name).
needed=(
  "mosquitto:/usr/sbin/mosquitto"                                              # the broker of the MQTT tests
  "chromium:/usr/bin/chromium"                                                 # the browser of the page tests
  "systemd:/usr/bin/systemd-analyze"                                           # looks the units over
  "curl:/usr/bin/curl"                                                         # the kiosk's screen waits with it
  "openssl:/usr/bin/openssl"                                                   # certificates of the status page
  "iproute2:/usr/bin/ss"                                                       # the screen's watch looks with it
  "fonts-wqy-microhei:/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"          # Chinese receipts as pictures
)
if [ "$(uname -m)" != x86_64 ]; then # only there does every package come ready-built
  needed+=("python3-dev:$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h")
fi

say() { echo "setup: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

# Runs a command as root if we may without being asked for a password.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

missing_packages() {
  local item
  for item in "$@"; do
    [ -e "${item#*:}" ] || echo "${item%%:*}"
  done
}

# Prints nothing unless it fails. A bare machine has no package lists yet, and old ones name versions that are gone.
apt_install() {
  local log
  command -v apt-get >/dev/null && as_root true 2>/dev/null || return 1
  say "installing Debian packages: $*"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q)
  if ! log=$({ as_root "${apt[@]}" update && as_root "${apt[@]}" install -y --no-install-recommends "$@"; } 2>&1); then
    echo "$log" >&2
    return 1
  fi
}

# Returns 1 when packages are missing and can not be installed here.
debian_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"; then return 0; fi
  say "missing: ${missing[*]} (get it with: sudo apt-get install ${missing[*]})"
  return 1
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  || fail "missing: python3 3.11 or newer (get it with: sudo apt-get install python3)"
"$python" -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv \
  || fail "missing: python3-venv (get it with: sudo apt-get install python3-venv)"

packages=yes
debian_packages "${needed[@]}" || packages=no
if [ $packages = no ] && [ "$verb" = test ]; then exit 1; fi

made_from=$({
  "$python" -c 'import os, sys; print(sys.version, os.path.realpath(sys.executable), os.getcwd())'
  cat pyproject.toml scripts/setup.sh
} | sha256sum)
if [ "$(cat $stamp 2>/dev/null)" = "$made_from" ]; then exit 0; fi

say "making $venv, once (about a minute)"
"$python" -m venv --clear $venv # a half-old one, of another Python, starts but lacks modules
$venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[office,sim,test]'
echo "$made_from" >$stamp
