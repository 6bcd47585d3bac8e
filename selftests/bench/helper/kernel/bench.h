/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one call of a conntrack helper costs.
 *
 * Packets of real connections are taken where conntrack is about to call the
 * helper: behind NAT, with their route. The helper then gets copies of them in
 * a loop, each a message of its own, and is timed.
 */
#ifndef _NF_SIP_BENCH_H
#define _NF_SIP_BENCH_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <net/netfilter/nf_conntrack.h>

/* Numbers in a message that differ in each of its copies. */
#define BENCH_FIELDS 48

/**
 * struct bench_field - a number in decimal digits
 * @offset: where it stands in the payload
 * @digits: how many it has
 * @kind: the byte that stood there, see bench_packet_copy()
 */
struct bench_field {
	u16 offset;
	u8 digits;
	u8 kind;
};

/**
 * struct bench_packet - a packet that was taken, and what its copies met
 * @list: all of them, in the order in which they were taken
 * @name: what it is called
 * @skb: the packet
 * @protoff: where its UDP or TCP header starts
 * @payload: where its payload starts
 * @fields: the numbers in it
 * @nr_fields: how many these are
 * @last: what became of the last copy, or NULL
 * @ticks: what each call took
 * @calls: how many calls there were
 * @changed: copies whose payload was changed
 * @refused: copies that did not go on
 */
struct bench_packet {
	struct list_head list;
	char name[24];
	struct sk_buff *skb;
	unsigned int protoff;
	unsigned int payload;
	struct bench_field fields[BENCH_FIELDS];
	unsigned int nr_fields;
	struct sk_buff *last;
	u32 *ticks;
	unsigned int calls;
	unsigned int changed;
	unsigned int refused;
};

/* The packets; one thread at a time works with them, under bench_mutex. */
extern struct list_head bench_packets;
extern struct mutex bench_mutex;

struct bench_packet *bench_packet_find(const char *name);
struct bench_packet *bench_packet_take(struct sk_buff *skb);
bool bench_packet_is_of(const struct nf_conn *ct);
struct sk_buff *bench_packet_copy(const struct bench_packet *packet, u32 number);
bool bench_packet_is_changed(const struct bench_packet *packet, u32 number,
			     const struct sk_buff *copy);
void bench_packet_passed(const struct bench_packet *packet, struct sk_buff *copy);
void bench_packets_forget(void);

int bench_calls_init(void);
int bench_calls_run(u32 first, u32 count, char *names, bool timed);
u64 bench_picoseconds(const struct bench_packet *packet, bool median);

extern unsigned int bench_sample_us;
void bench_profile_begin(void);
void bench_profile_end(void);
void bench_profile_show(struct seq_file *file);
void bench_profile_free(void);
/* The packet that the helper is working on, if it is. */
extern const struct bench_packet *bench_inside;

#endif /* _NF_SIP_BENCH_H */
