# shellcheck shell=sh
# What isobit needs from the system, and how it gets there. Sourced by host/quickstart, tests/run.
#
#   install_packages build test      groups of the table: what is missing is named, then installed
#   install_debian PACKAGE ...       the same for packages that are listed nowhere but here
#
# Both fail with a message that says exactly what to install where they cannot do it themselves.

# group | how it is seen to be there | Debian, Ubuntu | Fedora | Arch
package_table() {
    cat <<'END'
build | tool cc          | gcc                | gcc                  | gcc
build | header stdio.h   | libc6-dev          | glibc-devel          | glibc
build | tool make        | make               | make                 | make
build | tool cmake       | cmake              | cmake                | cmake
build | tool pkg-config  | pkg-config         | pkgconf-pkg-config   | pkgconf
build | module OpenCL    | ocl-icd-opencl-dev | 'pkgconfig(OpenCL)'  | ocl-icd opencl-headers
build | icd pocl         | pocl-opencl-icd    | pocl                 | pocl
build | module zlib      | zlib1g-dev         | 'pkgconfig(zlib)'    | zlib
build | module jansson   | libjansson-dev     | 'pkgconfig(jansson)' | jansson
build | module inih      | libinih-dev        | 'pkgconfig(inih)'    | libinih
build | module nettle    | nettle-dev         | 'pkgconfig(nettle)'  | nettle
test  | module criterion | libcriterion-dev   |                      |
test  | tool gnuplot     | gnuplot-nox        | gnuplot              | gnuplot
END
}

# is_there KIND NAME: whether this system has it, whoever put it there.
is_there() {
    case $1 in
    tool) command -v "$2" >/dev/null ;;
    header) echo "#include <$2>" | cc -E - >/dev/null 2>&1 ;;
    module) pkg-config --exists "$2" 2>/dev/null ;;
    icd) grep -rqis "$2" "${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}" ;; # a folder or a file
    esac
}

is_installed() {
    command -v dpkg-query >/dev/null &&
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# missing debian|fedora|arch GROUP ...: the packages that are missing, in one row.
missing() {
    system=$1
    shift
    package_table | while IFS='|' read -r group check debian fedora arch; do
        case " $* " in *" ${group%% *} "*) ;; *) continue ;; esac
        # shellcheck disable=SC2086 # a kind and a name
        if is_there $check || is_installed ${debian}; then continue; fi
        case $system in
        debian) echo "$debian" ;;
        fedora) echo "$fedora" ;;
        arch) echo "$arch" ;;
        esac
    done | tr -s '\n' ' ' | sed 's/^ //; s/ $//'
}

say_what_to_install() {
    echo "$1" >&2
    shift
    echo "Please install these and run this again:" >&2
    echo "  Debian, Ubuntu:  apt-get install --no-install-recommends $(missing debian "$@")" >&2
    echo "  Fedora:          dnf install $(missing fedora "$@")" >&2
    echo "  Arch:            pacman -S --needed $(missing arch "$@")" >&2
    case $(missing debian "$@") in *libcriterion*)
        echo "  Where Criterion (2.4) has no package, as on Fedora and Arch: from its source." >&2 ;;
    esac
}

# Whether apt-get can install here; else $why says what is in the way. Sets $as_root.
can_install() {
    as_root=
    if ! command -v apt-get >/dev/null; then
        why="This system has no apt-get."
    elif [ "$(id -u)" = 0 ]; then
        return 0
    elif ! command -v sudo >/dev/null; then
        why="Installing packages needs root, and there is no sudo here."
    elif ! sudo -n true 2>/dev/null && ! [ -t 0 ]; then
        why="Installing packages needs root, and sudo wants a password but there is no terminal."
    else
        as_root=sudo
        return 0
    fi
    return 1
}

apt_install() {
    echo "About to install with ${as_root:+$as_root }apt-get: $*"
    $as_root apt-get -q -o DPkg::Lock::Timeout=120 update ||
        echo "apt-get update failed; trying with the package lists that are here." >&2
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 \
        install --no-install-recommends "$@" </dev/null || {
        echo "apt-get could not install: $*" >&2
        return 1
    }
}

install_packages() {
    wanted=$(missing debian "$@")
    if [ -z "$wanted" ]; then
        echo "Nothing to install: everything needed is here."
        return 0
    fi
    can_install || {
        say_what_to_install "$why" "$@"
        return 1
    }
    # shellcheck disable=SC2086 # package names
    apt_install $wanted || {
        say_what_to_install "The installation did not succeed." "$@"
        return 1
    }
    [ -z "$(missing debian "$@")" ] || {
        say_what_to_install "Installed, but still not found." "$@"
        return 1
    }
}

install_debian() {
    wanted=
    for package in "$@"; do
        is_installed "$package" || wanted="$wanted $package"
    done
    [ -n "$wanted" ] || return 0
    can_install || {
        echo "$why Please install (Debian's names):$wanted" >&2
        return 1
    }
    # shellcheck disable=SC2086 # package names
    apt_install $wanted
}
