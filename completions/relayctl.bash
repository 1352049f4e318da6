# bash completion for relayctl

_relayctl() {
    local cur prev words cword
    # Fingerprints and tables have colons in them, which readline takes for word breaks.
    _init_completion -n : || return

    local commands='add remove list rotate prune apply diff annotate check verify rebuild fingerprint'
    local global='-c --config-dir -t --table -d --digest --json --plain -q --quiet --no-color -h --help'
    local changing='-n --dry-run --no-rebuild --reload --lock-timeout --insecure-directory'
    local command= i table=()
    for ((i = 1; i < cword; i++)); do
        case ${words[i]} in
        -c | --config-dir | -t | --table | -d | --digest) table+=("${words[i]}" "${words[++i]}") ;;
        --lock-timeout | --label | --fingerprint | --kind | --service | --address | --from | --note | --grace | --expiring | --older-than | --sort) ((i++)) ;;
        -*) ;;
        *) [[ $command ]] || command=${words[i]} ;;
        esac
    done

    case $prev in
    -c | --config-dir) _filedir -d; return ;;
    -t | --table)
        case $cur in
        *:*) local path=${cur#*:}; COMPREPLY=($(compgen -f -P "${cur%%:*}:" -- "$path")) ;;
        *) compopt -o nospace; COMPREPLY=($(compgen -W 'hash: btree: lmdb: cdb: texthash:' -- "$cur")) ;;
        esac
        __ltrim_colon_completions "$cur"
        return ;;
    -d | --digest) COMPREPLY=($(compgen -W 'md5 sha1 sha224 sha256 sha384 sha512 sha3-256 sha3-512' -- "$cur")); return ;;
    --kind) COMPREPLY=($(compgen -W 'cert key both' -- "$cur")); return ;;
    --service)
        COMPREPLY=($(compgen -W "$(postconf -M 2> /dev/null | awk '$8 == "smtpd" { print $1 "/" $2 }')" -- "$cur"))
        __ltrim_colon_completions "$cur"
        return ;;
    --sort) COMPREPLY=($(compgen -W 'host expiry added' -- "$cur")); return ;;
    --grace | --expiring | --older-than) COMPREPLY=($(compgen -W '1d 2d 7d 14d 30d' -- "$cur")); return ;;
    --from) _filedir; return ;;
    --label | --fingerprint | --lock-timeout | --address | --note) return ;;
    esac

    if [[ $cur == -* ]]; then
        local options=$global
        case $command in
        add) options+=" $changing --fingerprint --from --key --label --labels --note --replace" ;;
        remove | rm) options+=" $changing --all --if-exists" ;;
        list | ls) options+=' --expiring --expired --retired --sort -l --long --exit-code --state-id' ;;
        rotate) options+=" $changing --grace --create --key --note" ;;
        prune) options+=" $changing --expired --retired --older-than -y --yes --allow-empty" ;;
        apply) options+=" $changing --prune --key --labels --keep-other-digests -y --yes --allow-empty --note" ;;
        diff) options+=' --prune --key --labels --keep-other-digests' ;;
        annotate) options+=" $changing --note --if-exists" ;;
        rebuild) options+=' -n --dry-run --reload --lock-timeout --insecure-directory' ;;
        check) options+=' --fingerprint --service --address' ;;
        verify) options+=' --no-map --strict' ;;
        fingerprint) options+=' --kind' ;;
        '') options+=' --version --help-all' ;;
        esac
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
        return
    fi

    case $command in
    '') COMPREPLY=($(compgen -W "$commands" -- "$cur")) ;;
    add | check | fingerprint | annotate) _filedir ;;
    apply | diff) _filedir -d ;;
    list | ls | remove | rm | rotate)
        # At most some hundreds: the table may hold a million.
        local IFS=$'\n'
        COMPREPLY=($(relayctl "${table[@]}" -q list --plain 2> /dev/null | tr '\t' '\n' | grep -iF -m 500 -- "$cur"))
        COMPREPLY=($(compgen -W "${COMPREPLY[*]}" -- "$cur"))
        [[ $command == r* && ( $cur == */* || $command == rotate ) ]] && _filedir
        __ltrim_colon_completions "$cur" ;;
    esac
}

complete -F _relayctl relayctl
