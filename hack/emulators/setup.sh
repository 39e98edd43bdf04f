#!/bin/sh
# Makes the AWS emulators of the contract suite ready: fauxqs (with a Node that
# it runs on) and moto. Installs into a cache outside the repository, once for
# each content of the lock files; a second run only looks. An installation goes
# to a temporary folder and is renamed, so an interrupted one is simply redone.
#
# Progress goes to stderr; stdout holds shell assignments:
#   NODE=... FAUXQS=... MOTO_PYTHON=... MOTO=...
# to be run as  "$NODE" "$FAUXQS" [port]  and  "$MOTO_PYTHON" "$MOTO" [port].
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/skein/emulators
moto_version=$(sed -n 's/^moto\[server\]==//p' "$here/requirements.txt")

say() { echo "emulators: $*" >&2; }
fail() { say "$*"; exit 1; }

# digest FILE... prints a short hash of the files' contents.
digest() {
	if command -v sha256sum >/dev/null; then cat "$@" | sha256sum; else cat "$@" | shasum -a 256; fi | cut -c1-12
}

# sweep TARGET removes what interrupted installations of TARGET left behind:
# their process is gone, or they are too old to be going on.
sweep() {
	for left in "$1".tmp.*; do
		if [ -d "$left" ] && { ! kill -0 "${left##*.}" 2>/dev/null || [ -n "$(find "$left" -maxdepth 0 -mmin +60)" ]; }; then
			rm -rf "$left"
		fi
	done
}

# settle TMP TARGET renames a finished installation, unless another run was faster.
settle() {
	if [ -d "$2" ]; then rm -rf "$1"; else mv "$1" "$2"; fi
}

install_fauxqs() {
	command -v npm >/dev/null || fail "fauxqs is not installed and npm is not on the PATH: install Node.js with npm"
	say "installing fauxqs and its Node into $1 (once, about 230 MB)"
	sweep "$1"
	tmp=$1.tmp.$$
	mkdir -p "$tmp"
	cp "$here/package.json" "$here/package-lock.json" "$here/serve_fauxqs.mjs" "$tmp/"
	# The engine warning is about the Node that runs npm, not the one that will run fauxqs.
	(cd "$tmp" && npm ci --ignore-scripts=false --prefer-offline --no-audit --no-fund --loglevel=error >&2) ||
		{ rm -rf "$tmp"; fail "npm ci failed: fauxqs is not to be had"; }
	"$tmp/node_modules/.bin/node" --version >/dev/null 2>&1 ||
		{ rm -rf "$tmp"; fail "npm ci did not install a Node that runs here: are npm's install scripts switched off?"; }
	settle "$tmp" "$1"
}

# has_moto PYTHON is true where that Python has moto's server, of our version.
has_moto() {
	"$1" - "$moto_version" >/dev/null 2>&1 <<-'PY'
		import importlib.metadata, importlib.util, sys
		assert importlib.metadata.version("moto") == sys.argv[1]
		assert importlib.util.find_spec("flask") and importlib.util.find_spec("flask_cors")
	PY
}

install_moto() {
	command -v python3 >/dev/null || fail "moto is not installed and python3 is not on the PATH: install Python 3 with venv"
	say "installing moto $moto_version into $1 (once)"
	sweep "$1"
	tmp=$1.tmp.$$
	python3 -m venv "$tmp" >&2 || { rm -rf "$tmp"; fail "python3 -m venv failed: install moto[server]==$moto_version or Python's venv module"; }
	"$tmp/bin/python" -m pip install --quiet -r "$here/requirements.txt" >&2 ||
		{ rm -rf "$tmp"; fail "pip install failed: moto is not to be had"; }
	settle "$tmp" "$1"
}

mkdir -p "$cache"

fauxqs=$cache/fauxqs-$(digest "$here/package.json" "$here/package-lock.json" "$here/serve_fauxqs.mjs")
[ -d "$fauxqs" ] || install_fauxqs "$fauxqs"

if has_moto python3; then
	python=$(python3 -c 'import sys; print(sys.executable)')
else
	venv=$cache/moto-$(digest "$here/requirements.txt")
	[ -d "$venv" ] || install_moto "$venv"
	python=$venv/bin/python
	has_moto "$python" || fail "$venv holds no working moto: remove it and run again"
fi

cat <<EOF
NODE='$fauxqs/node_modules/.bin/node'
FAUXQS='$fauxqs/serve_fauxqs.mjs'
MOTO_PYTHON='$python'
MOTO='$here/serve_moto.py'
EOF
