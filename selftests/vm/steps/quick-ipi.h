/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the debug kernel's arch/um/os-Linux/smp.c alone. Whenever interrupts are turned off or
 * on, it tells the machine to keep back what processors send to each other, or to let it in:
 * most of the time of a kernel that looks for faults. One processor alone sends nothing.
 */
#ifdef __UM_HOST__
#include <signal.h>
#include <smp.h>

#define sigprocmask(how, set, old) (uml_ncpus > 1 ? sigprocmask(how, set, old) : 0)
#endif
