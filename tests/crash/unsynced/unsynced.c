/*
 * Records what a process wrote to files and did not sync, so that it can be taken back after the process was killed: a machine
 * that loses its power loses that much. Loaded by LD_PRELOAD; undo.ts reads the log.
 *
 * Before each write to a file below UNSYNCED_ROOT the bytes that it replaces are appended to UNSYNCED_LOG. A sync is a record too,
 * and is not carried out: what is in the page cache outlives the process. Files that are removed or replaced are kept by a second
 * name in UNSYNCED_SAVED.
 *
 * Not seen: writes through mmap and through stdio.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, CUT = 2, SYNC = 3, CREATE = 4, RENAME = 5, UNLINK = 6, LINK = 7, SYNC_ALL = 8 };

/* Little-endian on every machine that this runs on; three strings follow: path, second path, data. */
struct record {
  uint32_t magic, type;
  uint64_t inode, offset, size_before;
  uint32_t path_bytes, second_bytes, data_bytes, pid;
};

static char root[PATH_MAX], saved[PATH_MAX];
static size_t root_bytes;
static int log_fd = -1;
static unsigned saved_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  const char *r = getenv("UNSYNCED_ROOT"), *l = getenv("UNSYNCED_LOG"), *s = getenv("UNSYNCED_SAVED");
  if (!r || !l || !s || strlen(r) >= sizeof root || strlen(s) >= sizeof saved) return;
  strcpy(root, r);
  strcpy(saved, s);
  root_bytes = strlen(root);
  int fd = syscall(SYS_openat, AT_FDCWD, l, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return;
  /* Out of the way of programs that close what they do not know. */
  log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 800);
  if (log_fd < 0) log_fd = fd;
  else syscall(SYS_close, fd);
}

static int below(const char *path) {
  if (log_fd < 0 || strncmp(path, root, root_bytes) != 0) return 0;
  return path[root_bytes] == '/' || path[root_bytes] == '\0';
}

/* A write-ahead index is memory that happens to have a name. */
static int is_shm(const char *path) {
  size_t bytes = strlen(path);
  return bytes > 4 && strcmp(path + bytes - 4, "-shm") == 0;
}

static int path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t bytes = readlink(link, path, PATH_MAX - 1);
  if (bytes < 0) return 0;
  path[bytes] = '\0';
  return 1;
}

/* The absolute name of what a call names, whose folder must exist. */
static int absolute(int dir, const char *path, char *out) {
  char folder[PATH_MAX], copy[PATH_MAX];
  if (log_fd < 0 || path == NULL || strlen(path) >= sizeof copy) return 0;
  strcpy(copy, path);
  char *name = strrchr(copy, '/');
  const char *in;
  if (name == NULL) { in = "."; name = copy; }
  else { *name++ = '\0'; in = copy[0] ? copy : "/"; }
  if (in[0] == '/' || dir == AT_FDCWD) {
    if (realpath(in, folder) == NULL) return 0;
  } else {
    char base[PATH_MAX], joined[PATH_MAX * 2 + 2];
    if (!path_of(dir, base)) return 0;
    snprintf(joined, sizeof joined, "%s/%s", base, in);
    if (realpath(joined, folder) == NULL) return 0;
  }
  if (snprintf(out, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX) return 0;
  return below(out);
}

/* Whether a descriptor is a file that is watched; errno stays as it is. */
static int watched(int fd, struct stat *at) {
  if (log_fd < 0 || fd == log_fd) return 0;
  int before = errno;
  char path[PATH_MAX];
  int yes = fstat(fd, at) == 0 && S_ISREG(at->st_mode) && path_of(fd, path) && below(path) && !is_shm(path);
  errno = before;
  return yes;
}

static void tell(uint32_t type, uint64_t inode, uint64_t offset, uint64_t size, const char *path, const char *second,
                 const void *data, size_t data_bytes) {
  struct record head = {
    .magic = 0x554e5359, .type = type, .inode = inode, .offset = offset, .size_before = size,
    .path_bytes = path ? strlen(path) : 0, .second_bytes = second ? strlen(second) : 0, .data_bytes = data_bytes,
    .pid = getpid(),
  };
  struct iovec parts[4] = {
    { &head, sizeof head }, { (void *)path, head.path_bytes }, { (void *)second, head.second_bytes },
    { (void *)data, data_bytes },
  };
  size_t whole = sizeof head + head.path_bytes + head.second_bytes + data_bytes;
  /* A log with a hole in it would undo the wrong things: better no process than a wrong answer. */
  if (syscall(SYS_writev, log_fd, parts, 4) != (long)whole) _exit(97);
}

/* The bytes from `offset` on that are there now and will not be. */
static void tell_replaced(uint32_t type, int fd, const struct stat *at, uint64_t offset, uint64_t bytes) {
  uint64_t size = at->st_size, old = offset >= size ? 0 : size - offset;
  if (old > bytes) old = bytes;
  char *data = old ? malloc(old) : NULL;
  uint64_t have = 0;
  int fd_read = fd;
  if (old) {
    /* The descriptor may be for writing alone. */
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    fd_read = syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC);
  }
  while (have < old) {
    long got = syscall(SYS_pread64, fd_read, data + have, old - have, offset + have);
    if (got <= 0) _exit(97);
    have += got;
  }
  if (fd_read != fd) syscall(SYS_close, fd_read);
  tell(type, at->st_ino, offset, size, NULL, NULL, data, old);
  free(data);
}

#define LOCKED(BODY) do { int before_ = errno; pthread_mutex_lock(&lock); errno = before_; BODY; \
  before_ = errno; pthread_mutex_unlock(&lock); errno = before_; } while (0)

static uint64_t place(int fd, struct stat *at) {
  int flags = fcntl(fd, F_GETFL);
  fstat(fd, at);
  return flags & O_APPEND ? (uint64_t)at->st_size : (uint64_t)lseek(fd, 0, SEEK_CUR);
}

static uint64_t sum(const struct iovec *parts, int count) {
  uint64_t bytes = 0;
  for (int i = 0; i < count; i++) bytes += parts[i].iov_len;
  return bytes;
}

ssize_t write(int fd, const void *data, size_t bytes) {
  struct stat at;
  if (!watched(fd, &at)) return syscall(SYS_write, fd, data, bytes);
  ssize_t wrote;
  LOCKED({ tell_replaced(WRITE, fd, &at, place(fd, &at), bytes); wrote = syscall(SYS_write, fd, data, bytes); });
  return wrote;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  struct stat at;
  if (!watched(fd, &at)) return syscall(SYS_writev, fd, parts, count);
  ssize_t wrote;
  LOCKED({ tell_replaced(WRITE, fd, &at, place(fd, &at), sum(parts, count)); wrote = syscall(SYS_writev, fd, parts, count); });
  return wrote;
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t offset) {
  struct stat at;
  if (!watched(fd, &at)) return syscall(SYS_pwrite64, fd, data, bytes, offset);
  ssize_t wrote;
  LOCKED({ fstat(fd, &at); tell_replaced(WRITE, fd, &at, offset, bytes); wrote = syscall(SYS_pwrite64, fd, data, bytes, offset); });
  return wrote;
}
ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) { return pwrite64(fd, data, bytes, offset); }

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  struct stat at;
  if (!watched(fd, &at)) return syscall(SYS_pwritev, fd, parts, count, offset, 0);
  ssize_t wrote;
  LOCKED({ fstat(fd, &at); tell_replaced(WRITE, fd, &at, offset, sum(parts, count)); wrote = syscall(SYS_pwritev, fd, parts, count, offset, 0); });
  return wrote;
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev64(fd, parts, count, offset); }

int ftruncate64(int fd, off64_t size) {
  struct stat at;
  if (!watched(fd, &at)) return syscall(SYS_ftruncate, fd, size);
  int done;
  LOCKED({ fstat(fd, &at); tell_replaced(CUT, fd, &at, size, UINT64_MAX); done = syscall(SYS_ftruncate, fd, size); });
  return done;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int truncate64(const char *path, off64_t size) {
  int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  int done = ftruncate64(fd, size);
  syscall(SYS_close, fd);
  return done;
}
int truncate(const char *path, off_t size) { return truncate64(path, size); }

int fallocate64(int fd, int mode, off64_t offset, off64_t bytes) {
  struct stat at;
  if (!watched(fd, &at)) return syscall(SYS_fallocate, fd, mode, offset, bytes);
  int done;
  LOCKED({ fstat(fd, &at); tell_replaced(CUT, fd, &at, at.st_size, 0); done = syscall(SYS_fallocate, fd, 0, offset, bytes); });
  return done;
}
int fallocate(int fd, int mode, off_t offset, off_t bytes) { return fallocate64(fd, mode, offset, bytes); }
int posix_fallocate64(int fd, off64_t offset, off64_t bytes) { return fallocate64(fd, 0, offset, bytes) == 0 ? 0 : errno; }
int posix_fallocate(int fd, off_t offset, off_t bytes) { return posix_fallocate64(fd, offset, bytes); }

/* Callers fall back to read and write, which are seen. */
ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t bytes, unsigned flags) {
  struct stat at;
  if (!watched(out, &at)) return syscall(SYS_copy_file_range, in, in_at, out, out_at, bytes, flags);
  errno = EINVAL;
  return -1;
}
ssize_t sendfile64(int out, int in, off64_t *from, size_t bytes) {
  struct stat at;
  if (!watched(out, &at)) return syscall(SYS_sendfile, out, in, from, bytes);
  errno = EINVAL;
  return -1;
}
ssize_t sendfile(int out, int in, off_t *from, size_t bytes) { return sendfile64(out, in, from, bytes); }

static int sync_one(int fd, int number) {
  struct stat at;
  char path[PATH_MAX];
  int before = errno;
  if (log_fd < 0 || fstat(fd, &at) != 0 || !path_of(fd, path) || !below(path)) {
    errno = before;
    return syscall(number, fd);
  }
  LOCKED(tell(SYNC, at.st_ino, 0, 0, NULL, NULL, NULL, 0));
  return 0;
}
int fsync(int fd) { return sync_one(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_one(fd, SYS_fdatasync); }
void sync(void) { if (log_fd >= 0) LOCKED(tell(SYNC_ALL, 0, 0, 0, NULL, NULL, NULL, 0)); else syscall(SYS_sync); }
int syncfs(int fd) {
  if (log_fd < 0) return syscall(SYS_syncfs, fd);
  LOCKED(tell(SYNC_ALL, 0, 0, 0, NULL, NULL, NULL, 0));
  return 0;
}

/* Keeps what a name stands for by another name; gives that name, or "" where there is nothing. */
static void keep(const char *path, char *name) {
  do {
    if (snprintf(name, PATH_MAX, "%s/%d-%u", saved, getpid(), saved_count++) >= PATH_MAX) _exit(97);
    /* A process of this number may have been here before. */
  } while (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, name, 0) != 0 ? errno == EEXIST : 0);
  struct stat at;
  if (lstat(name, &at) != 0) name[0] = '\0';
}

static int open_any(int dir, const char *path, int flags, mode_t mode) {
  char whole[PATH_MAX];
  int before = errno;
  if (!(flags & (O_CREAT | O_TRUNC)) || !absolute(dir, path, whole) || is_shm(whole)) {
    errno = before;
    return syscall(SYS_openat, dir, path, flags, mode);
  }
  int fd;
  LOCKED({
    struct stat at;
    int there = stat(whole, &at) == 0;
    if (there && S_ISREG(at.st_mode) && flags & O_TRUNC && !(flags & O_EXCL) && at.st_size > 0) {
      int old = syscall(SYS_openat, AT_FDCWD, whole, O_RDONLY | O_CLOEXEC);
      if (old >= 0) {
        tell_replaced(CUT, old, &at, 0, UINT64_MAX);
        syscall(SYS_close, old);
      }
    }
    errno = before;
    fd = syscall(SYS_openat, dir, path, flags, mode);
    if (fd >= 0 && !there && fstat(fd, &at) == 0) tell(CREATE, at.st_ino, 0, 0, whole, NULL, NULL, 0);
  });
  return fd;
}

#define MODE_OF(FLAGS) mode_t mode = 0; if ((FLAGS) & (O_CREAT | __O_TMPFILE)) { \
  va_list rest; va_start(rest, FLAGS); mode = va_arg(rest, mode_t); va_end(rest); }
int open(const char *path, int flags, ...) { MODE_OF(flags) return open_any(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) return open_any(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int dir, const char *path, int flags, ...) { MODE_OF(flags) return open_any(dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { MODE_OF(flags) return open_any(dir, path, flags | O_LARGEFILE, mode); }
int creat(const char *path, mode_t mode) { return open_any(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
  char old[PATH_MAX], new[PATH_MAX], kept[PATH_MAX];
  struct stat at;
  int before = errno, done;
  int seen = absolute(from_dir, from, old) && absolute(to_dir, to, new) && lstat(old, &at) == 0;
  errno = before;
  if (!seen) return syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
  LOCKED({
    keep(new, kept);
    errno = before;
    done = syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
    if (done == 0) tell(RENAME, at.st_ino, 0, 0, old, new, kept, strlen(kept));
  });
  return done;
}
int renameat(int from_dir, const char *from, int to_dir, const char *to) { return renameat2(from_dir, from, to_dir, to, 0); }
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int dir, const char *path, int flags) {
  char whole[PATH_MAX], kept[PATH_MAX];
  struct stat at;
  int before = errno, done;
  int seen = !(flags & AT_REMOVEDIR) && absolute(dir, path, whole) && !is_shm(whole) &&
    lstat(whole, &at) == 0 && S_ISREG(at.st_mode);
  errno = before;
  if (!seen) return syscall(SYS_unlinkat, dir, path, flags);
  LOCKED({
    keep(whole, kept);
    errno = before;
    done = syscall(SYS_unlinkat, dir, path, flags);
    if (done == 0) tell(UNLINK, at.st_ino, 0, 0, whole, NULL, kept, strlen(kept));
  });
  return done;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
  char new[PATH_MAX];
  struct stat at;
  int before = errno, done;
  int seen = absolute(to_dir, to, new);
  errno = before;
  if (!seen) return syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
  LOCKED({
    done = syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
    if (done == 0 && lstat(new, &at) == 0) tell(LINK, at.st_ino, 0, 0, new, NULL, NULL, 0);
  });
  return done;
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
