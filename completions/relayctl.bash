# bash completion for relayctl. The program itself says what is due: relayctl complete line.

# $typed becomes what a word means: without its quotes and backslashes, nothing expanded and
# nothing run. Fails if a quote is not closed.
_relayctl_read_word() {
    local rest=$1 char quote=
    typed=
    while [[ $rest ]]; do
        char=${rest:0:1} rest=${rest:1}
        case $quote$char in
        \\ | \"\\) typed+=${rest:0:1} rest=${rest:1} ;;
        \" | \') quote=$char ;;
        \"\" | \'\') quote= ;;
        *) typed+=$char ;;
        esac
    done
    [[ ! $quote ]]
}

# The paths that begin with what is typed behind $1. readline quotes what _filedir finds; what
# stands behind TYPE: or --option= is quoted here. A name that begins with a dash would be taken
# for an option: it is offered behind ./ only.
_relayctl_paths() {
    local before=$1 only=$2 path
    if [[ ! $before ]]; then
        _filedir $only
        found=("${COMPREPLY[@]/#-/./-}")
        return
    fi
    quoted=yes
    local restore
    restore=$(shopt -p nullglob failglob)
    shopt -u failglob
    shopt -s nullglob
    for path in "${typed#"$before"}"*; do
        if [[ -d $path ]]; then
            compopt -o nospace
            found+=("$before$path/")
        elif [[ ! $only ]]; then
            found+=("$before$path")
        fi
    done
    eval "$restore"
}

_relayctl() {
    local cur prev words cword
    # Fingerprints, tables and options have colons and equals signs, at which readline ends words.
    _init_completion -n := || return
    # readline itself inserts the end of quotes: behind one nothing is offered.
    [[ $cur != *[\'\"]* ]] || return

    local i how word help typed line=() found=() quoted=yes
    for ((i = 1; i < cword; i++)); do
        _relayctl_read_word "${words[i]}" || return
        line+=("$typed")
    done
    _relayctl_read_word "$cur"
    while IFS=$'\t' read -r how word help; do
        case $how in
        word) found+=("$word") ;;
        part) compopt -o nospace; found+=("$word") ;;
        files) quoted=; _relayctl_paths "$word" ;;
        directories) quoted=; _relayctl_paths "$word" -d ;;
        esac
    done < <(timeout 3 relayctl complete line -- "${line[@]}" "$typed" 2> /dev/null)

    # readline replaces only what is typed behind its last word break.
    local breaks=${COMP_WORDBREAKS//[^:=]/} before=
    [[ ! $breaks ]] || before=${typed%"${typed##*[$breaks]}"}
    COMPREPLY=()
    for word in "${found[@]}"; do
        word=${word#"$before"}
        # What a table or a directory names must reach the command as one word, whatever it is.
        [[ ! $quoted ]] || printf -v word %q "$word"
        COMPREPLY+=("$word")
    done
}

complete -F _relayctl relayctl
