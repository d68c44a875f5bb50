/* Loaded before libc: makes fsync fail and the wall clock jump, as a file tells.
 *
 * FAULTS names a file of two numbers: how many of the coming fsync calls fail with EIO, and how
 * many seconds the wall clock is ahead. It is read anew at every call that matters.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static void told(long *fails, double *ahead) {
  const char *path = getenv("FAULTS");
  FILE *file = path ? fopen(path, "re") : NULL;
  *fails = 0;
  *ahead = 0;
  if (file) {
    if (fscanf(file, "%ld %lf", fails, ahead) < 1) *fails = 0;
    fclose(file);
  }
}

static int failing(void) {
  long fails;
  double ahead;
  told(&fails, &ahead);
  return fails > 0;
}

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  if (failing()) { errno = EIO; return -1; }
  return real(fd);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  if (failing()) { errno = EIO; return -1; }
  return real(fd);
}

int clock_gettime(clockid_t which, struct timespec *at) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(which, at);
  if (result == 0 && which == CLOCK_REALTIME) {
    long fails;
    double ahead;
    told(&fails, &ahead);
    at->tv_sec += (time_t)ahead;
  }
  return result;
}
