# What the scripts share. Sourced, not run, in the directory above scripts. POSIX sh.

# What a build needs.
build_packages="g++ cmake ninja-build pkg-config libssl-dev \
libcli11-dev nlohmann-json3-dev libpq-dev libarchive-dev"
# What makes packages of it, and looks at them.
package_packages="build-essential debhelper lintian rpm rpmlint"

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# usage WORD: the comment at the head of the script; an error unless the word is --help.
usage() {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "scripts/$(basename "$0")"
    [ "$1" = --help ] && exit 0
    exit 2
}

# debian_mirror: where apt has Debian 12 from; nothing where it is not known.
debian_mirror() {
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
        | awk '$2 == "bookworm" && $3 == "main" { print $1; exit }'
}

# archive_root RELEASE ARCHIVE PACKAGE...: a tar archive of a Debian of that release with these
# packages. It is made in memory: on a disk, most of the time would go into flushing files.
# root_hook is a command of sh that has the directory of the root as $1, and may add to it.
archive_root() {
    release=$1 archive=$2
    shift 2
    install_packages mmdebstrap || return 1
    mirror=$(debian_mirror)
    [ "$mirror" ] || { say "no mirror of Debian is known here"; return 1; }
    build_log=$(mktemp)
    # The Release file of a testing release may be out of date by the clock.
    if unshare --mount sh -eu -c 'mount -t tmpfs -o mode=755 tmpfs /mnt
        mmdebstrap --mode=root --variant=apt --aptopt="Acquire::Check-Valid-Until \"false\"" \
            --essential-hook="echo postfix postfix/main_mailer_type select No configuration \
                | chroot \"\$1\" debconf-set-selections" \
            --customize-hook="$5" --include="$4" "$1" /mnt/root "$2"
        tar -C /mnt/root -cf "$3.new" .
        mv "$3.new" "$3"' sh "$release" "$mirror" "$archive" "$*" "${root_hook:-true}" \
        > "$build_log" 2>&1; then
        rm -f "$build_log"
        return 0
    fi
    tail -n 40 "$build_log" >&2
    rm -f "$build_log"
    return 1
}

# in_root DIRECTORY COMMAND...: below that directory, in its own root and with its own variables.
in_root() {
    new_root=$1
    shift
    chroot "$new_root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

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

# install_packages PACKAGE...: those that are missing. Asks nothing, starts nothing, never removes a
# package. 1 if apt would have to remove one, or does not have them.
install_packages() {
    missing=
    for package; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if ! command -v apt-get > /dev/null; then
        say "no apt-get here; please install:$missing" >&2
        return 1
    fi
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

# Postfix asks for a kind of set-up, and servers are started by their packages: they are told not
# to. A policy-rc.d that is there already is left alone.
apt_install() {
    policy=/usr/sbin/policy-rc.d
    made_policy=
    case " $* " in
    *' postfix '*)
        printf 'postfix postfix/main_mailer_type select No configuration\n' \
            | as_root debconf-set-selections || return 1
        ;;
    esac
    case " $* " in
    *' postfix '* | *' postgresql '*)
        if [ ! -e "$policy" ]; then
            printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" > /dev/null \
                && as_root chmod 755 "$policy"
            made_policy=yes
        fi ;;
    esac
    status=0
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-remove \
        --no-install-recommends "$@" || status=1
    [ -z "$made_policy" ] || as_root rm -f "$policy"
    return $status
}

# use_ccache DIRECTORY: where it is installed, for the sources there. What was compiled in one
# directory serves another, with -Werror or without.
use_ccache() {
    command -v ccache > /dev/null || return 0
    # debhelper has another home directory.
    CCACHE_DIR=$(ccache --get-config cache_dir)
    export CCACHE_DIR CMAKE_CXX_COMPILER_LAUNCHER=ccache
    export CCACHE_BASEDIR="$1" CCACHE_NOHASHDIR=1 CCACHE_IGNOREOPTIONS=-Werror
    export CCACHE_SLOPPINESS=pch_defines,time_macros,locale
}

# show_progress WHAT: of the lines of ninja on standard input, how far it is: on a terminal one line
# that is written again and again, elsewhere a line for each tenth.
show_progress() {
    last=0
    while IFS= read -r line; do
        case "$line" in
        \[[0-9]*/[0-9]*\]*) ;;
        *) continue ;;
        esac
        line=${line%%]*} line=${line#[}
        ended=${line%/*} total=${line#*/}
        tenth=$((10 * ended / total))
        if [ -t 2 ]; then
            printf '\r%s: %s of %s steps ' "$1" "$ended" "$total" >&2
        elif [ "$tenth" -gt "$last" ]; then
            say "$1: $ended of $total steps" >&2
        fi
        last=$tenth
    done
    [ ! -t 2 ] || echo >&2
}

# files_at_once: how many files the memory suffices to compile as one, on each processor.
files_at_once() {
    available=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
    files=$((${available:-0} / $(nproc) / 15000))
    [ "$files" -ge 16 ] || files=16
    [ "$files" -le 145 ] || files=145
    echo "$files"
}

# build_in DIRECTORY CMAKE_OPTION...: configures and builds, and shows how far it is; what the
# compiler says only if it fails.
build_in() {
    directory=$1
    shift
    use_ccache "$PWD"
    set -- "$@" -DCMAKE_UNITY_BUILD_BATCH_SIZE="$(files_at_once)"
    build_log=$(mktemp)
    build_failed=$build_log.failed
    {
        cmake -S . -B "$directory" -G Ninja "$@" 2>&1 \
            && NINJA_STATUS='[%f/%t] ' cmake --build "$directory" 2>&1 || : > "$build_failed"
    } | tee "$build_log" | show_progress "$directory"
    if [ -e "$build_failed" ]; then
        cat "$build_log" >&2
        rm -f "$build_log" "$build_failed"
        die "the build failed"
    fi
    rm -f "$build_log"
}
