/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The peers that are written in C. Each reads a message, its headers and its
 * description, and frees again what it has made of them. It returns what
 * facts() shows of it, or zero for a message that it refuses.
 */
#ifndef PEERS_H
#define PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

unsigned long sofia_sip(const char *bytes, size_t len);
unsigned long libosip2(const char *bytes, size_t len);
unsigned long libre(const char *bytes, size_t len);

/* Length and beginning of Call-ID, and the sum of the ports that media has. */
static inline unsigned long facts(const char *call_id, size_t len, unsigned long ports)
{
	unsigned long word = 0;

	if (len >= sizeof(word))
		memcpy(&word, call_id, sizeof(word));
	return word ^ len << 32 ^ ports;
}

#endif
