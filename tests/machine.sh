#!/usr/bin/env bash
# What the tests need of the machine beside Python, installed where it is missing (Debian and its children, as root).
# Without root nothing is installed: the tests that need it are then skipped, each with one sentence.
set -euo pipefail

missing=()
need() { # PACKAGE TEST...: the package, unless the test succeeds
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

postgresql() { compgen -G "/usr/lib/postgresql/*/bin/initdb" || command -v initdb; }
openmp() { ldconfig -p | grep -q libgomp.so.1 || compgen -G "/usr/lib/*/libgomp.so.1"; }
pango() { ldconfig -p | grep -q libpangoft2-1.0.so.0; }

need make command -v make
need python3-venv "${PYTHON:-python3}" -c "import ensurepip, venv"
need postgresql postgresql
need chromium-headless-shell command -v chromium-headless-shell  # Chromium without windows: a third less of work
need libgomp1 openmp
need default-jdk-headless javac -version  # with Maven it brings the OpenSearch that the tests start
need maven mvn --version
need nodejs node --version  # with npm it brings the OpenID provider that the tests sign in at
need npm npm --version
need libpangoft2-1.0-0 pango

if [ "${#missing[@]}" -eq 0 ]; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not on this machine: ${missing[*]}. The tests that need it are skipped; root may run tests/machine.sh."
    exit 0
fi
echo "Installing what the tests need: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-cache show chromium-headless-shell >/dev/null 2>&1 || missing=("${missing[@]/chromium-headless-shell/chromium}")
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
