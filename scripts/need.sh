#!/usr/bin/env bash
# Looks for Go and Node.js, and installs the Debian/Ubuntu packages that the given
# commands or files (a pattern) come from, where one is missing.
# usage: need.sh command=package ...
set -euo pipefail

node_major=20
if ! command -v go >/dev/null; then
  echo "Go is missing: install 1.26 or newer (https://go.dev/dl), then run make again." >&2
  exit 1
fi
if ! command -v node >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt "$node_major" ]; then
  echo "Node.js $node_major or newer is needed, and there is $(node --version 2>/dev/null || echo none): install it (https://nodejs.org), then run make again." >&2
  exit 1
fi

missing=()
for pair in "$@"; do
  command=${pair%%=*} package=${pair#*=}
  case $command in
    /*) compgen -G "$command" >/dev/null || missing+=("$package") ;;
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
if ! { "${sudo[@]}" apt-get update -qq &&
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >&2; then
  echo "Missing: ${missing[*]}, and they cannot be installed (see above). Install them by hand, then run make again." >&2
  exit 1
fi
