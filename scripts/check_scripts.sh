#!/usr/bin/env bash
# Shell scripts through shellcheck, Python files through the compiler.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/files.sh"

files dev .ci/run packaging/activemq '*.sh' |
    xargs -0 shellcheck --external-sources --source-path=SCRIPTDIR
files '*.py' | xargs -0 python3 -B -c '
import sys
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        compile(file.read(), name, "exec")
'
