#!/usr/bin/env bash
# Lays out our C++ sources, or those named; with --check it only says which are laid out otherwise,
# and fails.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/files.sh"

mode=layout
if [[ ${1:-} == --check ]]; then
    mode=check
    shift
fi
named=("$@")

sources() {
    if [[ ${#named[@]} -gt 0 ]]; then
        printf '%s\0' "${named[@]}"
    else
        files '*.cc' '*.h'
    fi
}

if [[ $mode == layout ]]; then
    sources | xargs -0 --no-run-if-empty clang-format-19 -i
    exit
fi
# shellcheck disable=SC2016  # the inner shell expands it
unformatted=$(sources | xargs -0 --no-run-if-empty -n 1 -P "$(nproc)" sh -c '
    clang-format-19 --dry-run -Werror "$0" 2>/dev/null || echo "$0"' | sort)
if [[ -n $unformatted ]]; then
    printf '%s\n' "$unformatted" "laid out otherwise than .clang-format says: ./dev format"
    exit 1
fi
