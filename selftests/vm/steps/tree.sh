# shellcheck shell=bash disable=SC2154 # lib.sh has the rest
# The Debian tree: toolchain, the software under test, and the stock kernel of the backports suite,
# in a folder. It is where everything is built and what every guest has as its root.
#
# All that comes over the network comes here and at one time, so that the later steps agree on one
# kernel version, whatever the mirror does in between.

suite=trixie
tree=$cache/tree-$({
	echo "$suite"
	cat "$vm/packages" "$vm/steps/tree-build" "$vm/steps/kernel.sh"
} | key)
# What this step leaves in the tree for the later ones.
tree_notes=usr/share/nf_sip

tree_make() {
	[[ ! -e $tree ]] || return 0
	need_root
	lock tree
	if [[ ! -e $tree ]]; then
		need_space 5
		tree_tools
		tree_mirror
		step "tree: Debian $suite with compilers, telephones and kernel, from $mirror" tree_build
	fi
	unlock
}

# Debian's own tool for making trees is all that the host lends.
tree_tools() {
	[[ $(dpkg --print-architecture 2>/dev/null) == amd64 ]] ||
		die "this needs Debian 12 or 13 on amd64 (dpkg and apt), and this machine is something else."
	if ! command -v mmdebstrap >/dev/null || [[ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ]]; then
		step "tree: installing mmdebstrap on this machine" tree_install_tools
	fi
}

tree_install_tools() {
	export DEBIAN_FRONTEND=noninteractive
	apt-get update
	apt-get install --yes --no-install-recommends mmdebstrap debian-archive-keyring
}

tree_mirror() {
	mirror=$(tree_find_mirror)
	if [[ -z $mirror ]]; then
		step "tree: reading this machine's package lists" apt-get update
		mirror=$(tree_find_mirror)
	fi
	[[ -n $mirror ]] || die "apt on this machine knows no Debian mirror; add one to /etc/apt/sources.list.d."
}

tree_find_mirror() {
	# shellcheck disable=SC2016 # the format is apt's
	apt-get indextargets --format '$(SITE) $(LABEL) $(ORIGIN)' 'Created-By: Packages' |
		awk '$1 !~ /^cdrom:/ && $2 == "Debian" && $3 == "Debian" && !n++ { print $1 }'
}

# In namespaces of its own, so that a run that is killed leaves neither mounts nor processes behind.
tree_build() {
	rm -rf "$tree.partial"
	unshare --mount --pid --fork --kill-child --mount-proc -- \
		"$vm/steps/tree-build" "$tree.partial" "$vm/packages" "$suite" "$mirror" "$tree_notes"
	mv "$tree.partial" "$tree"
}
