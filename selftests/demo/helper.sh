#!/bin/bash
# helper.sh off|mainline|nf_sip MODULE: gives the gateway that SIP helper in place of the one it has,
# and makes it forget every connection. MODULE is nf_sip.ko.
set -euo pipefail

helper=$1 module=$2

gateway() {
	ip netns exec gateway "$@"
}

# unload NAME: rules that are just gone hold their module for a moment longer.
unload() {
	local deadline=$((SECONDS + 10))
	[[ -d /sys/module/$1 ]] || return 0
	until rmmod "$1" 2>/dev/null; do
		((SECONDS < deadline)) || { rmmod "$1" && break || exit; }
	done
}

gateway iptables -t raw -F
unload nf_nat_sip
unload nf_conntrack_sip
unload nf_sip
gateway conntrack -F expect 2>/dev/null
gateway conntrack -F 2>/dev/null

case $helper in
off) exit ;;
mainline) modprobe -a nf_conntrack_sip nf_nat_sip ;;
nf_sip) insmod "$module" ;;
esac
gateway iptables -t raw -A PREROUTING -p udp --dport 5060 -j CT --helper sip
