/* Records what a program does to the files below a folder, so that the disk can be built again as a power cut would have left it.

   LD_PRELOAD=recorder.so RECORD_BELOW=/folder RECORD_TO=/log program

   Each record is a head (struct head), the file's path, and for a write the bytes. Only what reaches the file system by these
   calls is seen; SQLite, without memory-mapped input and output, uses no others for its database and its log.
   RECORD_SLOW_SYNC=N makes each sync N microseconds slower; RECORD_FAIL_SYNC=N lets each Nth fail with EIO. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { WRITE = 1, SYNC, CUT, REMOVE };

struct head {
    uint64_t nanoseconds, offset, length;
    uint32_t kind, path_length;
};

#define FILES 4096
static char *paths[FILES];
static const char *below;
static int log_file = -1;
static long slow_sync, fail_sync, syncs;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *to = getenv("RECORD_TO"), *slow = getenv("RECORD_SLOW_SYNC"), *fail = getenv("RECORD_FAIL_SYNC");
    below = getenv("RECORD_BELOW");
    if (to) log_file = REAL(open64)(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (slow) slow_sync = atol(slow);
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

static int opened(int file, const char *path, int flags) {
    char whole[PATH_MAX];
    if (file < 0 || file >= FILES || !below || !realpath(path, whole) || strncmp(whole, below, strlen(below)) != 0) return file;
    free(paths[file]);
    paths[file] = strdup(whole);
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

static int synced(int file, int (*sync)(int)) {
    if (path_of(file) && fail_sync && __atomic_add_fetch(&syncs, 1, __ATOMIC_RELAXED) % fail_sync == 0) {
        errno = EIO;
        return -1;
    }
    int done = sync(file);
    if (path_of(file) && slow_sync) usleep((useconds_t)slow_sync);
    if (done == 0) record(SYNC, path_of(file), 0, NULL, 0);
    return done;
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
