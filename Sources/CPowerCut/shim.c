/* Preloaded into a server by `tidemark chaos` and by Tests/Acceptance/faults/disk.py: records what a power cut would leave of
   the files below TIDEMARK_SHIM_ROOT. For disk.py it also ends the process at a counted moment, and lets calls fail.

   Method: every call of libc that changes files is replaced by its system call and a line in the journal TIDEMARK_SHIM_EVENTS.
   The line is written after the call, so that a line lost to kill -9 only makes the cut harsher. A file that loses a name
   gets a second one in TIDEMARK_SHIM_GRAVE first, since an unsynced unlink is undone by the cut.

   Lines: number, then
     C dir name inode f|d     created            R dir name dir name inode   renamed
     U dir name               name removed       T inode length              truncated
     F inode length           synced             S inode hex                 content of a small file when it was synced
     D dir upto               directory synced: its changes numbered below upto are durable
     X what                   something that this shim cannot follow         K        killed at a moment

   TIDEMARK_SHIM_CONTROL is a file of 32-bit words, mapped by both sides; see `struct control`. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FAIL_WRITE = 1, SHORT_WRITE = 2, FAIL_SYNC = 4, FAIL_OPEN = 8, FAIL_RENAME = 16, LIE_ON_SYNC = 32 };
enum { SMALL_FILE = 4096 };

struct control {
  uint32_t kill_in;      /* moments until SIGKILL; 0: never */
  uint32_t fault_kinds;  /* what fails */
  uint32_t fault_errno;
  uint32_t fault_after;  /* calls of these kinds that still succeed */
  uint32_t fault_count;  /* calls that fail then */
  uint32_t sync_delay;   /* microseconds added to each sync */
  uint32_t faults;       /* written here: faults injected so far */
  uint32_t moments;      /* written here: moments passed so far */
};

static struct control none;
static volatile struct control *control = &none;
static const char *root, *grave;
static size_t root_length;
static int events = -1;
static uint64_t next_number;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  root = getenv("TIDEMARK_SHIM_ROOT");
  grave = getenv("TIDEMARK_SHIM_GRAVE");
  const char *journal = getenv("TIDEMARK_SHIM_EVENTS"), *words = getenv("TIDEMARK_SHIM_CONTROL");
  const char *first = getenv("TIDEMARK_SHIM_FIRST");
  if (!root || !grave || !journal || !words) { root = NULL; return; }
  root_length = strlen(root);
  next_number = first ? strtoull(first, NULL, 10) : 0;
  events = (int)syscall(SYS_openat, AT_FDCWD, journal, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  int file = (int)syscall(SYS_openat, AT_FDCWD, words, O_RDWR | O_CLOEXEC, 0);
  if (file >= 0) {
    /* 0L: the last argument goes by the stack, where an int leaves the upper half as it was. */
    void *page = (void *)syscall(SYS_mmap, NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0L);
    if (page != MAP_FAILED) control = page;
    syscall(SYS_close, file);
  }
}

static int tracked(const char *path) {
  return root && path && !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

/* Writes "number line\n" with one system call; answers the number. */
static uint64_t note(const char *format, ...) {
  char line[2 * SMALL_FILE + 512];
  int saved = errno;
  va_list list;
  va_start(list, format);
  pthread_mutex_lock(&lock);
  uint64_t number = next_number++;
  int length = snprintf(line, 32, "%llu ", (unsigned long long)number);
  length += vsnprintf(line + length, sizeof line - 33, format, list);
  line[length++] = '\n';
  if (events >= 0) syscall(SYS_write, events, line, (size_t)length);
  pthread_mutex_unlock(&lock);
  va_end(list);
  errno = saved;
  return number;
}

/* A moment at which the process may be killed. */
static void moment(void) {
  __atomic_add_fetch(&control->moments, 1, __ATOMIC_RELAXED);
  uint32_t left = __atomic_load_n(&control->kill_in, __ATOMIC_RELAXED);
  while (left && !__atomic_compare_exchange_n(&control->kill_in, &left, left - 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
  if (left != 1) return;
  note("K");
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) syscall(SYS_pause);
}

/* Whether this call is to fail; errno is set then. */
static int fails(uint32_t kind) {
  if (!(control->fault_kinds & kind)) return 0;
  uint32_t left = control->fault_after;
  while (left && !__atomic_compare_exchange_n(&control->fault_after, &left, left - 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
  if (left) return 0;
  uint32_t count = control->fault_count;
  while (count && count != UINT32_MAX
         && !__atomic_compare_exchange_n(&control->fault_count, &count, count - 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
  if (!count) return 0;
  __atomic_add_fetch(&control->faults, 1, __ATOMIC_RELAXED);
  errno = (int)control->fault_errno;
  return 1;
}

static int facts(int file, struct stat *out) {
  int saved = errno;
  int result = (int)syscall(SYS_newfstatat, file, "", out, AT_EMPTY_PATH);
  errno = saved;
  return result == 0;
}

static uint64_t inode(const char *path) {
  struct stat found;
  int saved = errno;
  int result = (int)syscall(SYS_newfstatat, AT_FDCWD, path, &found, AT_SYMLINK_NOFOLLOW);
  errno = saved;
  return result == 0 ? (uint64_t)found.st_ino : 0;
}

static const char *name_in(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static uint64_t directory_of(const char *path) {
  char parent[4096];
  size_t length = (size_t)(name_in(path) - path);
  if (length == 0 || length >= sizeof parent) return 0;
  memcpy(parent, path, length);
  parent[length > 1 ? length - 1 : length] = 0;
  return inode(parent);
}

/* Keeps what is about to lose a name. */
static void bury(const char *path) {
  char kept[4096];
  struct stat found;
  int saved = errno;
  if (syscall(SYS_newfstatat, AT_FDCWD, path, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(found.st_mode)) {
    snprintf(kept, sizeof kept, "%s/%llu", grave, (unsigned long long)found.st_ino);
    syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, kept, 0);
  }
  errno = saved;
}

/* Regular files below the root are told from logs and sockets by having been opened through here. */
enum { FILES_MAX = 65536 };
static uint8_t ours[FILES_MAX];

static int is_ours(int file) { return root && file >= 0 && file < FILES_MAX && ours[file]; }

static int open_any(int at, const char *path, int flags, mode_t mode) {
  int follow = at == AT_FDCWD && tracked(path);
  int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
  if (follow && writes && fails(FAIL_OPEN)) return -1;
  uint64_t before = follow && writes ? inode(path) : 0;
  if (follow && (flags & (O_DIRECT | O_SYNC | O_DSYNC)) && !(flags & O_DIRECTORY)) note("X open_flags_%x", flags);
  int file = (int)syscall(SYS_openat, at, path, flags, mode);
  if (file >= 0 && file < FILES_MAX) ours[file] = (uint8_t)follow;
  if (file < 0 || !follow || !writes) return file;
  struct stat found;
  if (!facts(file, &found)) return file;
  if (!before) {
    note("C %llu %s %llu f", (unsigned long long)directory_of(path), name_in(path), (unsigned long long)found.st_ino);
    moment();
  } else if (flags & O_TRUNC) {
    note("T %llu 0", (unsigned long long)found.st_ino);
  }
  return file;
}

#define OPEN_BODY(AT) \
  mode_t mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = (mode_t)va_arg(list, int); va_end(list); } \
  return open_any(AT, path, flags, mode)
int open(const char *path, int flags, ...) { OPEN_BODY(AT_FDCWD); }
int open64(const char *path, int flags, ...) { OPEN_BODY(AT_FDCWD); }
int openat(int at, const char *path, int flags, ...) { OPEN_BODY(at); }
int openat64(int at, const char *path, int flags, ...) { OPEN_BODY(at); }
int creat(const char *path, mode_t mode) { return open_any(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int file) {
  if (file >= 0 && file < FILES_MAX) ours[file] = 0;
  return (int)syscall(SYS_close, file);
}

int mkdir(const char *path, mode_t mode) {
  if (tracked(path) && fails(FAIL_OPEN)) return -1;
  int result = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
  if (result == 0 && tracked(path)) {
    note("C %llu %s %llu d", (unsigned long long)directory_of(path), name_in(path), (unsigned long long)inode(path));
    moment();
  }
  return result;
}

static int remove_name(const char *path, int flags) {
  if (!tracked(path)) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, flags);
  moment();
  uint64_t parent = directory_of(path);
  bury(path);
  int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, flags);
  if (result == 0) note("U %llu %s", (unsigned long long)parent, name_in(path));
  moment();
  return result;
}
int unlink(const char *path) { return remove_name(path, 0); }
int rmdir(const char *path) { return remove_name(path, AT_REMOVEDIR); }
int remove(const char *path) {
  struct stat found;
  int is_directory = syscall(SYS_newfstatat, AT_FDCWD, path, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(found.st_mode);
  return remove_name(path, is_directory ? AT_REMOVEDIR : 0);
}

int rename(const char *from, const char *to) {
  if (!tracked(from) && !tracked(to)) return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (fails(FAIL_RENAME)) return -1;
  moment();
  uint64_t moved = inode(from), parent = directory_of(from), target = directory_of(to);
  bury(to);
  int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (result == 0)
    note("R %llu %s %llu %s %llu", (unsigned long long)parent, name_in(from), (unsigned long long)target, name_in(to),
         (unsigned long long)moved);
  moment();
  return result;
}

int link(const char *from, const char *to) {
  int result = (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (result == 0 && tracked(to)) {
    note("C %llu %s %llu f", (unsigned long long)directory_of(to), name_in(to), (unsigned long long)inode(to));
    moment();
  }
  return result;
}

static void note_content(int file, const struct stat *found) {
  static const char digits[] = "0123456789abcdef";
  unsigned char bytes[SMALL_FILE];
  char hex[2 * SMALL_FILE + 1];
  if (found->st_size > SMALL_FILE) return;
  long count = syscall(SYS_pread64, file, bytes, sizeof bytes, 0L);
  if (count < 0) return;
  for (long i = 0; i < count; i++) {
    hex[2 * i] = digits[bytes[i] >> 4];
    hex[2 * i + 1] = digits[bytes[i] & 15];
  }
  hex[2 * count] = 0;
  note("S %llu %s", (unsigned long long)found->st_ino, hex);
}

static int sync_any(int file, long call) {
  struct stat found;
  if (!is_ours(file) || !facts(file, &found)) return (int)syscall(call, file);
  if (fails(FAIL_SYNC)) return -1;
  if (fails(LIE_ON_SYNC)) return 0;
  moment();
  pthread_mutex_lock(&lock);
  uint64_t upto = next_number;
  pthread_mutex_unlock(&lock);
  if (control->sync_delay) usleep(control->sync_delay);
  int result = (int)syscall(call, file);
  if (result == 0) {
    if (S_ISDIR(found.st_mode)) {
      note("D %llu %llu", (unsigned long long)found.st_ino, (unsigned long long)upto);
    } else {
      note("F %llu %llu", (unsigned long long)found.st_ino, (unsigned long long)found.st_size);
      note_content(file, &found);
    }
  }
  moment();
  return result;
}
int fsync(int file) { return sync_any(file, SYS_fsync); }
int fdatasync(int file) { return sync_any(file, SYS_fdatasync); }

int ftruncate(int file, off_t length) {
  if (is_ours(file) && fails(FAIL_WRITE)) return -1;
  int result = (int)syscall(SYS_ftruncate, file, length);
  struct stat found;
  if (result == 0 && is_ours(file) && facts(file, &found))
    note("T %llu %llu", (unsigned long long)found.st_ino, (unsigned long long)length);
  return result;
}
int ftruncate64(int file, off_t length) { return ftruncate(file, length); }

int truncate(const char *path, off_t length) {
  int result = (int)syscall(SYS_truncate, path, length);
  if (result == 0 && tracked(path)) note("T %llu %llu", (unsigned long long)inode(path), (unsigned long long)length);
  return result;
}
int truncate64(const char *path, off_t length) { return truncate(path, length); }

int fallocate(int file, int mode, off_t offset, off_t length) {
  if (is_ours(file) && fails(FAIL_WRITE)) return -1;
  return (int)syscall(SYS_fallocate, file, mode, offset, length);
}
int fallocate64(int file, int mode, off_t offset, off_t length) { return fallocate(file, mode, offset, length); }

/* Bytes that a write may take: all, a half, or -1 with errno. */
static ssize_t allowed(int file, size_t count) {
  if (!is_ours(file)) return (ssize_t)count;
  if (fails(FAIL_WRITE)) return -1;
  if (count > 1 && fails(SHORT_WRITE)) return (ssize_t)(count / 2);
  return (ssize_t)count;
}
ssize_t write(int file, const void *bytes, size_t count) {
  ssize_t some = allowed(file, count);
  return some < 0 ? -1 : syscall(SYS_write, file, bytes, (size_t)some);
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  ssize_t some = allowed(file, count);
  return some < 0 ? -1 : syscall(SYS_pwrite64, file, bytes, (size_t)some, offset);
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off_t offset) { return pwrite(file, bytes, count, offset); }
ssize_t writev(int file, const struct iovec *parts, int count) {
  if (is_ours(file) && fails(FAIL_WRITE)) return -1;
  return syscall(SYS_writev, file, parts, count);
}

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset) {
  if (is_ours(file) && (protection & PROT_WRITE) && (flags & MAP_SHARED)) note("X shared_writable_mapping");
  return (void *)syscall(SYS_mmap, address, length, protection, flags, file, offset);
}
void *mmap64(void *address, size_t length, int protection, int flags, int file, off_t offset) {
  return mmap(address, length, protection, flags, file, offset);
}
