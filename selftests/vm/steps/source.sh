# shellcheck shell=bash disable=SC2154 # lib.sh has the rest
# The kernel's source, of the stock kernel's version. Both build trees point into it; nothing is ever
# written there.

source_set() {
	tree_version=$(<"$tree/$tree_notes/version")
	source=$cache/source-${tree_version//[^A-Za-z0-9.-]/.}
}

source_make() {
	source_set
	[[ ! -e $source ]] || return 0
	need_root
	lock source
	if [[ ! -e $source ]]; then
		need_space 3
		step "source: unpacking Linux $tree_version" source_build
	fi
	unlock
}

source_build() {
	local work=$source.partial
	rm -rf "$work"
	mkdir -p "$work/deb" "$work/source"
	dpkg-deb --extract "$tree/$tree_notes"/linux-source-*.deb "$work/deb"
	tar --extract --xz --strip-components=1 --directory "$work/source" --file "$work"/deb/usr/src/linux-source-*.tar.xz
	mv "$work/source" "$source"
	rm -rf "$work"
}
