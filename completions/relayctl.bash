# bash completion for relayctl

# Words of this kind (digests, types, services, listed) that begin with $cur; asked of the table and the Postfix that were typed.
_relayctl_ask() {
    local IFS=$'\n'
    COMPREPLY=($(timeout 3 relayctl "${place[@]}" complete "$1" -- "$cur" 2> /dev/null))
    # A name with blanks must reach the command as one word.
    ((${#COMPREPLY[@]} == 0)) || COMPREPLY=($(printf '%q\n' "${COMPREPLY[@]}"))
    __ltrim_colon_completions "$cur"
}

# TYPE:PATH
_relayctl_table() {
    local type=${cur%%:*}
    [[ $cur != proxy:*:* ]] || type=${cur#proxy:} type=proxy:${type%%:*}
    case $cur in
    *:*) COMPREPLY=($(compgen -f -P "$type:" -- "${cur#"$type:"}")); __ltrim_colon_completions "$cur" ;;
    *) compopt -o nospace; _relayctl_ask types ;;
    esac
}

_relayctl() {
    local cur prev words cword
    # Fingerprints and tables have colons in them, which readline takes for word breaks.
    _init_completion -n : || return

    local commands='add remove list rotate check verify fingerprint prune apply diff annotate rebuild copy init'
    local global='-c --config-dir -t --table --service -d --digest --json --plain -q --quiet --no-color -h --help'
    local changing='-n --dry-run --no-rebuild --reload --lock-timeout --wait-replicas --insecure-directory'
    local command= i place=()
    for ((i = 1; i < cword; i++)); do
        case ${words[i]} in
        -c | --config-dir | -t | --table | --service)
            ((i + 1 == cword)) || place+=("${words[i]}" "${words[i + 1]}")
            ((i++)) ;;
        -d | --digest | --lock-timeout | --label | --fingerprint | --kind | --address | --from | --note | --grace | --expiring | \
            --older-than | --sort | --format) ((i++)) ;;
        -*) ;;
        *) [[ $command ]] || command=${words[i]} ;;
        esac
    done

    case $prev in
    -c | --config-dir) _filedir -d; return ;;
    -t | --table) _relayctl_table; return ;;
    -d | --digest) _relayctl_ask digests; return ;;
    --kind) COMPREPLY=($(compgen -W 'cert key both' -- "$cur")); return ;;
    --service) _relayctl_ask services; return ;;
    --sort) COMPREPLY=($(compgen -W 'host expiry added' -- "$cur")); return ;;
    --format) COMPREPLY=($(compgen -W 'prometheus nagios' -- "$cur")); return ;;
    --grace | --expiring | --older-than) COMPREPLY=($(compgen -W '1d 2d 7d 14d 30d' -- "$cur")); return ;;
    --from) _filedir; return ;;
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
        rebuild) options+=' -n --dry-run --reload --lock-timeout --insecure-directory' ;;
        copy) options+=' --replace --allow-empty -n --dry-run --reload --lock-timeout --wait-replicas --insecure-directory' ;;
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
    add) ((args > 2)) || _filedir ;;
    check | fingerprint | annotate) _filedir ;;
    apply | diff) _filedir -d ;;
    copy) ((args > 3)) || _relayctl_table ;;
    rotate) if ((args > 2)); then _filedir; else _relayctl_ask listed; fi ;;
    remove | rm) if [[ $cur == */* ]]; then _filedir; else _relayctl_ask listed; fi ;;
    list | ls) _relayctl_ask listed ;;
    esac
}

complete -F _relayctl relayctl
