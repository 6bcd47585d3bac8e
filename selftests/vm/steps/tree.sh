# shellcheck shell=bash
# The Debian tree: toolchain, the software under test, and the stock kernel of the backports suite,
# in a folder. It is where everything is built and what every guest has as its root.
#
# All that comes over the network comes here and at one time, so that the later steps agree on one
# kernel version, whatever the mirror does in between.

suite=trixie
tree_parts=("$vm/packages" "${BASH_SOURCE[0]}" "${BASH_SOURCE[0]%/*}/kernel.sh")
tree=$cache/tree-$({ echo "$suite"; cat "${tree_parts[@]}"; } | key)
# What this step leaves in the tree for the later ones.
tree_notes=usr/share/nf_sip

tree_make() {
	[[ ! -e $tree ]] || return 0
	need_root
	lock tree
	[[ ! -e $tree ]] || return 0
	need_space 5
	tree_tools
	tree_mirror
	step "tree: Debian $suite with compilers, telephones and kernel, from $mirror" tree_build
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

tree_build() {
	local work=$tree.partial line options=() packages
	tree_unmount "$work"
	rm -rf "$work"
	packages=$(sed 's/#.*//' "$vm/packages" | xargs | tr ' ' ,)
	# Proxies and the like: whatever makes apt reach its mirror from here.
	while IFS= read -r line; do
		options+=("--aptopt=${line%;}")
	done < <(apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries|ForceIPv).* "[^"]' || true)
	mmdebstrap --mode=root --variant=minbase --include="$packages" "${options[@]}" \
		--keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
		--customize-hook="bash '${BASH_SOURCE[0]%/*}/kernel.sh' \"\$1\" $suite-backports $tree_notes" \
		"$suite" "$work" \
		"deb $mirror $suite main" \
		"deb $mirror $suite-updates main" \
		"deb $mirror $suite-backports main"
	mv "$work" "$tree"
}

# A killed run may have left its mounts behind, and rm must not follow them.
tree_unmount() {
	local point
	awk -v under="$1/" 'index($5, under) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		while IFS= read -r point; do
			umount --lazy "$point"
		done
}
