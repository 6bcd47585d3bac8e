# shellcheck shell=bash disable=SC2154 # lib.sh has the rest
# The user-mode Linux kernel: boots in under a second wherever a process runs. Its build tree stays,
# as what modules for it are built against.

uml_set() {
	source_set
	uml=$cache/uml-$(cat "$tree/$tree_notes/version" "$tree/$tree_notes/toolchain" \
		"$vm/uml.config" "$vm/steps/uml-build" | key)
	uml_kdir=$uml/build
	uml_modules=$uml/modules
}

uml_make() {
	uml_set
	[[ ! -e $uml/done ]] || return 0
	need_root
	lock uml
	if [[ ! -e $uml/done ]]; then
		need_space 3
		# An interrupted build goes on where it stopped: make knows how.
		step "uml: building user-mode Linux $tree_version" \
			"$vm/enter" "$vm/steps/uml-build" "$source" "$uml_kdir" "$vm/uml.config" "$uml_modules"
		touch "$uml/done"
	fi
	unlock
}
