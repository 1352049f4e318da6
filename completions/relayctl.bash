# bash completion for relayctl

# $typed becomes what the word that is typed means: with its backslashes taken away, nothing expanded and nothing run. Fails where
# it has quotes, of which readline inserts the end itself: then nothing is offered.
_relayctl_read_word() {
    local rest=$1
    typed=
    [[ $rest != *[\'\"]* ]] || return 1
    while [[ $rest == *\\* ]]; do
        typed+=${rest%%\\*}
        rest=${rest#*\\}
        typed+=${rest:0:1}
        rest=${rest:1}
    done
    typed+=$rest
}

# Offers the words in $found, each quoted: what a table or a directory names must reach the command as one word, whatever is in it.
_relayctl_offer() {
    local i
    COMPREPLY=()
    for ((i = 0; i < ${#found[@]}; i++)); do
        printf -v "COMPREPLY[i]" %q "${found[i]}"
    done
    __ltrim_colon_completions "$cur"
}

# Words of this kind (digests, types, services, listed) that begin with $cur; asked of the table and the Postfix that were typed.
_relayctl_ask() {
    local typed found
    _relayctl_read_word "$cur" || return
    mapfile -t found < <(timeout 3 relayctl "${place[@]}" complete "$1" -- "$typed" 2> /dev/null)
    _relayctl_offer
}

# TYPE:PATH
_relayctl_table() {
    local typed found=() file
    if [[ $cur != *:* ]]; then
        compopt -o nospace
        _relayctl_ask types
        return
    fi
    _relayctl_read_word "$cur" || return
    local type=${typed%%:*}
    [[ $typed != proxy:*:* ]] || type=${typed#proxy:} type=proxy:${type%%:*}
    local path=${typed#"$type:"} restore
    restore=$(shopt -p nullglob failglob)
    shopt -u failglob
    shopt -s nullglob
    for file in "$path"*; do
        if [[ -d $file ]]; then
            file+=/
            compopt -o nospace
        fi
        found+=("$type:$file")
    done
    eval "$restore"
    _relayctl_offer
}

# Files, or with -d directories. One that begins with a dash would be taken for an option.
_relayctl_files() {
    local i
    _filedir "$@"
    for i in "${!COMPREPLY[@]}"; do
        [[ ${COMPREPLY[i]} != -* ]] || COMPREPLY[i]=./${COMPREPLY[i]}
    done
}

_relayctl() {
    local cur prev words cword
    # Fingerprints and tables have colons in them, which readline takes for word breaks.
    _init_completion -n : || return

    local commands='add remove list rotate check verify fingerprint prune apply diff annotate rebuild copy init'
    local global='-c --config-dir -t --table --service -d --digest --json --plain -q --quiet --no-color -h --help'
    local changing='-n --dry-run --no-rebuild --reload --lock-timeout --wait-replicas --insecure-directory --in-place'
    local command= i typed place=()
    for ((i = 1; i < cword; i++)); do
        case ${words[i]} in
        -c | --config-dir | -t | --table | --service)
            ((i + 1 == cword)) || ! _relayctl_read_word "${words[i + 1]}" || place+=("${words[i]}" "$typed")
            ((i++)) ;;
        -d | --digest | --lock-timeout | --label | --fingerprint | --kind | --address | --from | --note | --grace | --expiring | \
            --older-than | --sort | --format) ((i++)) ;;
        -*) ;;
        *) [[ $command ]] || command=${words[i]} ;;
        esac
    done

    case $prev in
    -c | --config-dir) _relayctl_files -d; return ;;
    -t | --table) _relayctl_table; return ;;
    -d | --digest) _relayctl_ask digests; return ;;
    --kind) COMPREPLY=($(compgen -W 'cert key both' -- "$cur")); return ;;
    --service) _relayctl_ask services; return ;;
    --sort) COMPREPLY=($(compgen -W 'host expiry added' -- "$cur")); return ;;
    --format) COMPREPLY=($(compgen -W 'prometheus nagios' -- "$cur")); return ;;
    --grace | --expiring | --older-than) COMPREPLY=($(compgen -W '1d 2d 7d 14d 30d' -- "$cur")); return ;;
    --from) _relayctl_files; return ;;
    --label | --fingerprint | --lock-timeout | --address | --note) return ;;
    esac

    if [[ $cur == -* ]]; then
        local options=$global
        case $command in
        add) options+=" $changing --fingerprint --from --key --label --labels --note --replace" ;;
        remove | rm) options+=" $changing --all --if-exists -y --yes --allow-empty" ;;
        list | ls) options+=' --expiring --expired --retired --sort -l --long --exit-code --state-id' ;;
        rotate) options+=" $changing --grace --create --key --note" ;;
        prune) options+=" $changing --expired --retired --older-than -y --yes --allow-empty" ;;
        apply) options+=" $changing --prune --key --labels --keep-other-digests -y --yes --allow-empty --note" ;;
        diff) options+=' --prune --key --labels --keep-other-digests' ;;
        annotate) options+=" $changing --note --if-exists" ;;
        rebuild) options+=' -n --dry-run --reload --lock-timeout --insecure-directory --in-place' ;;
        copy) options+=' --replace --allow-empty -n --dry-run --reload --lock-timeout --wait-replicas --insecure-directory --in-place' ;;
        init) options+=' --print' ;;
        check) options+=' --fingerprint --address' ;;
        verify) options+=' --no-map --strict --format' ;;
        fingerprint) options+=' --kind' ;;
        '') options+=' --version --help-all' ;;
        esac
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
        return
    fi

    # Which word of the command it is: the options and their values do not count.
    local args
    _count_args "=:" "@(-c|--config-dir|-t|--table|--service|-d|--digest|--lock-timeout|--grace|--note|--label|--fingerprint|--from)"
    case $command in
    '') COMPREPLY=($(compgen -W "$commands" -- "$cur")) ;;
    add) ((args > 2)) || _relayctl_files ;;
    check | fingerprint | annotate) _relayctl_files ;;
    apply | diff) _relayctl_files -d ;;
    copy) ((args > 3)) || _relayctl_table ;;
    rotate) if ((args > 2)); then _relayctl_files; else _relayctl_ask listed; fi ;;
    remove | rm) if [[ $cur == */* ]]; then _relayctl_files; else _relayctl_ask listed; fi ;;
    list | ls) _relayctl_ask listed ;;
    esac
}

complete -F _relayctl relayctl
