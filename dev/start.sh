#!/bin/sh
# Finds (or installs) a Python that can make virtual environments, then hands
# over to the Python code beside this file: `start.sh COMMAND [ARGUMENT...]`.
set -eu

folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

fail() {
    echo "$1" >&2
    exit 1
}

install() {
    command -v apt-get >/dev/null ||
        fail "Install Python 3.10 or newer with its venv module, then try again."
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null || [ -t 0 ] && command -v sudo >/dev/null; then
        as_root=sudo
    else
        fail "Python's packages are missing: run this command as root, or install sudo and allow yourself to use it."
    fi
    echo "Installing Python from the machine's packages..."
    $as_root apt-get update -qq >/dev/null &&
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
        fail "Python could not be installed: check the network and apt-get's message above, then try again."
}

is_new_enough() {
    command -v "$1" >/dev/null &&
        "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

can_make_environments() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

case ${PYTHON:+$("$PYTHON" -V 2>&1)} in
'' | Python\ *) ;;
*) fail "PYTHON=$PYTHON is no Python that can be started: name another one, as in PYTHON=/opt/python3.12/bin/python3, or leave it out." ;;
esac

# The distribution's own Python is compiled for speed: Odoo is up to twice as fast with
# it as with one that was built by hand.
candidates=${PYTHON:-/usr/bin/python3 python3}

for python in $candidates; do
    is_new_enough "$python" && can_make_environments "$python" &&
        exec "$python" "$folder" "$@"
done

command -v python3 >/dev/null || install python3 python3-venv
for python in $candidates; do
    is_new_enough "$python" || continue
    can_make_environments "$python" || install python3-venv
    exec "$python" "$folder" "$@"
done
python=${PYTHON:-python3}
fail "Odoo 19 needs Python 3.10 or newer and $python is $("$python" -V 2>&1): use Debian 12 or later, or name a newer one, as in PYTHON=/opt/python3.12/bin/python3."
