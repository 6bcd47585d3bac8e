// SPDX-License-Identifier: GPL-2.0-only
/* Packets that were taken, and copies of them. */
#include <linux/ip.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/netfilter/nf_conntrack_seqadj.h>

#include "bench.h"

/* Room behind a payload, as there is in the buffer of a network card. */
#define TAILROOM 512

/* Kinds of fields: the number of the copy, and ports of that number. */
#define KIND_NUMBER 1
#define KIND_PORT 2
#define KIND_MAX 8
#define FIRST_PORT 10000

LIST_HEAD(bench_packets);

/*
 * The connection over TCP, by direction: the position of its sender's next
 * byte, and the one behind the last that its receiver got.
 */
static struct {
	u32 next;
	u32 received;
} stream[IP_CT_DIR_MAX];

struct bench_packet *bench_packet_find(const char *name)
{
	struct bench_packet *packet;

	list_for_each_entry(packet, &bench_packets, list)
		if (!strcmp(packet->name, name))
			return packet;
	return NULL;
}

bool bench_packet_is_of(const struct nf_conn *ct)
{
	struct bench_packet *packet;

	list_for_each_entry(packet, &bench_packets, list)
		if (skb_nfct(packet->skb) == &ct->ct_general)
			return true;
	return false;
}

static bool is_tcp(const struct sk_buff *skb)
{
	return ip_hdr(skb)->protocol == IPPROTO_TCP;
}

static struct tcphdr *tcp_of(const struct bench_packet *packet,
			     const struct sk_buff *skb)
{
	return (struct tcphdr *)(skb->data + packet->protoff);
}

static enum ip_conntrack_dir direction(const struct sk_buff *skb)
{
	enum ip_conntrack_info ctinfo;

	nf_ct_get(skb, &ctinfo);
	return CTINFO2DIR(ctinfo);
}

static void find_fields(struct bench_packet *packet)
{
	const u8 *text = packet->skb->data + packet->payload;
	unsigned int len = packet->skb->len - packet->payload;
	unsigned int at = 0;

	while (at < len && packet->nr_fields < BENCH_FIELDS) {
		struct bench_field *field = &packet->fields[packet->nr_fields];
		u8 kind = text[at];

		if (!kind || kind > KIND_MAX) {
			at++;
			continue;
		}
		field->offset = at;
		field->kind = kind;
		field->digits = 0;
		while (at < len && text[at] == kind) {
			field->digits++;
			at++;
		}
		packet->nr_fields++;
	}
}

/* Takes a packet over IPv4, as a copy. */
struct bench_packet *bench_packet_take(struct sk_buff *skb)
{
	struct bench_packet *packet = kzalloc(sizeof(*packet), GFP_ATOMIC);

	if (!packet)
		return NULL;
	skb_dst_force(skb);
	packet->skb = skb_copy_expand(skb, skb_headroom(skb), TAILROOM, GFP_ATOMIC);
	if (!packet->skb) {
		kfree(packet);
		return NULL;
	}
	packet->protoff = skb_network_offset(skb) + ip_hdrlen(packet->skb);
	packet->payload = packet->protoff + sizeof(struct udphdr);
	if (is_tcp(packet->skb)) {
		enum ip_conntrack_dir dir = direction(packet->skb);
		struct tcphdr *th = tcp_of(packet, packet->skb);

		packet->payload = packet->protoff + th->doff * 4;
		if (!stream[dir].next) {
			stream[dir].next = ntohl(th->seq);
			stream[dir].received = stream[dir].next;
		}
	}
	find_fields(packet);
	list_add_tail(&packet->list, &bench_packets);
	return packet;
}

static void write_field(u8 *text, const struct bench_field *field, u32 number)
{
	unsigned int digit = field->digits;

	if (field->kind >= KIND_PORT)
		number = FIRST_PORT + 4 * number + 2 * (field->kind - KIND_PORT);
	while (digit--) {
		text[field->offset + digit] = '0' + number % 10;
		number /= 10;
	}
}

static void write_fields(const struct bench_packet *packet, u8 text[], u32 number)
{
	unsigned int i;

	for (i = 0; i < packet->nr_fields; i++)
		write_field(text, &packet->fields[i], number);
}

/*
 * The copy of a packet that has this number. A run of bytes 1 in the packet
 * becomes that number, a run of bytes 2 the first one of four ports that belong
 * to it, and a run of bytes 3 the third one. A segment follows the last one.
 */
struct sk_buff *bench_packet_copy(const struct bench_packet *packet, u32 number)
{
	struct sk_buff *copy;

	copy = skb_copy_expand(packet->skb, skb_headroom(packet->skb), TAILROOM,
			       GFP_ATOMIC);
	if (!copy)
		return NULL;
	write_fields(packet, copy->data + packet->payload, number);
	if (is_tcp(copy)) {
		enum ip_conntrack_dir dir = direction(copy);
		struct tcphdr *th = tcp_of(packet, copy);

		th->seq = htonl(stream[dir].next);
		th->ack_seq = htonl(stream[!dir].received);
		stream[dir].next += copy->len - packet->payload;
	}
	return copy;
}

/* Whether a copy that had this number has another payload now. */
bool bench_packet_is_changed(const struct bench_packet *packet, u32 number,
			     const struct sk_buff *copy)
{
	static u8 given[IP_MAX_MTU];
	unsigned int len = packet->skb->len - packet->payload;

	if (copy->len != packet->skb->len)
		return true;
	memcpy(given, packet->skb->data + packet->payload, len);
	write_fields(packet, given, number);
	return memcmp(given, copy->data + packet->payload, len);
}

/* A copy goes on to its receiver; over TCP conntrack may have to move it. */
void bench_packet_passed(const struct bench_packet *packet, struct sk_buff *copy)
{
	enum ip_conntrack_info ctinfo;
	struct nf_conn *ct = nf_ct_get(copy, &ctinfo);
	enum ip_conntrack_dir dir = CTINFO2DIR(ctinfo);
	u32 end;

	if (!is_tcp(copy))
		return;
	if (test_bit(IPS_SEQ_ADJUST_BIT, &ct->status))
		nf_ct_seq_adjust(copy, ct, ctinfo, packet->protoff);
	end = ntohl(tcp_of(packet, copy)->seq) + copy->len - packet->payload;
	if ((s32)(end - stream[dir].received) > 0)
		stream[dir].received = end;
}

void bench_packets_forget(void)
{
	struct bench_packet *packet, *next;

	list_for_each_entry_safe(packet, next, &bench_packets, list) {
		list_del(&packet->list);
		kfree_skb(packet->skb);
		kfree_skb(packet->last);
		kvfree(packet->ticks);
		kfree(packet);
	}
	memset(stream, 0, sizeof(stream));
}
