// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C side of nf_sip, packets: see nf_sip/helpers.h.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/dst.h>
#include <net/flow.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
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
 * nf_sip_skb_is_intact - is a packet as it was sent, as far as its checksum says
 * @skb: the packet
 * @ct: its connection
 * @protoff: where its TCP or UDP header starts
 *
 * Conntrack has looked, unless it is told not to by nf_conntrack_checksum.
 *
 * Return: false if the checksum is wrong.
 */
bool nf_sip_skb_is_intact(struct sk_buff *skb, const struct nf_conn *ct,
			  unsigned int protoff)
{
	const struct udphdr *uh;
	struct udphdr room;

	if (nf_ct_net(ct)->ct.sysctl_checksum)
		return true;
	if (nf_ct_protonum(ct) == IPPROTO_UDP) {
		uh = skb_header_pointer(skb, protoff, sizeof(room), &room);
		/* A datagram may go without one; conntrack lets it, too. */
		if (uh && !uh->check)
			return true;
	}
	return !nf_checksum(skb, NF_INET_PRE_ROUTING, protoff,
			    nf_ct_protonum(ct), nf_ct_l3num(ct));
}

/* How long a packet may be on its route; 0 where that is not known. */
unsigned int nf_sip_skb_mtu(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	return dst ? dst_mtu(dst) : 0;
}

/* Put a payload of another length behind the headers of a packet in one piece. */
static bool nf_sip_skb_set_payload(struct sk_buff *skb, unsigned int offset,
				   const void *payload, unsigned int len)
{
	unsigned int room = skb->len - offset + skb_tailroom(skb);

	if (len > room || skb_cloned(skb)) {
		unsigned int missing = len > room ? len - room : 0;

		if (pskb_expand_head(skb, 0, missing, GFP_ATOMIC))
			return false;
	}
	skb_trim(skb, offset);
	skb_put_data(skb, payload, len);
	return true;
}

/* A packet longer than a segment may be is cut where it leaves. */
static void nf_sip_skb_set_segments(struct sk_buff *skb, bool ipv4, bool congested,
				    unsigned int len, unsigned int size)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	shinfo->gso_size = 0;
	shinfo->gso_segs = 0;
	shinfo->gso_type = 0;
	if (len <= size)
		return;

	shinfo->gso_size = size;
	shinfo->gso_segs = DIV_ROUND_UP(len, size);
	shinfo->gso_type = ipv4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6;
	/* It may be a part of a number, which each segment has to bear (RFC 9768 3.2.2). */
	if (congested)
		shinfo->gso_type |= SKB_GSO_TCP_ACCECN;
}

/* The checksum is made when the packet leaves, over all that it then is. */
static void nf_sip_skb_set_tcp_checksum(struct sk_buff *skb, bool ipv4,
					unsigned int protoff)
{
	struct tcphdr *th = (struct tcphdr *)(skb->data + protoff);
	unsigned int len = skb->len - protoff;

	if (ipv4)
		th->check = ~csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr,
					       len, IPPROTO_TCP, 0);
	else
		th->check = ~csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr,
					     len, IPPROTO_TCP, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + protoff;
	skb->csum_offset = offsetof(struct tcphdr, check);
}

/**
 * nf_sip_skb_set_tcp - make another segment of one
 * @skb: the packet, in one piece, from its network header on
 * @ct: its connection
 * @protoff: where its TCP header starts
 * @new: the other segment
 *
 * Return: false if there is no memory; the packet is then as it was.
 */
bool nf_sip_skb_set_tcp(struct sk_buff *skb, const struct nf_conn *ct,
			unsigned int protoff, const struct nf_sip_segment *new)
{
	const struct tcphdr *th = new->header;
	bool ipv4 = nf_ct_l3num(ct) == NFPROTO_IPV4;
	unsigned int offset = protoff + new->header_len;

	if (skb_ensure_writable(skb, offset))
		return false;
	if (new->payload) {
		if (!nf_sip_skb_set_payload(skb, offset, new->payload, new->len))
			return false;
		nf_sip_skb_set_segments(skb, ipv4, th->cwr, new->len, new->size);
	}

	memcpy(skb->data + protoff, new->header, new->header_len);
	if (ipv4) {
		iph_set_totlen(ip_hdr(skb), skb->len);
		ip_send_check(ip_hdr(skb));
	} else {
		ipv6_set_payload_len(ipv6_hdr(skb), skb->len - sizeof(struct ipv6hdr));
	}
	skb_set_transport_header(skb, protoff);
	nf_sip_skb_set_tcp_checksum(skb, ipv4, protoff);
	return true;
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
