// SPDX-License-Identifier: GPL-2.0-only
/* Where the helper is when a timer interrupts it. */
#include <linux/hrtimer.h>
#include <linux/kallsyms.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/sort.h>
#include <asm/irq_regs.h>
#include <asm/ptrace.h>

#include "bench.h"

#define MOST_SAMPLES 65536

/* Microseconds from sample to sample; 0 for none. */
unsigned int bench_sample_us;

static struct {
	const struct bench_packet *packet;
	unsigned long ip;
} *samples;

static unsigned int nr_samples;
static struct hrtimer timer;

static enum hrtimer_restart sample(struct hrtimer *timer)
{
	const struct bench_packet *packet = READ_ONCE(bench_inside);
	struct pt_regs *regs = get_irq_regs();

	if (packet && regs && nr_samples < MOST_SAMPLES) {
		samples[nr_samples].packet = packet;
		samples[nr_samples].ip = instruction_pointer(regs);
		nr_samples++;
	}
	hrtimer_forward_now(timer, us_to_ktime(bench_sample_us));
	return HRTIMER_RESTART;
}

void bench_profile_begin(void)
{
	if (!bench_sample_us)
		return;
	if (!samples)
		samples = kvmalloc_array(MOST_SAMPLES, sizeof(*samples), GFP_KERNEL);
	if (!samples)
		return;
	nr_samples = 0;
	hrtimer_setup(&timer, sample, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	hrtimer_start(&timer, us_to_ktime(bench_sample_us), HRTIMER_MODE_REL_HARD);
}

void bench_profile_end(void)
{
	if (bench_sample_us && samples)
		hrtimer_cancel(&timer);
}

/* A line for each sample: the name of the packet, and the function. */
void bench_profile_show(struct seq_file *file)
{
	unsigned int i;

	for (i = 0; i < nr_samples; i++)
		seq_printf(file, "%s %ps\n", samples[i].packet->name,
			   (void *)samples[i].ip);
}

void bench_profile_free(void)
{
	kvfree(samples);
}
