# shellcheck shell=bash
# inside.sh TREE CACHE DIR... -- COMMAND...: the part of enter that runs in namespaces of its own.
set -euo pipefail

tree=$1 cache=$2
shift 2

# All below happens in this mount namespace only, so that every run can use the one mount point.
base=$cache/mnt
mount -t tmpfs -o mode=755 tmpfs "$base"
mkdir "$base/upper" "$base/work" "$base/root"
root=$base/root
mount -t overlay -o "lowerdir=$tree,upperdir=$base/upper,workdir=$base/work" overlay "$root" || {
	echo "this kernel cannot mount an overlay; nf_sip's tests need that (modprobe overlay)" >&2
	exit 1
}
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
	[[ ! -e $file ]] || cp --dereference --remove-destination "$file" "$root$file"
done

here=/
while [[ $1 != -- ]]; do
	mkdir -p "$root$1"
	mount --bind "$1" "$root$1"
	[[ $PWD/ != "$1"/* ]] || here=$PWD
	shift
done
shift
for folder in "$cache"/{tree,source,pbx}-*; do
	[[ -d $folder ]] || continue
	mount --bind "$folder" "$root$folder"
	mount -o remount,bind,ro "$root$folder"
done

environment=(
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	HOME=/root LANG=C.UTF-8 "NF_SIP_CACHE=$cache" "CARGO_HOME=$cache/cargo"
)
while IFS='=' read -r -d '' name value; do
	case $name in
	NF_SIP_CACHE) ;;
	TERM | COLORTERM | CI | NF_SIP_* | MAKEFLAGS | MAKELEVEL | *_proxy | *_PROXY) environment+=("$name=$value") ;;
	esac
done < <(env --null)

# Not exec: the first process of a pid namespace is deaf to signals that it does not handle.
status=0
chroot "$root" env --ignore-environment --default-signal=INT,QUIT --chdir="$here" \
	"${environment[@]}" "$@" || status=$?
exit "$status"
