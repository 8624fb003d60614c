#!/usr/bin/env bash
# Installs the Debian/Ubuntu packages that the given commands come from, if a
# command is missing. usage: need.sh command=package ...
set -euo pipefail
missing=()
for pair in "$@"; do
  command=${pair%%=*} package=${pair#*=}
  case $command in
    /*) [ -e "$command" ] || missing+=("$package") ;;
    *) command -v "$command" >/dev/null || missing+=("$package") ;;
  esac
done
((${#missing[@]})) || exit 0
if ! command -v apt-get >/dev/null; then
  echo "Missing: ${missing[*]}. This is no Debian or Ubuntu: install them by hand, then run make again." >&2
  exit 1
fi
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Missing: ${missing[*]}. Run as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  sudo=(sudo)
fi
echo "Installing ${missing[*]} ..." >&2
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
