# What quickstart and test share. Sourced, not run. POSIX sh.

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# as_root COMMAND...: as it is for root, else through sudo.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo > /dev/null; then
        sudo "$@"
    else
        die "needs root for: $* (run as root, or install sudo)"
    fi
}

is_installed() { dpkg-query -W -f '${Status}' "$1" 2> /dev/null | grep -q ' installed$'; }

# install_packages PACKAGE...: those that are missing. Asks nothing, starts nothing, never removes a package. 1 if apt would
# have to remove one, or does not have them.
install_packages() {
    missing=
    for package; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    command -v apt-get > /dev/null || { say "no apt-get here; please install:$missing" >&2; return 1; }
    say "installing:$missing" >&2
    build_log=$(mktemp)
    if apt_install $missing > "$build_log" 2>&1; then
        rm -f "$build_log"
        return 0
    fi
    cat "$build_log" >&2
    rm -f "$build_log"
    return 1
}

# Postfix asks for a kind of set-up, and servers are started by their packages: they are told not to. A policy-rc.d that is
# there already is left alone.
apt_install() {
    policy=/usr/sbin/policy-rc.d
    made_policy=
    case " $* " in
    *' postfix '*) printf 'postfix postfix/main_mailer_type select No configuration\n' | as_root debconf-set-selections || return 1 ;;
    esac
    case " $* " in
    *' postfix '* | *' postgresql '*)
        if [ ! -e "$policy" ]; then
            printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" > /dev/null && as_root chmod 755 "$policy"
            made_policy=yes
        fi ;;
    esac
    status=0
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-remove --no-install-recommends "$@" || status=1
    [ -z "$made_policy" ] || as_root rm -f "$policy"
    return $status
}

# build_in DIRECTORY CMAKE_OPTION...: configures and builds, quiet unless it fails.
build_in() {
    directory=$1
    shift
    launcher=
    command -v ccache > /dev/null && launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
    build_log=$(mktemp)
    if ! { cmake -S . -B "$directory" -G Ninja $launcher "$@" && cmake --build "$directory"; } > "$build_log" 2>&1; then
        cat "$build_log" >&2
        rm -f "$build_log"
        die "the build failed"
    fi
    rm -f "$build_log"
}
