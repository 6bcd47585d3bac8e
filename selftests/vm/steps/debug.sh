# shellcheck shell=bash disable=SC2154 # lib.sh has the rest
# The debug kernel: user-mode Linux that looks for faults in itself, built by clang.

# What user-mode Linux expects of a compiler, and gcc does: no frame pointer in the function that returns
# from a signal, where nothing may be on the stack; and all data in .data and .bss, or else lockdep does
# not know the kernel's own, and turns itself off at once.
debug_flags='-momit-leaf-frame-pointer -Xclang -mlarge-data-threshold=2147483647'

debug_set() {
	source_set
	debug=$cache/debug-$(cat "$tree/$tree_notes/version" "$tree/$tree_notes/toolchain" \
		"$vm/uml.config" "$vm/debug.config" "$vm/steps/uml-build" "$vm/steps/debug.sh" \
		"$vm"/steps/quick-*.h | key)
	debug_kdir=$debug/build
	debug_modules=$debug/modules
}

debug_make() {
	debug_set
	[[ ! -e $debug/done ]] || return 0
	need_root
	lock debug
	if [[ ! -e $debug/done ]]; then
		need_space 5
		mkdir -p "$debug"
		debug_config >"$debug/debug.config"
		cp "$vm"/steps/quick-*.h "$debug"
		step "debug: building user-mode Linux $tree_version that looks for faults" \
			"$vm/enter" env LLVM=1 KCFLAGS="$debug_flags" \
			MAKEFLAGS="-- CFLAGS_stacktrace.o=-include\\ $debug/quick-text.h CFLAGS_smp.o=-include\\ $debug/quick-ipi.h" \
			"$vm/steps/uml-build" "$source" "$debug_kdir" "$debug/debug.config" "$debug_modules"
		touch "$debug/done"
	fi
	unlock
}

# The lines of both; of those about one option, the last.
debug_config() {
	cat "$vm/uml.config" "$vm/debug.config" |
		sed -n 's/^\(# \)\?\(CONFIG_[A-Z0-9_a-z]*\)\(=\| is\).*/\2 &/p' |
		awk '{ line[$1] = substr($0, length($1) + 2) } END { for (name in line) print line[name] }' | sort
}
