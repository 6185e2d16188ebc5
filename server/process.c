#include "server/process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static void write_one(struct buf *out, const char *name, const char *type, const char *help, double value)
{
    buf_format(out, "# HELP process_%s %s\n# TYPE process_%s %s\nprocess_%s %.17g\n", name, help, name, type, name, value);
}

/* {0}: it cannot be read. */
static str read_file(const char *path, char *into, size_t room)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return (str){0};
    size_t n = fread(into, 1, room, f);
    (void)fclose(f);
    return (str){into, n};
}

/* The word of this number among those that blanks part. */
static bool take_number(str text, size_t at, uint64_t *out)
{
    str word = {0};
    bool ended = false;
    for (size_t i = 0; i <= at; i++)
        if (!str_next(&text, &ended, ' ', &word))
            return false;
    return str_to_u64(word, UINT64_MAX, out);
}

static double seconds_of(clockid_t clock)
{
    struct timespec t = {0};
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Field 22 of stat: ticks since the machine started. The name in field 2 may hold anything, a ')' too. */
static void write_start(struct buf *out)
{
    char bytes[1024];
    str own = read_file("/proc/self/stat", bytes, sizeof bytes);
    uint64_t ticks = 0;
    size_t name_end = own.len;
    while (name_end > 0 && own.at[name_end - 1] != ')')
        name_end--;
    if (name_end == 0 || !take_number(str_slice(own, name_end + 1, own.len), 19, &ticks)) /* field 3 comes first */
        return;
    double since = seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME);
    write_one(out, "start_time_seconds", "gauge", "When the process started, in seconds since 1970.", since + (double)ticks / (double)sysconf(_SC_CLK_TCK));
}

static bool read_memory(double *all_bytes, double *resident_bytes)
{
    char bytes[256];
    str text = read_file("/proc/self/statm", bytes, sizeof bytes);
    uint64_t all = 0, resident = 0;
    if (!take_number(text, 0, &all) || !take_number(text, 1, &resident))
        return false;
    double page = (double)sysconf(_SC_PAGESIZE);
    *all_bytes = (double)all * page;
    *resident_bytes = (double)resident * page;
    return true;
}

double process_memory_bytes(void)
{
    double all = 0, resident = 0;
    return read_memory(&all, &resident) ? resident : 0;
}

double process_cpu_seconds(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

static void write_memory(struct buf *out)
{
    double all = 0, resident = 0;
    if (!read_memory(&all, &resident))
        return;
    write_one(out, "resident_memory_bytes", "gauge", "Memory that is in use.", resident);
    write_one(out, "virtual_memory_bytes", "gauge", "Address space that is taken.", all);
}

static void write_files(struct buf *out)
{
    struct rlimit limit;
    DIR *d = opendir("/proc/self/fd");
    size_t open = 0;
    if (d) {
        while (readdir(d)) // NOLINT(concurrency-mt-unsafe): a stream of this thread's own
            open++;
        (void)closedir(d);
        write_one(out, "open_fds", "gauge", "Files and sockets that are open.", open > 3 ? (double)(open - 3) : 0); /* ".", ".." and this one */
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        write_one(out, "max_fds", "gauge", "How many may be open.", (double)limit.rlim_cur);
}

void process_write(struct buf *out)
{
    write_one(out, "cpu_seconds_total", "counter", "Processor time that was used.", process_cpu_seconds());
    write_files(out);
    write_memory(out);
    write_start(out);
}
