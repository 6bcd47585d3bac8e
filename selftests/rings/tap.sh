# TAP for the rings: `check NAME COMMAND...` is a test, its output shown when it fails.
# shellcheck shell=bash

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # for those who source this
enter=$top/selftests/vm/enter
cd "$top" || exit 1

tap_failed=0

check() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		echo "ok - $name"
	else
		tap_failed=1
		echo "not ok - $name"
		sed 's/^/# /' <<<"$output" | tail -60
	fi
}

# A test that passes when COMMAND fails: that a gate can close.
check_fails() {
	local name=$1
	shift
	check "$name" not "$@"
}

not() {
	! "$@"
}

tap_end() {
	exit "$tap_failed"
}
