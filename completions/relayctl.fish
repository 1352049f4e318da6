# fish completion for relayctl. The program itself says what is due: relayctl complete line.

function __relayctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    # Without its backslashes; fish quotes again what it inserts.
    set -l typed (string unescape -- $current; or printf '%s\n' $current)
    for answer in (timeout 3 relayctl complete line -- $words[2..] "$typed" 2>/dev/null)
        set -l fields (string split \t -- $answer)
        switch $fields[1]
            case word part
                printf '%s\t%s\n' $fields[2] $fields[3]
            case '*'
                __relayctl_paths $fields[1] $fields[2] $typed
        end
    end
end

# Files or directories behind what is typed before a path: TYPE: or --option=. A name that begins
# with a dash would be taken for an option: it is offered behind ./ only.
function __relayctl_paths -a kind before typed
    if test -z "$before"
        if test $kind = directories
            __fish_complete_directories (commandline -ct) ''
        else
            __fish_complete_path (commandline -ct) | string match -v -- '-*'
        end
        return
    end
    set -l path (string sub -s (math 1 + (string length -- $before)) -- $typed)
    for file in $path*
        if test -d $file
            printf '%s\n' $before$file/
        else if test $kind = files
            printf '%s\n' $before$file
        end
    end
end

complete -c relayctl -f -a '(__relayctl_complete)'
