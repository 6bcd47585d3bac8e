#!/bin/bash
# kernel.sh TREE SUITE NOTES: puts the stock kernel of SUITE into TREE, as a hook of mmdebstrap (which
# lends its apt). Image and modules go where they belong, without the package's initramfs; the packages
# for building against it wait in TREE/NOTES.
set -euo pipefail

tree=$1 suite=$2 notes=$1/$3
export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG

image=$(apt-cache show "linux-image-amd64/$suite" | sed -n 's/^Depends:.*\blinux-image-\([0-9][^ ,]*\).*/\1/p')
version=$(apt-cache show "linux-image-amd64/$suite" | sed -n 's/^Version: //p')
if [[ -z $image || -z $version ]]; then
	echo "$suite has no linux-image-amd64" >&2
	exit 1
fi
series=$(cut -d . -f 1,2 <<<"$image")

mkdir -p "$notes"
cd "$notes"
printf '%s\n' "$image" >release
printf '%s\n' "$version" >version
# shellcheck disable=SC2016 # the format is dpkg's
chroot "$tree" dpkg-query --show --showformat '${Package} ${Version}\n' |
	grep -E '^(binutils|bindgen|cargo|clang|gcc|libc6-dev|libclang|lld|llvm|make|pahole|rust)' >toolchain
apt-get --option APT::Sandbox::User=root download \
	"linux-base-$image=$version" "linux-binary-$image=$version" "linux-modules-$image=$version" \
	"linux-headers-$image=$version" "linux-source-$series=$version"

for package in base binary modules; do
	dpkg-deb --extract "linux-$package-$image"_*.deb "$tree"
	rm "linux-$package-$image"_*.deb
done
# An emulated guest takes long to decompress what it loads.
cd "$tree/usr/lib/modules/$image/kernel"
find net lib fs/9p fs/fuse fs/netfs fs/overlayfs drivers/virtio drivers/net -name '*.ko.xz' -print0 |
	xargs -0 --no-run-if-empty xz --decompress --threads=0
chroot "$tree" depmod "$image"
