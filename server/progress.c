#include "server/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/time.h"

#define WIDTH       40
#define REDRAWN_US  100000

void progress_draw(struct progress_bar *b, double part, uint64_t done)
{
    int64_t now = time_mono_us();
    if ((b->is_shown && part < 1 && now - b->shown_us < REDRAWN_US) || !isatty(STDERR_FILENO))
        return;
    b->shown_us = now;
    b->is_shown = true;
    int filled = (int)(part * WIDTH);
    (void)fprintf(stderr, "\r\033[K[%.*s%.*s] %llu %s", filled, "########################################", WIDTH - filled,
                  "                                        ", (unsigned long long)done, b->unit);
}

void progress_show(void *bar, uint64_t done, uint64_t all)
{
    progress_draw(bar, all ? (double)done / (double)all : 1, done);
}

void progress_clear(struct progress_bar *b)
{
    if (b->is_shown)
        (void)fputs("\r\033[K", stderr);
}

void progress_end(struct progress_bar *b)
{
    if (b->is_shown)
        (void)fputc('\n', stderr);
    b->is_shown = false;
}
