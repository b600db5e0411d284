#!/bin/sh
# What CI runs. What failed tests saw on the wire is left in artefacts/.
set -eu
cd "$(dirname "$0")"
exec python -m pytest --rawkit-failures=artefacts "$@"
