/**
 * Counts a process' calls of fsync and fdatasync without privileges: a library that is put before libc counts them in
 * a file that both map. It takes a C compiler; without one nothing is counted, and the report says so.
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
static _Atomic long *count;
__attribute__((constructor)) static void start(void) {
  const char *path = getenv("WEIR_BENCH_FSYNCS");
  int fd = path ? open(path, O_RDWR | O_CREAT, 0600) : -1;
  if (fd < 0 || ftruncate(fd, sizeof(long)) != 0) return;
  void *map = mmap(0, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map != MAP_FAILED) count = map;
  close(fd);
}
static int counted(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (count) atomic_fetch_add(count, 1);
  return real(fd);
}
int fsync(int fd) { return counted("fsync", fd); }
int fdatasync(int fd) { return counted("fdatasync", fd); }
`

export interface FsyncCounter {
  /** Of the process to be counted; it counts in `file`. */
  env(file: string): Record<string, string>
}

/** undefined where no compiler is found, or the platform is not Linux. */
export async function fsyncCounter(folder: string): Promise<FsyncCounter | undefined> {
  const library = join(folder, 'fsyncs.so')
  if (!existsSync(library)) {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'fsyncs.c'), SOURCE)
    const built = await run('cc', ['-shared', '-fPIC', '-O2', '-o', `${library}.new`, join(folder, 'fsyncs.c'), '-ldl'])
      .then(() => true)
      .catch(() => false)
    if (!built || process.platform !== 'linux') return undefined
    await rename(`${library}.new`, library)
  }
  return { env: (file) => ({ LD_PRELOAD: library, WEIR_BENCH_FSYNCS: file }) }
}

export const fsyncsIn = (file: string): number =>
  existsSync(file) ? Number(readFileSync(file).readBigInt64LE()) : Number.NaN
