/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bindgen cannot see of the kernel: inline functions, macros and module
 * parameters. Each one is here under its own name with
 * the prefix nf_sip_ and does what the kernel's does, nothing more.
 */
#ifndef _NF_SIP_HELPERS_H
#define _NF_SIP_HELPERS_H

#include <linux/types.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>

struct sk_buff;

/* Module parameters */
#define NF_SIP_MOST_SERVICE_PORTS 64

bool nf_sip_is_service(u8 l4proto, u16 port);
extern unsigned int nf_sip_timeout;
extern int nf_sip_direct_signalling;
extern int nf_sip_direct_media;
extern int nf_sip_external_media;
extern unsigned int nf_sip_media_timeout;
extern unsigned int nf_sip_max_calls;
extern unsigned int nf_sip_max_calls_per_connection;
extern int nf_sip_any_contact_port;
extern unsigned int nf_sip_max_stream_memory;
extern unsigned int nf_sip_stream_timeout;

/**
 * struct nf_sip_handler - what a registered helper calls
 * @help: called for every packet of a connection that has the helper; returns
 *	  NF_ACCEPT, or NF_STOLEN to have it freed. The direction is a plain
 *	  integer because kCFI tells an enum from an int, and Rust has no way to
 *	  name the enum.
 * @expected: called for a new connection that an expectation has let in
 * @gone: called for a connection that has the helper and is going away, until it
 *	  returns false
 * @state: handed to all of them
 * @idle: bits of the last word of the helper's data in a connection: while one
 *	  is set, @help is not called but for the packets that open it anew
 *
 * All are called under RCU and with softirqs off.
 */
struct nf_sip_handler {
	int (*help)(void *state, struct sk_buff *skb, unsigned int protoff,
		    struct nf_conn *ct, unsigned int ctinfo);
	void (*expected)(void *state, struct nf_conn *ct,
			 struct nf_conntrack_expect *exp);
	bool (*gone)(void *state, struct nf_conn *ct);
	void *state;
	u32 idle;
};

/**
 * struct nf_sip_segment - a TCP segment to be sent in place of another one
 * @header: its header, options included; the checksum in it does not count
 * @header_len: the length of that, which is the other one's
 * @payload: what it carries; NULL to leave what is there
 * @len: the length of that
 * @size: the most that one segment may carry of it
 */
struct nf_sip_segment {
	const void *header;
	unsigned int header_len;
	const void *payload;
	unsigned int len;
	unsigned int size;
};

/* Helpers */
int nf_sip_helper_register(const char *name, u8 l4proto,
			   const struct nf_conntrack_expect_policy *policies,
			   unsigned int last_class,
			   const struct nf_sip_handler *handler,
			   struct nf_conntrack_helper **helper);
void nf_sip_helper_unregister(struct nf_conntrack_helper *helper);
void nf_sip_expected(struct nf_conn *ct, struct nf_conntrack_expect *exp);
void nf_sip_nat_helper_init(struct nf_conntrack_nat_helper *nat,
			    const char *name);

/* Connections */
u32 nf_sip_jiffies(u32 seconds);
const struct nf_conn *nf_sip_ct_root(const struct nf_conn *ct);
const struct nf_conntrack_tuple *
nf_sip_ct_tuple(const struct nf_conn *ct, enum ip_conntrack_dir dir);
unsigned long nf_sip_ct_status(const struct nf_conn *ct);
struct nf_conn *nf_sip_ct_master(const struct nf_conn *ct);
void *nf_sip_ct_data(const struct nf_conn *ct);
void nf_sip_ct_prolong(struct nf_conn *ct, u32 seconds);
void nf_sip_ct_limit(struct nf_conn *ct, u32 seconds);
bool nf_sip_ct_has_end(const struct nf_conn *ct,
		       const union nf_inet_addr *address);
bool nf_sip_ct_opened_by(const struct nf_conn *ct,
			 const union nf_inet_addr *address);
struct net *nf_sip_ct_net(const struct nf_conn *ct);
void nf_sip_ct_patience(struct nf_conn *ct, u32 seconds);
bool nf_sip_ct_exists(const struct nf_conn *ct,
		      const struct nf_conntrack_tuple *tuple);
bool nf_sip_ct_is_opening(const struct nf_conn *ct);
void nf_sip_ct_set_moved(struct nf_conn *ct, enum ip_conntrack_dir dir, s32 moved);
bool nf_sip_ct_end(const struct nf_conn *ct,
		   const struct nf_conntrack_tuple *tuple);
bool nf_sip_ct_end_stray(const struct nf_conn *ct,
			 const struct nf_conntrack_tuple *tuple);
bool nf_sip_ct_end_elder(const struct nf_conn *ct,
			 const struct nf_conntrack_tuple *tuple);
u32 nf_sip_now(void);
u32 nf_sip_milliseconds(void);
u64 nf_sip_digest(const void *data, size_t len);

/* Expectations */
struct hlist_head *nf_sip_ct_expectations(const struct nf_conn *ct);
bool nf_sip_ct_has_class(const struct nf_conn *ct, unsigned int class);
bool nf_sip_ct_expects(const struct nf_conn *ct, unsigned int class);
void nf_sip_expect_thin_out(const struct nf_conn *ct, unsigned int class);
bool nf_sip_expect_make_room(const struct nf_conn *ct);
void nf_sip_expect_lock(void);
void nf_sip_expect_unlock(void);
struct nf_conntrack_expect *nf_sip_expect_find(const struct nf_conn *ct,
					       const struct nf_conntrack_tuple *tuple);
bool nf_sip_expect_close(const struct nf_conn *ct,
			 const struct nf_conntrack_tuple *tuple);
bool nf_sip_expect_wait(const struct nf_conn *ct,
			const struct nf_conntrack_tuple *tuple, u32 seconds);
void nf_sip_expect_admit(const struct nf_conn *ct,
			 const struct nf_conntrack_tuple *tuple, u32 seconds);
bool nf_sip_expect_inherit(const struct nf_conn *ct,
			   const struct nf_conntrack_tuple *tuple, u32 most,
			   u32 *seconds);
bool nf_sip_expect_is_expired(const struct nf_conntrack_expect *exp);
unsigned int nf_sip_expect_flags(const struct nf_conntrack_expect *exp);
void nf_sip_expect_set_expiry(struct nf_conntrack_expect *exp, u32 seconds);
void nf_sip_expect_assign_helper(struct nf_conntrack_expect *exp);

/* Packets */
bool nf_sip_skb_linearize(struct sk_buff *skb);
void nf_sip_skb_log(const struct sk_buff *skb, const struct nf_conn *ct,
		    const char *why);
bool nf_sip_skb_is_gso(const struct sk_buff *skb);
bool nf_sip_skb_set_udp_dest(struct sk_buff *skb, unsigned int protoff,
			     u16 port);
void nf_sip_skb_allow_fragments(struct sk_buff *skb, const struct nf_conn *ct);
bool nf_sip_skb_is_intact(struct sk_buff *skb, const struct nf_conn *ct,
			  unsigned int protoff);
unsigned int nf_sip_skb_mtu(const struct sk_buff *skb);
bool nf_sip_skb_set_tcp(struct sk_buff *skb, const struct nf_conn *ct,
			unsigned int protoff, const struct nf_sip_segment *new);
bool nf_sip_skb_leaves_towards(const struct sk_buff *skb,
			       const struct nf_conn *ct,
			       const union nf_inet_addr *addr);

#endif /* _NF_SIP_HELPERS_H */
