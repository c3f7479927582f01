/* Records what a program does to the files below a folder, so that the disk can be built again as a power cut would have left it.

   LD_PRELOAD=recorder.so RECORD_BELOW=/folder RECORD_TO=/log program

   Each process has a log of its own, /log.PID: one that is killed may leave half a record behind. Each record is a head (struct head), the file's path, and for a write the bytes. Only what reaches the file system by these
   calls is seen; SQLite, without memory-mapped input and output, uses no others for its database and its log.
   RECORD_SLOW_SYNC=N makes each sync N microseconds slower; RECORD_STALL=/file lets no sync end as long as that file is there; RECORD_FAIL_SYNC=N lets each Nth fail with EIO, and
   nothing is synced; RECORD_BAD_DISK=/file lets all of them fail as long as that file is there. As Linux does it, whoever has the same
   file open hears of it once too, at the next sync. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { WRITE = 1, SYNC, CUT, REMOVE, FAILED };

struct head {
    uint64_t nanoseconds, offset, length;
    uint32_t kind, path_length;
};

#define FILES 4096
static char *paths[FILES];
/* Of a file how many syncs have failed, and how many of them whoever opened it has heard of. */
static unsigned *failures[FILES], heard[FILES];
static const char *below, *bad_disk, *stall;
static useconds_t slow_sync;
static int log_file = -1;
static long fail_sync, syncs;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *to = getenv("RECORD_TO"), *fail = getenv("RECORD_FAIL_SYNC"), *slow = getenv("RECORD_SLOW_SYNC");
    if (slow) slow_sync = (useconds_t)atol(slow);
    below = getenv("RECORD_BELOW");
    stall = getenv("RECORD_STALL");
    bad_disk = getenv("RECORD_BAD_DISK");
    if (to) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s.%d", to, (int)getpid());
        log_file = REAL(open64)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    if (fail) fail_sync = atol(fail);
}

static const char *path_of(int file) { return file >= 0 && file < FILES ? paths[file] : NULL; }

static void record(enum kind kind, const char *path, uint64_t offset, const void *bytes, uint64_t length) {
    if (log_file < 0 || !path) return;
    struct timespec now;
    pthread_mutex_lock(&lock);
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct head head = { (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec, offset, length, kind, (uint32_t)strlen(path) };
    struct iovec parts[] = { { &head, sizeof head }, { (void *)path, head.path_length }, { (void *)bytes, bytes ? length : 0 } };
    if (writev(log_file, parts, 3) < 0) abort();
    pthread_mutex_unlock(&lock);
}

/* One number for each path that was ever opened; there are a handful. */
static unsigned *failures_of(const char *path) {
    static struct known { char *path; unsigned failures; struct known *next; } *all;
    pthread_mutex_lock(&lock);
    struct known *known = all;
    while (known && strcmp(known->path, path) != 0) known = known->next;
    if (!known) {
        known = calloc(1, sizeof *known);
        if (!known) abort();
        known->path = strdup(path);
        known->next = all;
        all = known;
    }
    pthread_mutex_unlock(&lock);
    return &known->failures;
}

static int opened(int file, const char *path, int flags) {
    char whole[PATH_MAX];
    if (file < 0 || file >= FILES || !below || !realpath(path, whole) || strncmp(whole, below, strlen(below)) != 0) return file;
    free(paths[file]);
    paths[file] = strdup(whole);
    failures[file] = failures_of(whole);
    heard[file] = __atomic_load_n(failures[file], __ATOMIC_SEQ_CST);
    if (flags & O_TRUNC) record(CUT, whole, 0, NULL, 0);
    return file;
}

#define OPEN(name, arguments, call)                                \
    int name arguments {                                           \
        mode_t mode = 0;                                           \
        if (flags & (O_CREAT | O_TMPFILE)) {                       \
            va_list more;                                          \
            va_start(more, flags);                                 \
            mode = va_arg(more, mode_t);                           \
            va_end(more);                                          \
        }                                                          \
        return opened(REAL(name) call, path, flags);               \
    }
OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPEN(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))

int close(int file) {
    if (path_of(file)) {
        free(paths[file]);
        paths[file] = NULL;
    }
    return REAL(close)(file);
}

ssize_t write(int file, const void *bytes, size_t length) {
    if (path_of(file)) record(WRITE, path_of(file), (uint64_t)lseek(file, 0, SEEK_CUR), bytes, length);
    return REAL(write)(file, bytes, length);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off_t offset) {
    record(WRITE, path_of(file), (uint64_t)offset, bytes, length);
    return REAL(pwrite64)(file, bytes, length, offset);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) { return pwrite64(file, bytes, length, offset); }

static int is_to_fail(void) {
    int is_turn = fail_sync && __atomic_add_fetch(&syncs, 1, __ATOMIC_RELAXED) % fail_sync == 0;
    return is_turn || (bad_disk && access(bad_disk, F_OK) == 0);
}

static int has_failed(int file) {
    unsigned known = __atomic_load_n(failures[file], __ATOMIC_SEQ_CST);
    if (known == heard[file]) return 0;
    heard[file] = known;
    return 1;
}

static int synced(int file, int (*sync)(int)) {
    if (!path_of(file)) return sync(file);
    if (is_to_fail()) {
        heard[file] = __atomic_add_fetch(failures[file], 1, __ATOMIC_SEQ_CST);
        record(FAILED, path_of(file), 0, NULL, 0);
        errno = EIO;
        return -1;
    }
    int done = sync(file);
    if (slow_sync) usleep(slow_sync);
    while (stall && access(stall, F_OK) == 0) usleep(10000);
    if (done != 0) return done;
    if (has_failed(file)) {
        errno = EIO;
        return -1;
    }
    record(SYNC, path_of(file), 0, NULL, 0);
    return 0;
}

int fsync(int file) { return synced(file, REAL(fsync)); }
int fdatasync(int file) { return synced(file, REAL(fdatasync)); }

int ftruncate64(int file, off_t length) {
    record(CUT, path_of(file), (uint64_t)length, NULL, 0);
    return REAL(ftruncate64)(file, length);
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

int unlink(const char *path) {
    char whole[PATH_MAX];
    if (below && realpath(path, whole) && strncmp(whole, below, strlen(below)) == 0) record(REMOVE, whole, 0, NULL, 0);
    return REAL(unlink)(path);
}
