# shellcheck shell=bash disable=SC2154 # lib.sh has the rest
# Asterisk, the PBX of the network tests, in a folder of its own: it comes from another suite than the
# tree. That suite changes by the day and may lack a library of it; then there are no such tests.

pbx=$cache/pbx-$(key <"$vm/steps/pbx-build")

pbx_make() {
	[[ ! -e $pbx ]] || return 0
	need_root
	lock pbx
	if [[ ! -e $pbx ]]; then
		need_space 1
		(step "pbx: Asterisk, from Debian sid" "$vm/enter" "$vm/steps/pbx-build" "$pbx") ||
			echo "pbx: there is no Asterisk; the tests with one are skipped" >&2
	fi
	unlock
}
