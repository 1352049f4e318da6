#!/usr/bin/env zsh
# zsh_complete.zsh DIRECTORY LINE: what zsh offers where LINE ends, a word a line, with the completions in DIRECTORY.
# A real interactive zsh on a pseudo terminal of zsh's own (zsh/zpty); compadd tells what it is given.
emulate -L zsh
zmodload zsh/zpty || exit 125

zpty shell "TERM=dumb zsh -f -i"

tell() { zpty -w shell "$1"; }
# wait_for MARK: leaves in $seen what came until then.
wait_for() {
    local part
    seen=
    while [[ $seen != *$1* ]]; do
        zpty -r shell part || return 1
        seen+=$part
    done
}

tell 'PROMPT=; unsetopt zle_bracketed_paste 2>/dev/null; stty -echo'
tell "fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D"
tell 'compadd() {
    local -a hits
    if [[ -n ${@[(r)-(O|A|D)]} ]]; then builtin compadd "$@"; return; fi
    builtin compadd -A hits "$@"
    (( $#hits == 0 )) || print -rl -- "HIT:"${^hits}
    builtin compadd "$@"
}'
tell 'offer() { print "BEGIN:"; zle complete-word; print "END:"; exit 0; }; zle -N offer; bindkey "^I" offer; echo READY:$((1))'
wait_for READY:1 || exit 1
zpty -w -n shell "$2"$'\t'
wait_for END: || exit 1
print -r -- "${seen//$'\r'/}" | sed -n 's/^HIT://p'
zpty -d shell
