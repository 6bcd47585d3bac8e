#!/bin/bash
# network.sh: makes the three networks of the demo, with the firewall that a gateway has at home.
#
#   namespace lan            namespace gateway                namespace provider
#   +----------------+       +--------------------------+     +---------------------------------+
#   | alice's phone  |       | lan                  wan |     | wan                             |
#   | eth0 ----------+-------+ 192.168.1.1  203.0.113.1 +-----+ 203.0.113.10   Kamailio         |
#   | 192.168.1.20   |       | masquerade, stateful     |     | 203.0.113.20   bob's phone      |
#   +----------------+       | firewall, SIP helper     |     | internet: all other addresses,  |
#                            +--------------------------+     |           where nobody answers  |
#                                                             +---------------------------------+
set -euo pipefail

for namespace in lan gateway provider; do
	ip netns add "$namespace"
	ip netns exec "$namespace" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	ip -n "$namespace" link set lo up
	# Nothing here has a name; who asks for one anyway shall hear so at once.
	mkdir -p "/etc/netns/$namespace"
	echo 'nameserver 127.0.0.1' >"/etc/netns/$namespace/resolv.conf"
done
ip link add eth0 netns lan type veth peer name lan netns gateway
ip link add wan netns gateway type veth peer name wan netns provider

ip -n lan -batch - <<-END
	address add 192.168.1.20/24 dev eth0
	link set eth0 up
	route add default via 192.168.1.1
END
ip -n gateway -batch - <<-END
	address add 192.168.1.1/24 dev lan
	address add 203.0.113.1/24 dev wan
	link set lan up
	link set wan up
END
# Kamailio binds its address; what is sent without one comes from bob's. A private address is nowhere on
# the Internet: what is sent there gets lost without a word.
ip -n provider -batch - <<-END
	address add 203.0.113.10/24 dev wan
	address add 203.0.113.20/24 dev wan
	link set wan up
	route replace 203.0.113.0/24 dev wan src 203.0.113.20
	link add internet type dummy
	link set internet up
	route add default dev internet src 203.0.113.20
END

# Real cables carry real checksums; and captures are nicer to read with them.
for end in 'lan eth0' 'gateway lan' 'gateway wan' 'provider wan'; do
	read -r namespace device <<<"$end"
	ip netns exec "$namespace" ethtool --offload "$device" tx off >/dev/null
done

ip netns exec gateway sysctl -qw net.ipv4.ip_forward=1
ip netns exec gateway iptables-restore <<-END
	*nat
	-A POSTROUTING -o wan -j MASQUERADE
	COMMIT
	*filter
	:INPUT DROP
	:FORWARD DROP
	-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
	-A FORWARD -i lan -j ACCEPT
	COMMIT
END
