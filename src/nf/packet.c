// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C side of nf_sip, packets: see nf_sip/helpers.h.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/dst.h>
#include <net/flow.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_log.h>

#include <nf_sip/helpers.h>

bool nf_sip_skb_linearize(struct sk_buff *skb)
{
	return skb_linearize(skb) == 0;
}

/**
 * nf_sip_skb_log - tell the administrator's log of packets about one that passes
 * @skb: the packet
 * @ct: its connection
 * @why: what could not be had for it
 *
 * As nf_ct_helper_log(), which would say that it is dropped. Nothing is written
 * but where a logger is bound to the family (see nf_log in sysctl).
 */
void nf_sip_skb_log(const struct sk_buff *skb, const struct nf_conn *ct,
		    const char *why)
{
	nf_log_packet(nf_ct_net(ct), nf_ct_l3num(ct), 0, skb, NULL, NULL, NULL,
		      "helper sip passing packet: %s ", why);
}

bool nf_sip_skb_is_gso(const struct sk_buff *skb)
{
	return skb_is_gso(skb);
}

/**
 * nf_sip_skb_set_udp_dest - send a UDP packet on to another port
 * @skb: the packet, in one piece
 * @protoff: where its UDP header starts
 * @port: the port
 *
 * A checksum that was wrong stays wrong, and one that was left out stays out.
 *
 * Return: false if there is no memory to make the packet writable.
 */
bool nf_sip_skb_set_udp_dest(struct sk_buff *skb, unsigned int protoff,
			     u16 port)
{
	struct udphdr *uh;
	__be16 dest = htons(port);

	if (skb_ensure_writable(skb, protoff + sizeof(*uh)))
		return false;

	uh = (struct udphdr *)(skb->data + protoff);
	if (uh->check || skb->ip_summed == CHECKSUM_PARTIAL) {
		inet_proto_csum_replace2(&uh->check, skb, uh->dest, dest, false);
		if (!uh->check)
			uh->check = CSUM_MANGLED_0;
	}
	uh->dest = dest;
	return true;
}

/**
 * nf_sip_skb_allow_fragments - let a packet that has grown pass its route
 * @skb: the packet, writable as far as its network header
 * @ct: its connection
 *
 * A packet that was as long as its route takes, and must not be fragmented,
 * would be lost for what has been written into it.
 */
void nf_sip_skb_allow_fragments(struct sk_buff *skb, const struct nf_conn *ct)
{
	const struct dst_entry *dst = skb_dst(skb);
	struct iphdr *iph;

	if (!dst || skb->len <= dst_mtu(dst))
		return;

	skb->ignore_df = 1;
	if (nf_ct_l3num(ct) != NFPROTO_IPV4)
		return;

	/* A packet that was not to be fragmented may have no identification. */
	iph = ip_hdr(skb);
	if (iph->frag_off & htons(IP_DF)) {
		iph->frag_off &= ~htons(IP_DF);
		__ip_select_ident(nf_ct_net(ct), iph, 1);
		ip_send_check(iph);
	}
}

/**
 * nf_sip_skb_leaves_towards - does a packet leave in the direction of an address
 * @skb: the packet
 * @ct: its connection
 * @addr: an address of the connection's family
 *
 * Return: true if the route to @addr is through the device the packet leaves by.
 */
bool nf_sip_skb_leaves_towards(const struct sk_buff *skb,
			       const struct nf_conn *ct,
			       const union nf_inet_addr *addr)
{
	const struct dst_entry *own = skb_dst(skb);
	struct dst_entry *dst = NULL;
	struct flowi fl = {};
	bool same;

	if (!own)
		return false;

	switch (nf_ct_l3num(ct)) {
	case NFPROTO_IPV4:
		fl.u.ip4.daddr = addr->ip;
		nf_ip_route(nf_ct_net(ct), &dst, &fl, false);
		break;
	case NFPROTO_IPV6:
		fl.u.ip6.daddr = addr->in6;
		nf_ip6_route(nf_ct_net(ct), &dst, &fl, false);
		break;
	}
	if (!dst)
		return false;

	same = dst_dev(dst) == dst_dev(own);
	dst_release(dst);
	return same;
}
