// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C side of nf_sip, expectations: see nf_sip/helpers.h.
 */
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include <nf_sip/helpers.h>

struct hlist_head *nf_sip_ct_expectations(const struct nf_conn *ct)
{
	struct nf_conn_help *help = nfct_help(ct);

	return help ? &help->expectations : NULL;
}

bool nf_sip_ct_has_class(const struct nf_conn *ct, unsigned int class)
{
	const struct nf_conntrack_helper *helper;
	const struct nf_conn_help *help = nfct_help(ct);

	if (!help)
		return false;
	helper = rcu_dereference(help->helper);
	return helper && class <= helper->expect_class_max;
}

/* Is anything of a class expected because of a connection? */
bool nf_sip_ct_expects(const struct nf_conn *ct, unsigned int class)
{
	const struct nf_conn_help *help = nfct_help(ct);

	return help && class < NF_CT_MAX_EXPECT_CLASSES &&
	       READ_ONCE(help->expecting[class]);
}

/**
 * nf_sip_expect_thin_out - remove the oldest expectations of a class that is full
 * @ct: the master
 * @class: the class
 *
 * The kernel removes one for each that is added, and walks through all of the
 * master's to find it. A few at a time take one walk.
 */
void nf_sip_expect_thin_out(const struct nf_conn *ct, unsigned int class)
{
	const struct nf_conntrack_helper *helper;
	struct nf_conn_help *help = nfct_help(ct);
	struct nf_conntrack_expect *exp;
	struct hlist_node *next;
	unsigned int most, seen = 0;

	helper = help ? rcu_dereference(help->helper) : NULL;
	if (!helper || class > helper->expect_class_max)
		return;
	most = helper->expect_policy[class].max_expected;
	/* A pair is to have room. */
	if (READ_ONCE(help->expecting[class]) + 2 <= most)
		return;

	spin_lock_bh(&nf_conntrack_expect_lock);
	/* The newest come first. */
	hlist_for_each_entry_safe(exp, next, &help->expectations, lnode)
		if (exp->class == class && seen++ >= most - most / 8)
			nf_ct_unlink_expect(exp);
	spin_unlock_bh(&nf_conntrack_expect_lock);
}

/* Clients of which one is found to have most expectations. */
#define CLIENTS 16

/* A client with fewer keeps them. */
#define FEW 16

/* Expectations of clients: who opened the connections that they go back to. */
struct census {
	union nf_inet_addr who[CLIENTS];
	unsigned int count[CLIENTS];
	/* Of the one that has most: by the magnitude of the time left, in seconds. */
	unsigned int times[33];
	/* Which magnitude of these goes last, and how many of it. */
	unsigned int last, of_last;
	/* Whether some had waited for their time, and have gone. */
	bool over;
};

static const union nf_inet_addr *client(const struct nf_conntrack_expect *exp)
{
	return &nf_sip_ct_root(exp->master)->tuplehash[IP_CT_DIR_ORIGINAL].tuple.src.u3;
}

static unsigned int magnitude(const struct nf_conntrack_expect *exp)
{
	s32 left = READ_ONCE(exp->timeout) - nfct_time_stamp;

	return left > 0 ? fls(left / HZ) : 0;
}

/* Who has more than its part has a count in the end (Misra and Gries 1982). */
static bool count_client(struct nf_conntrack_expect *exp, void *data)
{
	struct census *census = data;
	unsigned int i, none = CLIENTS;

	/* The kernel takes its time for these, and counts them until then. */
	if (nf_ct_exp_is_expired(exp)) {
		census->over = true;
		return true;
	}
	if (exp->expectfn != nf_sip_expected)
		return false;

	for (i = 0; i < CLIENTS; i++) {
		if (!census->count[i]) {
			none = i;
		} else if (nf_inet_addr_cmp(&census->who[i], client(exp))) {
			census->count[i]++;
			return false;
		}
	}
	if (none < CLIENTS) {
		census->who[none] = *client(exp);
		census->count[none] = 1;
		return false;
	}
	for (i = 0; i < CLIENTS; i++)
		census->count[i]--;
	return false;
}

static bool is_of_first(const struct nf_conntrack_expect *exp,
			const struct census *census)
{
	return exp->expectfn == nf_sip_expected &&
	       nf_inet_addr_cmp(&census->who[0], client(exp));
}

static bool count_time(struct nf_conntrack_expect *exp, void *data)
{
	struct census *census = data;

	if (is_of_first(exp, census))
		census->times[magnitude(exp)]++;
	return false;
}

static bool goes(struct nf_conntrack_expect *exp, void *data)
{
	struct census *census = data;
	unsigned int left = magnitude(exp);

	if (!is_of_first(exp, census) || left > census->last)
		return false;
	if (left < census->last)
		return true;
	if (!census->of_last)
		return false;
	census->of_last--;
	return true;
}

/**
 * nf_sip_expect_make_room - make room in the full table of a namespace
 * @ct: a connection in it
 *
 * Those go whose time is over; and if there are none, an eighth of what the
 * client with most of ours has, with the least time left. The table is looked
 * through twice in a tick at the most, whatever comes: once for the client that
 * had most the last time, which would ask all the time, and once for others.
 *
 * Return: true if there is room.
 */
bool nf_sip_expect_make_room(const struct nf_conn *ct)
{
	/* Two processors may mix up the halves of an address, and look once more. */
	static union nf_inet_addr first;
	static u32 looked[2];
	const struct nf_conntrack_tuple *asks =
		&nf_sip_ct_root(ct)->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	bool is_first = nf_inet_addr_cmp(&first, &asks->src.u3);
	u32 now = nfct_time_stamp;
	struct net *net = nf_ct_net(ct);
	struct census census = {};
	unsigned int i, gone, all = 0, most = 0, seen;

	if (READ_ONCE(looked[is_first]) == now)
		return false;
	WRITE_ONCE(looked[is_first], now);

	nf_ct_expect_iterate_net(net, count_client, &census, 0, 0);
	if (census.over)
		return true;
	for (i = 1; i < CLIENTS; i++)
		if (census.count[i] > census.count[most])
			most = i;
	if (!census.count[most])
		return false;

	census.who[0] = census.who[most];
	first = census.who[0];
	nf_ct_expect_iterate_net(net, count_time, &census, 0, 0);
	for (i = 0; i < ARRAY_SIZE(census.times); i++)
		all += census.times[i];
	if (all < FEW)
		return false;

	gone = all / 8;
	seen = census.times[0];
	while (seen < gone)
		seen += census.times[++census.last];
	census.of_last = gone - (seen - census.times[census.last]);
	nf_ct_expect_iterate_net(net, goes, &census, 0, 0);
	return true;
}

void nf_sip_expect_lock(void)
	__acquires(&nf_conntrack_expect_lock)
{
	spin_lock_bh(&nf_conntrack_expect_lock);
}

void nf_sip_expect_unlock(void)
	__releases(&nf_conntrack_expect_lock)
{
	spin_unlock_bh(&nf_conntrack_expect_lock);
}

/* The expectation of a packet, whosever it is. Under RCU. */
struct nf_conntrack_expect *nf_sip_expect_find(const struct nf_conn *ct,
					       const struct nf_conntrack_tuple *tuple)
{
	return __nf_ct_expect_find(nf_ct_net(ct), nf_ct_zone(ct), tuple);
}

/* As many expectations of a connection are looked at sooner than one is hashed. */
#define NEAR 16

/* The same if its master is @ct, and it is one of the newest. With the lock held. */
static struct nf_conntrack_expect *near_expect(const struct nf_conn *ct,
					       const struct nf_conntrack_tuple *tuple)
{
	struct nf_conn_help *help = nfct_help(ct);
	struct nf_conntrack_expect *exp;
	unsigned int left = NEAR;

	if (!help)
		return NULL;

	/* They have its namespace and zone. The newest come first. */
	hlist_for_each_entry(exp, &help->expectations, lnode) {
		if (exp->tuple.dst.u.all == tuple->dst.u.all &&
		    nf_ct_tuple_mask_cmp(tuple, &exp->tuple, &exp->mask) &&
		    !nf_ct_exp_is_expired(exp))
			return exp;
		if (!--left)
			break;
	}
	return NULL;
}

/* The expectation of a packet, whosever it is. With the lock held. */
static struct nf_conntrack_expect *held_expect(const struct nf_conn *ct,
					       const struct nf_conntrack_tuple *tuple)
{
	return near_expect(ct, tuple) ?: nf_sip_expect_find(ct, tuple);
}

/* Is it ours, and does it go back to the same connection as @ct? */
static bool is_own(const struct nf_conntrack_expect *exp, const struct nf_conn *ct)
{
	return exp->expectfn == nf_sip_expected &&
	       nf_sip_ct_root(exp->master) == nf_sip_ct_root(ct);
}

/* Is it ours, and does it lead to an end of @ct, which was expected itself? */
static bool leads_to_end(const struct nf_conntrack_expect *exp,
			 const struct nf_conn *ct)
{
	return exp->expectfn == nf_sip_expected && exp->saved_proto.all &&
	       nf_sip_ct_has_end(ct, &exp->saved_addr);
}

/* The expectation of a packet if it is own. With the lock held. */
static struct nf_conntrack_expect *own_expect(const struct nf_conn *ct,
					      const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_expect *exp = held_expect(ct, tuple);

	return exp && is_own(exp, ct) ? exp : NULL;
}

static void expect_activate(struct nf_conntrack_expect *exp)
{
	WRITE_ONCE(exp->flags, exp->flags & ~NF_CT_EXPECT_INACTIVE);
}

/**
 * nf_sip_expect_close - remove one of our expectations
 * @ct: its master, another one of the same master, or an expected one that has
 *	an end to which the expectation leads
 * @tuple: what the packets look like that are expected
 *
 * Return: true if there was one.
 */
bool nf_sip_expect_close(const struct nf_conn *ct,
			 const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_expect *exp;
	bool close;

	spin_lock_bh(&nf_conntrack_expect_lock);
	exp = held_expect(ct, tuple);
	close = exp && (is_own(exp, ct) || leads_to_end(exp, ct));
	if (close)
		nf_ct_unlink_expect(exp);
	spin_unlock_bh(&nf_conntrack_expect_lock);
	return close;
}

/**
 * nf_sip_expect_wait - let one of our expectations wait anew
 * @ct: its master, or another one of the same master
 * @tuple: what the packets look like that are expected
 * @seconds: for how long at least
 *
 * One that let nobody in does so now.
 *
 * Return: true if there was one.
 */
bool nf_sip_expect_wait(const struct nf_conn *ct,
			const struct nf_conntrack_tuple *tuple, u32 seconds)
{
	u32 end = nfct_time_stamp + nf_sip_jiffies(seconds);
	struct nf_conntrack_expect *exp;

	spin_lock_bh(&nf_conntrack_expect_lock);
	exp = own_expect(ct, tuple);
	if (exp) {
		expect_activate(exp);
		if ((s32)(end - READ_ONCE(exp->timeout)) > 0)
			WRITE_ONCE(exp->timeout, end);
	}
	spin_unlock_bh(&nf_conntrack_expect_lock);
	return exp;
}

/**
 * nf_sip_expect_admit - let one of our permanent expectations admit packets
 * @ct: its master, or another one of the same master
 * @tuple: what the packets look like that are expected
 * @seconds: for how long
 */
void nf_sip_expect_admit(const struct nf_conn *ct,
			 const struct nf_conntrack_tuple *tuple, u32 seconds)
{
	struct nf_conntrack_expect *exp;

	spin_lock_bh(&nf_conntrack_expect_lock);
	exp = own_expect(ct, tuple);
	if (exp && exp->flags & NF_CT_EXPECT_PERMANENT) {
		expect_activate(exp);
		nf_sip_expect_set_expiry(exp, seconds);
	}
	spin_unlock_bh(&nf_conntrack_expect_lock);
}

/**
 * nf_sip_expect_inherit - take an older connection's permanent expectation away
 * @ct: the connection that is to have it instead
 * @tuple: what the packets look like that are expected, by who opened @ct
 * @most: how many seconds it may have left
 * @seconds: how many it had left; none where it let nobody in yet
 *
 * Return: true if there was one, of our helper and without translation.
 */
bool nf_sip_expect_inherit(const struct nf_conn *ct,
			   const struct nf_conntrack_tuple *tuple, u32 most,
			   u32 *seconds)
{
	struct nf_conntrack_expect *exp;
	bool elder;
	s32 left;

	spin_lock_bh(&nf_conntrack_expect_lock);
	exp = nf_sip_expect_find(ct, tuple);
	elder = exp && nf_sip_ct_opened_by(ct, &tuple->dst.u3) &&
		exp->expectfn == nf_sip_expected &&
		exp->flags & NF_CT_EXPECT_PERMANENT && !exp->saved_proto.all &&
		nf_sip_ct_root(exp->master) != nf_sip_ct_root(ct);
	if (elder) {
		left = (s32)(READ_ONCE(exp->timeout) - nfct_time_stamp) / HZ;
		if (exp->flags & NF_CT_EXPECT_INACTIVE || left < 0)
			left = 0;
		*seconds = left;
		elder = left <= most;
	}
	if (elder)
		nf_ct_unlink_expect(exp);
	spin_unlock_bh(&nf_conntrack_expect_lock);
	return elder;
}

bool nf_sip_expect_is_expired(const struct nf_conntrack_expect *exp)
{
	return nf_ct_exp_is_expired(exp);
}

unsigned int nf_sip_expect_flags(const struct nf_conntrack_expect *exp)
{
	return READ_ONCE(exp->flags);
}

void nf_sip_expect_set_expiry(struct nf_conntrack_expect *exp, u32 seconds)
{
	WRITE_ONCE(exp->timeout, nfct_time_stamp + nf_sip_jiffies(seconds));
}

/* Give the connection to come the helper that its master has. */
void nf_sip_expect_assign_helper(struct nf_conntrack_expect *exp)
{
	struct nf_conn_help *help = nfct_help(exp->master);

	if (help)
		rcu_assign_pointer(exp->assign_helper,
				   rcu_dereference(help->helper));
}
