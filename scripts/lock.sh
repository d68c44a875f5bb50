#!/usr/bin/env bash
# Writes requirements.lock and requirements-test.lock: one lock for all Pythons from 3.11 on. Needs uv.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
  uv pip compile pyproject.toml --universal --python-version 3.11 --quiet --no-annotate --no-header \
    --no-emit-index-url --no-emit-find-links "$@"
}
compile -o requirements.lock
compile --extra test -o requirements-test.lock
