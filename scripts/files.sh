# shellcheck shell=bash
# files PATTERN...: the files of this tree that match, each ended by a zero byte; what git ignores
# is left out, what is not committed yet is not. Without git (an unpacked archive) everything
# outside of build/ counts.
files() {
    local root pattern names=()
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    cd "$root" || return
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files -z --cached --others --exclude-standard --deduplicate -- "$@" |
            while IFS= read -r -d '' pattern; do
                [[ ! -f $pattern ]] || printf '%s\0' "$pattern"
            done
    else
        for pattern in "$@"; do
            names+=(-o -path "./$pattern" -o -name "$pattern")
        done
        find . -path ./build -prune -o -type f \( "${names[@]:1}" \) -printf '%P\0'
    fi
}
