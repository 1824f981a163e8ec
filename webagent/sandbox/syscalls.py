"""System calls by name: those a Python program needs that computes, keeps files and threads, and starts nothing.

Numbers are those of Linux' `asm/unistd_64.h` and `asm-generic/unistd.h`. A call that is not here is refused, so one
that a kernel will have some day is too.
"""

# name:x86_64:aarch64
_BOTH = """
    read:0:63 write:1:64 readv:19:65 writev:20:66 pread64:17:67 pwrite64:18:68 preadv:295:69 pwritev:296:70
    preadv2:327:286 pwritev2:328:287 lseek:8:62 close:3:57 close_range:436:436 openat:257:56 fstat:5:80
    newfstatat:262:79 statx:332:291 faccessat:269:48 faccessat2:439:439 readlinkat:267:78 getdents64:217:61
    getcwd:79:17 chdir:80:49 fchdir:81:50 mkdirat:258:34 unlinkat:263:35 renameat:264:38 renameat2:316:276
    ftruncate:77:46 fsync:74:82 fdatasync:75:83 flock:73:32 fadvise64:221:223 umask:95:166 dup:32:23 dup3:292:24
    pipe2:293:59 statfs:137:43 fstatfs:138:44 fcntl:72:25 ioctl:16:29 mmap:9:222 munmap:11:215 mprotect:10:226
    mremap:25:216 madvise:28:233 brk:12:214 msync:26:227 clone:56:220 futex:202:98
    set_robust_list:273:99 get_robust_list:274:100 rseq:334:293 set_tid_address:218:96 exit:60:93 exit_group:231:94
    sched_yield:24:124 sched_getaffinity:204:123 gettid:186:178 getcpu:309:168 rt_sigaction:13:134
    rt_sigprocmask:14:135 rt_sigreturn:15:139 sigaltstack:131:132 rt_sigtimedwait:128:137 rt_sigpending:127:136
    rt_sigsuspend:130:133 kill:62:129 tgkill:234:131 restart_syscall:219:128 getitimer:36:102 setitimer:38:103
    clock_gettime:228:113 clock_getres:229:114 clock_nanosleep:230:115 nanosleep:35:101 gettimeofday:96:169
    times:100:153 getpid:39:172 getppid:110:173 getuid:102:174 geteuid:107:175 getgid:104:176 getegid:108:177
    getgroups:115:158 getresuid:118:148 getresgid:120:150 uname:63:160 sysinfo:99:179 getrusage:98:165
    getrlimit:97:163 setrlimit:160:164 prlimit64:302:261 getrandom:318:278 prctl:157:167 ppoll:271:73
    pselect6:270:72 epoll_create1:291:20 epoll_ctl:233:21 epoll_pwait:281:22 epoll_pwait2:441:441 eventfd2:290:19
    socketpair:53:199 sendto:44:206 recvfrom:45:207 shutdown:48:210 getsockopt:55:209 getsockname:51:204
    getpeername:52:205
"""
# name:x86_64, older forms that aarch64 never had
_X86_64 = """
    open:2 stat:4 lstat:6 access:21 readlink:89 mkdir:83 rmdir:84 unlink:87 rename:82 dup2:33 pipe:22 arch_prctl:158
    pause:34 alarm:37 time:201 poll:7 select:23 epoll_create:213 epoll_wait:232 eventfd:284
"""

CALLS = {
    "x86_64": {name: int(x86) for name, x86, *_ in (word.split(":") for word in (_BOTH + _X86_64).split())},
    "aarch64": {name: int(arm) for name, _, arm in (word.split(":") for word in _BOTH.split())},
}
"""Numbers of the calls that are allowed, some of them with certain arguments only, by machine and name."""

ABSENT = (435, 437)
"""clone3 and openat2, the same everywhere: their arguments lie in memory, where a filter cannot look. glibc does
without where they are said to be absent."""

NEWEST = 462
"""A call above was not known when this was written; programs that try one do without where it is absent."""
