# fish completion for relayctl

# Words of this kind (digests, types, services, listed) that begin with what is typed; asked of the table and the Postfix of
# this command line.
function __relayctl_ask
    set -l place
    set -l words (commandline -opc)
    for i in (seq 2 (count $words))
        switch $words[$i]
            case -c --config-dir -t --table --service
                test $i -lt (count $words) && set -a place $words[$i] $words[(math $i + 1)]
        end
    end
    timeout 3 relayctl $place complete $argv[1] -- (__relayctl_meant $argv[2]) 2>/dev/null
end

# What a word means that is being typed: without its backslashes. fish quotes again what it inserts.
function __relayctl_meant
    set -l word (string unescape -- $argv[1])
    or set word $argv[1]
    printf '%s\n' $word
end

function __relayctl_table
    set -l typed (string match -r '^((?:proxy:)?[^:]+:)(.*)' -- (__relayctl_meant (commandline -ct)))
    if test (count $typed) -eq 3
        for file in $typed[3]*
            test -d $file; and set file $file/
            printf '%s\n' $typed[2]$file
        end
    else
        __relayctl_ask types (commandline -ct)
    end
end

# A name that begins with a dash would be taken for an option: it is offered behind ./ only.
function __relayctl_files
    __fish_complete_path (commandline -ct) | string match -v -- '-*'
end

set -l commands add remove rm list ls rotate prune apply diff annotate check verify rebuild copy init fingerprint
set -l changing 'add remove rm rotate prune apply annotate'

complete -c relayctl -f
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a add -d 'authorise a client'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a remove -d 'revoke a client'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a list -d 'show who is authorised'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a rotate -d 'authorise a renewed certificate, retire the old one later'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a prune -d 'remove what is retired or expired'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a apply -d 'make the table what a directory of certificates says'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a diff -d 'show what apply would change'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a annotate -d 'note what certificates say above their entries'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a check -d 'say whether a client would relay, and if not, why'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a verify -d 'check the table, its map and how Postfix uses it'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a rebuild -d 'regenerate the map of the table'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a copy -d 'move a table to another type or place'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a init -d 'create a shared table in a database'
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -a fingerprint -d 'show what smtpd computes'

complete -c relayctl -s c -l config-dir -x -a '(__fish_complete_directories)' -d 'Postfix configuration'
complete -c relayctl -s t -l table -x -a '(__relayctl_table)' -d 'the table'
complete -c relayctl -l service -x -a '(__relayctl_ask services (commandline -ct))' -d 'that of this service'
complete -c relayctl -s d -l digest -x -a '(__relayctl_ask digests (commandline -ct))' -d 'the digest'
complete -c relayctl -l json -d 'output as JSON'
complete -c relayctl -l plain -d 'output separated by tabs'
complete -c relayctl -s q -l quiet -d 'say only what went wrong'
complete -c relayctl -l no-color -d 'no colour'
complete -c relayctl -s h -l help -d help
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -l version -d version
complete -c relayctl -n "not __fish_seen_subcommand_from $commands" -l help-all -d 'the help of all commands'

complete -c relayctl -n "__fish_seen_subcommand_from $changing copy rebuild" -s n -l dry-run -d 'print the change as a diff'
complete -c relayctl -n "__fish_seen_subcommand_from $changing" -l no-rebuild -d 'leave the map as it is'
complete -c relayctl -n "__fish_seen_subcommand_from $changing copy rebuild" -l reload -d 'run postfix reload where needed'
complete -c relayctl -n "__fish_seen_subcommand_from $changing copy rebuild" -l lock-timeout -x -d 'wait so long for the lock'
complete -c relayctl -n "__fish_seen_subcommand_from $changing copy" -l wait-replicas -d 'wait for the standbys of a database'
complete -c relayctl -n "__fish_seen_subcommand_from $changing copy rebuild" -l insecure-directory -d 'go on where others can write'
complete -c relayctl -n "__fish_seen_subcommand_from $changing copy rebuild" -l in-place -d 'write a mount point in place'
complete -c relayctl -n '__fish_seen_subcommand_from add' -l fingerprint -x -d 'instead of CERT'
complete -c relayctl -n '__fish_seen_subcommand_from add' -l key -d 'pin the key'
complete -c relayctl -n '__fish_seen_subcommand_from add' -l label -x -d 'any text instead of HOST'
complete -c relayctl -n '__fish_seen_subcommand_from add' -l replace -d 'rename an entry'
complete -c relayctl -n '__fish_seen_subcommand_from copy' -l replace -d 'entries that FROM does not have go'
complete -c relayctl -n '__fish_seen_subcommand_from remove rm' -l all -d 'all that match'
complete -c relayctl -n '__fish_seen_subcommand_from remove rm' -l if-exists -d 'no error where not listed'
complete -c relayctl -n '__fish_seen_subcommand_from add' -l from -r -F -d 'a list of clients'
complete -c relayctl -n '__fish_seen_subcommand_from add rotate apply annotate' -l note -x -d 'a remark'
complete -c relayctl -n '__fish_seen_subcommand_from add apply diff' -l labels -d 'any text as host'
complete -c relayctl -n '__fish_seen_subcommand_from list ls' -l expiring -x -a '1d 7d 14d 30d' -d 'those that expire within'
complete -c relayctl -n '__fish_seen_subcommand_from list ls prune' -l expired -d 'certificates that have expired'
complete -c relayctl -n '__fish_seen_subcommand_from list ls prune' -l retired -d 'whose grace is over'
complete -c relayctl -n '__fish_seen_subcommand_from list ls' -l sort -x -a 'host expiry added' -d 'by'
complete -c relayctl -n '__fish_seen_subcommand_from list ls' -l long -s l -d 'everything that is known'
complete -c relayctl -n '__fish_seen_subcommand_from list ls' -l exit-code -d 'status 1 where any is found'
complete -c relayctl -n '__fish_seen_subcommand_from list ls' -l state-id -d 'one hash of the table'
complete -c relayctl -n '__fish_seen_subcommand_from rotate' -l grace -x -a '2d 7d 14d 30d' -d 'how long the former entries stay'
complete -c relayctl -n '__fish_seen_subcommand_from rotate' -l create -d 'add an unknown host'
complete -c relayctl -n '__fish_seen_subcommand_from rotate apply diff' -l key -d 'pin the key'
complete -c relayctl -n '__fish_seen_subcommand_from prune' -l older-than -x -a '1d 7d 14d 30d' -d 'only where that is so long ago'
complete -c relayctl -n '__fish_seen_subcommand_from remove rm prune apply' -l yes -s y -d 'do not ask'
complete -c relayctl -n '__fish_seen_subcommand_from remove rm prune apply copy' -l allow-empty -d 'even if none is left'
complete -c relayctl -n '__fish_seen_subcommand_from apply diff' -l prune -d 'remove what has no certificate'
complete -c relayctl -n '__fish_seen_subcommand_from apply diff' -l keep-other-digests -d 'leave entries of another digest'
complete -c relayctl -n '__fish_seen_subcommand_from annotate' -l if-exists -d 'no error where not listed'
complete -c relayctl -n '__fish_seen_subcommand_from check' -l fingerprint -x -d 'instead of CERT'
complete -c relayctl -n '__fish_seen_subcommand_from check' -l address -x -d 'of the client'
complete -c relayctl -n '__fish_seen_subcommand_from verify' -l strict -d 'warnings about the configuration count, too'
complete -c relayctl -n '__fish_seen_subcommand_from verify' -l format -x -a 'prometheus nagios' -d 'for monitoring'
complete -c relayctl -n '__fish_seen_subcommand_from verify' -l no-map -d 'look at the source alone'
complete -c relayctl -n '__fish_seen_subcommand_from init' -l print -d 'show the SQL'
complete -c relayctl -n '__fish_seen_subcommand_from fingerprint' -l kind -x -a 'cert key both' -d which

complete -c relayctl -n '__fish_seen_subcommand_from add check fingerprint annotate rotate' -x -a '(__relayctl_files)'
complete -c relayctl -n '__fish_seen_subcommand_from remove rm list ls rotate' -a '(__relayctl_ask listed (commandline -ct))'
complete -c relayctl -n '__fish_seen_subcommand_from apply diff' -x -a '(__fish_complete_directories)'
complete -c relayctl -n '__fish_seen_subcommand_from copy' -x -a '(__relayctl_table)'
