// SPDX-License-Identifier: GPL-2.0-only
/* Calls of the helper, and what they take. */
#include <linux/bottom_half.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <net/netfilter/nf_conntrack_helper.h>

#include "bench.h"

/* Calls of one run, and packets of one scenario. */
#define MOST_CALLS 65536
#define MOST_STEPS 32

/* One call in a hundred is left out: the machine was doing something else. */
#define SLOWEST 100

const struct bench_packet *bench_inside;

/* Ticks of the clock in a millisecond, and what reading it takes. */
static u64 ticks_per_ms;
static u32 overhead;

static inline u64 ticks(void)
{
#ifdef __x86_64__
	u64 now;

	/* Neither what was before nor what comes after may overlap it. */
	asm volatile("lfence" ::: "memory");
	now = __builtin_ia32_rdtsc();
	asm volatile("lfence" ::: "memory");
	return now;
#else
	return ktime_get_ns();
#endif
}

int bench_calls_init(void)
{
	u64 began, start, best = ~0ULL;
	unsigned int i;

	began = ktime_get_ns();
	start = ticks();
	mdelay(50);
	ticks_per_ms = (ticks() - start) * NSEC_PER_MSEC;
	ticks_per_ms = div64_u64(ticks_per_ms, ktime_get_ns() - began);

	for (i = 0; i < 1000; i++) {
		start = ticks();
		best = min(best, ticks() - start);
	}
	overhead = best;
	return ticks_per_ms ? 0 : -ENODEV;
}

/* Lets the helper have a copy, and looks at what it makes of it. */
static int call(struct bench_packet *packet, u32 number, bool timed)
{
	const struct nf_conntrack_helper *helper;
	const struct nf_conn_help *help;
	enum ip_conntrack_info ctinfo;
	struct sk_buff *copy;
	struct nf_conn *ct;
	u64 start, end;
	int verdict;

	copy = bench_packet_copy(packet, number);
	if (!copy)
		return -ENOMEM;
	ct = nf_ct_get(copy, &ctinfo);
	help = nfct_help(ct);
	helper = help ? rcu_dereference(help->helper) : NULL;
	if (!helper) {
		kfree_skb(copy);
		return -ENOENT;
	}
	WRITE_ONCE(bench_inside, packet);
	start = ticks();
	verdict = helper->help(copy, packet->protoff, ct, ctinfo);
	end = ticks();
	WRITE_ONCE(bench_inside, NULL);

	if (timed) {
		packet->ticks[packet->calls] = min(end - start, (u64)U32_MAX);
		packet->calls++;
	}
	if (verdict != NF_ACCEPT) {
		packet->refused += timed;
		if (verdict != NF_STOLEN)
			kfree_skb(copy);
		return 0;
	}
	bench_packet_passed(packet, copy);
	if (timed) {
		packet->changed += bench_packet_is_changed(packet, number, copy);
		swap(copy, packet->last);
	}
	kfree_skb(copy);
	return 0;
}

static int scenario(char *names, struct bench_packet **steps)
{
	struct bench_packet *packet;
	unsigned int n = 0;
	char *name;

	while ((name = strsep(&names, "\n "))) {
		if (!*name)
			continue;
		packet = bench_packet_find(name);
		if (!packet || n == MOST_STEPS)
			return -ENOENT;
		steps[n++] = packet;
	}
	return n;
}

static int prepare(struct bench_packet *packet, u32 count)
{
	kvfree(packet->ticks);
	packet->ticks = kvmalloc_array(count, sizeof(u32), GFP_KERNEL);
	packet->calls = 0;
	packet->changed = 0;
	packet->refused = 0;
	return packet->ticks ? 0 : -ENOMEM;
}

/**
 * bench_calls_run - calls the helper with packets, one after the other, again and again
 * @first: the number of the first copy of each
 * @count: how many copies
 * @names: the names of the packets; each at most once
 * @timed: false to have the calls made and nothing else
 *
 * Return: 0 or an error.
 */
int bench_calls_run(u32 first, u32 count, char *names, bool timed)
{
	struct bench_packet *steps[MOST_STEPS];
	int n, step, err = 0;
	u32 number;

	n = scenario(names, steps);
	if (n < 0)
		return n;
	if (count > MOST_CALLS)
		return -E2BIG;
	for (step = 0; step < n && timed && !err; step++)
		err = prepare(steps[step], count);

	bench_profile_begin();
	for (number = first; number - first < count && !err; number++) {
		for (step = 0; step < n && !err; step++) {
			local_bh_disable();
			rcu_read_lock();
			err = call(steps[step], number, timed);
			rcu_read_unlock();
			local_bh_enable();
		}
		cond_resched();
	}
	bench_profile_end();
	return err;
}

static int compare(const void *a, const void *b)
{
	u32 left = *(const u32 *)a, right = *(const u32 *)b;

	return left < right ? -1 : left > right;
}

/* What a call took: the mean of all but the slowest, or the median. */
u64 bench_picoseconds(const struct bench_packet *packet, bool median)
{
	unsigned int n = packet->calls - packet->calls / SLOWEST;
	u64 sum = 0;
	unsigned int i;

	if (!n)
		return 0;
	sort(packet->ticks, packet->calls, sizeof(u32), compare, NULL);
	if (median) {
		sum = packet->ticks[packet->calls / 2];
		n = 1;
	} else {
		for (i = 0; i < n; i++)
			sum += packet->ticks[i];
	}
	sum -= min(sum, (u64)n * overhead);
	return div64_u64(sum * NSEC_PER_MSEC, ticks_per_ms * n / 1000);
}
