# shellcheck shell=bash
# What the scripts of this folder share: the cache with its keys and locks, steps that show their
# progress, and what the steps make.

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$(cd "$vm/../.." && pwd -P)

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

need_root() {
	[[ $EUID -eq 0 ]] || die "this has to run as root: it mounts, makes namespaces and installs a Debian tree."
}

# CI may leave HOME unset, where ~ still is the user's own folder.
[[ ${HOME-} ]] || unset HOME
home=~
cache=$(realpath -m -- "${NF_SIP_CACHE:-${XDG_CACHE_HOME:-$home/.cache}/nf_sip}")
for path in "$cache" "$top"; do
	[[ $path =~ ^[A-Za-z0-9/._+@-]+$ ]] ||
		die "the path '$path' has a character that kernel builds or mounts cannot take; move the checkout, or point NF_SIP_CACHE elsewhere."
done
unset path home

# Twelve hexadecimal digits that stand for everything on standard input.
key() {
	local sum
	sum=$(sha256sum)
	echo "${sum:0:12}"
}

# lock NAME: keeps other runs from making the same thing at the same time, until unlock. What this shell
# has started holds the lock too, and so keeps it when this shell is killed.
lock() {
	mkdir -p "$cache/lock"
	exec {lock}>>"$cache/lock/$1"
	if ! flock --nonblock "$lock"; then
		echo "$1: another run is making it; waiting" >&2
		flock "$lock"
	fi
}

unlock() {
	exec {lock}>&-
}

# in_use: keeps `setup prune` away while this shell and what it started are running.
in_use() {
	local fd
	mkdir -p "$cache/lock"
	exec {fd}>>"$cache/lock/use"
	flock --shared "$fd"
}

# need_space GIGABYTES: stops when the cache's disk cannot hold that much more.
need_space() {
	local free
	mkdir -p "$cache"
	free=$(df --output=avail --block-size=1G "$cache" | tail -n 1)
	((free >= $1)) ||
		die "$cache has ${free// /} GB free and this step needs $1 GB; make room, or point NF_SIP_CACHE at a larger disk."
}

clock() {
	printf '%d:%02d' $(($1 / 60)) $(($1 % 60))
}

last_line() {
	tail -c 2000 -- "$1" | tr '\r' '\n' | tr -cd '[:print:]\n' | grep -v '^ *$' | tail -n 1 || true
}

# step NAME COMMAND...: runs COMMAND with its output in a log, shows how it gets on, and ends the
# script when it fails.
step() {
	local name=$1 log=$cache/log/${1//[^A-Za-z0-9]/-}.log
	local start=$SECONDS beat=$SECONDS now status=0 line columns
	shift
	mkdir -p "$cache/log"
	: >"$log"
	printf '%s\n' "$name" >&2
	# Job control gives the command a process group of its own, which the trap below can end whole.
	set -m
	"$@" >"$log" 2>&1 </dev/null &
	step_pid=$!
	set +m
	trap step_interrupted INT TERM HUP
	while kill -0 "$step_pid" 2>/dev/null; do
		sleep 0.3
		now=$SECONDS
		if [[ -t 2 ]]; then
			columns=$(tput cols 2>/dev/null || echo 80)
			line="  $(clock $((now - start)))  $(last_line "$log")"
			printf '\r\033[K%s' "${line:0:columns-1}" >&2
		elif ((now - beat >= 20)); then
			beat=$now
			printf '  %s  %s\n' "$(clock $((now - start)))" "$(last_line "$log")" >&2
		fi
	done
	wait "$step_pid" || status=$?
	trap - INT TERM HUP
	[[ ! -t 2 ]] || printf '\r\033[K' >&2
	if ((status)); then
		tail -n 40 -- "$log" | sed 's/^/  | /' >&2
		die "\"$name\" failed after $(clock $((SECONDS - start))); the lines above are the end of $log."
	fi
	printf '  done in %s\n' "$(clock $((SECONDS - start)))" >&2
}

step_interrupted() {
	trap '' INT TERM HUP
	exec 3>&2 2>/dev/null
	kill -TERM -- "-$step_pid" || true
	for _ in {1..50}; do
		kill -0 -- "-$step_pid" || break
		sleep 0.1
	done
	kill -KILL -- "-$step_pid" || true
	wait "$step_pid" || true
	printf '\n%s\n' "${0##*/}: interrupted; the next run goes on from here." >&3
	exit 130
}

. "$vm/steps/tree.sh"
. "$vm/steps/source.sh"
. "$vm/steps/pbx.sh"
. "$vm/steps/uml.sh"
. "$vm/steps/debug.sh"
. "$vm/steps/stock.sh"
