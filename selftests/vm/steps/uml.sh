# shellcheck shell=bash disable=SC2154 # lib.sh has the rest
# The user-mode Linux kernels: they boot in under a second wherever a process runs. Their build trees
# stay, as what modules for them are built against. One has all that a test should trip over; the plain
# one has nothing of it and is as fast as a kernel in use, which is for benchmarks.

uml_set() {
	uml_set_kind uml
	uml_arguments=()
}

uml_make() {
	uml_make_kind uml "building user-mode Linux"
}

plain_set() {
	uml_set_kind plain
	# As many buckets for expectations as the kernel takes by itself with 4 GB of memory.
	uml_arguments=(nf_conntrack.expect_hashsize=1024)
}

plain_make() {
	uml_make_kind plain "building user-mode Linux without debugging,"
}

uml_set_kind() {
	source_set
	uml=$cache/$1-$({
		cat "$tree/$tree_notes/version" "$tree/$tree_notes/toolchain"
		"uml_config_$1"
		cat "$vm/steps/uml-build"
	} | key)
	uml_kdir=$uml/build
	uml_modules=$uml/modules
}

uml_config_uml() {
	cat "$vm/uml.config"
}

uml_config_plain() {
	awk -v RS= -v ORS='\n\n' '!/^# what a test should trip over/' "$vm/uml.config"
	cat "$vm/plain.config"
}

uml_make_kind() {
	uml_set_kind "$1"
	[[ ! -e $uml/done ]] || return 0
	need_root
	lock "$1"
	if [[ ! -e $uml/done ]]; then
		need_space 3
		mkdir -p "$uml"
		"uml_config_$1" >"$uml/config"
		# An interrupted build goes on where it stopped: make knows how.
		step "$1: $2 $tree_version" \
			"$vm/enter" "$vm/steps/uml-build" "$source" "$uml_kdir" "$uml/config" "$uml_modules"
		touch "$uml/done"
	fi
	unlock
}
