#ifndef SERVER_PROCESS_H
#define SERVER_PROCESS_H
#include "base/buf.h"

/* What every exporter tells of its process, under the names that panels look for (process_*). What this system does not tell is left
 * out. Any thread. */
void process_write(struct buf *out);
double process_cpu_seconds(void);
double process_memory_bytes(void);    /* resident; 0: not told */
#endif
