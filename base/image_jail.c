#include "base/image_jail.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/defs.h"
#include "base/limits.h"

/* Sanitizers reserve terabytes of address space. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif

static void limit(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit r = {most, most};
    (void)setrlimit(what, &r);
}

void jail_limits(void)
{
    (void)syscall(SYS_close_range, 4u, ~0u, 0u);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifndef IS_SANITIZED
    limit(RLIMIT_AS, LIMIT_IMAGE_MEMORY_BYTES);
#endif
    limit(RLIMIT_CPU, LIMIT_IMAGE_CPU_S);
    limit(RLIMIT_FSIZE, LIMIT_IMAGE_OUT_BYTES);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 64);
}

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

/* Refused with EPERM, not with death: libraries ask for many things that they can do without. */
#ifdef OUR_ARCH
#define REFUSE(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))

void jail_close(void)
{
    static const struct sock_filter rules[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
#ifdef __x86_64__
        /* The other table of numbers (x32). */
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        REFUSE(SYS_open),
        REFUSE(SYS_creat),
        REFUSE(SYS_fork),
        REFUSE(SYS_vfork),
        REFUSE(SYS_mknod),
        REFUSE(SYS_unlink),
        REFUSE(SYS_rename),
        REFUSE(SYS_link),
        REFUSE(SYS_symlink),
        REFUSE(SYS_mkdir),
        REFUSE(SYS_rmdir),
        REFUSE(SYS_chmod),
        REFUSE(SYS_chown),
        REFUSE(SYS_lchown),
#endif
        REFUSE(SYS_openat),
        REFUSE(SYS_openat2),
        REFUSE(SYS_open_by_handle_at),
        REFUSE(SYS_execve),
        REFUSE(SYS_execveat),
        REFUSE(SYS_socket),
        REFUSE(SYS_socketpair),
        REFUSE(SYS_connect),
        REFUSE(SYS_bind),
        REFUSE(SYS_sendto),
        REFUSE(SYS_sendmsg),
        REFUSE(SYS_ptrace),
        REFUSE(SYS_process_vm_readv),
        REFUSE(SYS_process_vm_writev),
        REFUSE(SYS_pidfd_getfd),
        REFUSE(SYS_pidfd_open),
        REFUSE(SYS_kill),
        REFUSE(SYS_tkill),
        REFUSE(SYS_tgkill),
        REFUSE(SYS_rt_sigqueueinfo),
        REFUSE(SYS_rt_tgsigqueueinfo),
        REFUSE(SYS_pidfd_send_signal),
        REFUSE(SYS_prlimit64),
        REFUSE(SYS_setrlimit),
        REFUSE(SYS_truncate),
        REFUSE(SYS_mknodat),
        REFUSE(SYS_unlinkat),
        REFUSE(SYS_renameat),
        REFUSE(SYS_renameat2),
        REFUSE(SYS_linkat),
        REFUSE(SYS_symlinkat),
        REFUSE(SYS_mkdirat),
        REFUSE(SYS_fchmod),
        REFUSE(SYS_fchown),
        REFUSE(SYS_fchmodat),
        REFUSE(SYS_fchownat),
        REFUSE(SYS_setxattr),
        REFUSE(SYS_lsetxattr),
        REFUSE(SYS_fsetxattr),
        REFUSE(SYS_shmget),
        REFUSE(SYS_mount),
        REFUSE(SYS_unshare),
        REFUSE(SYS_setns),
        REFUSE(SYS_bpf),
        REFUSE(SYS_io_uring_setup),
        REFUSE(SYS_userfaultfd),
        REFUSE(SYS_perf_event_open),
        REFUSE(SYS_keyctl),
        /* Threads, no processes: those would outlive the limit on time and the one who kills this one. The newer call
         * has its flags in memory, where no filter looks; libraries go back to the older one. */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNTOF(rules), (struct sock_filter *)(uintptr_t)rules};
    (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
#else
void jail_close(void)
{
}
#endif
