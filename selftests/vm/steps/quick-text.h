/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the debug kernel's arch/um/kernel/stacktrace.c alone. To trace a stack, which KASAN and
 * kmemleak do for every piece of memory, user-mode Linux asks of each word on it whether it is an
 * address in code, and of most that takes a look for a module under RCU, watched by lockdep: a
 * process took seconds to start. Most words cannot be any, which is seen at once.
 */
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/pgtable.h>
#include <linux/sched/task_stack.h>
#include <asm/sections.h>

static inline bool quick_text_address(unsigned long addr)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);

	if (is_kernel_text(addr) || is_kernel_inittext(addr))
		return true;
	/* Modules lie where stacks do. */
	return addr >= VMALLOC_START && addr < VMALLOC_END &&
	       (addr ^ here) >= THREAD_SIZE && __kernel_text_address(addr);
}

#define __kernel_text_address(addr) quick_text_address(addr)
