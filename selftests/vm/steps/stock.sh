# shellcheck shell=bash disable=SC2154 # lib.sh has the rest
# A build tree for Debian's own kernel: modules built against it load on the unmodified image. Debian's
# headers lack the Rust metadata; the same source, configuration and compiler give the same metadata.

stock_set() {
	source_set
	stock_release=$(<"$tree/$tree_notes/release")
	stock=$cache/stock-$(cat "$tree/$tree_notes/version" "$tree/$tree_notes/toolchain" \
		"$vm/steps/stock-build" | key)
	stock_kdir=$stock/build
}

stock_make() {
	stock_set
	[[ ! -e $stock/done ]] || return 0
	need_root
	lock stock
	if [[ ! -e $stock/done ]]; then
		need_space 2
		step "stock: preparing a build tree for Debian's $stock_release" \
			"$vm/enter" "$vm/steps/stock-build" "$source" "$stock_kdir" "$stock_release" "/$tree_notes"
		touch "$stock/done"
	fi
	unlock
}
