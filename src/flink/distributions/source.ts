/**
 * What every source of Flink distributions is: something that fills a folder, or says in its own words why it can't.
 */
import type { InstallProgress } from './distribution.ts'

/** A file of the official layout that a source couldn't give; the distribution works without it. */
export interface AbsentFile {
  /** Relative to the distribution: `opt/flink-s3-fs-hadoop-1.17.1.jar`. */
  path: string
  /** Why, and how to get it, for people. */
  reason: string
}

export interface InstallTask {
  version: string
  /** An empty folder that becomes the distribution. */
  home: string
  /** An empty folder on the same file system; whatever is left in it goes away. */
  scratch: string
  report: (progress: InstallProgress) => void
  signal: AbortSignal
}

export interface Source {
  /** For people, as the subject of a sentence. */
  name: string
  kind: 'TARBALL' | 'PACKAGES'
  /** Throws SourceRefused, an error of the file system, or the signal's reason. */
  fill(task: InstallTask): Promise<{ absent: AbsentFile[] }>
}

/** This source can't give the distribution; the next one is tried. The message is the source's own words. */
export class SourceRefused extends Error {}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`

/** Turns byte counts into progress lines, one per percent. */
export function downloadReporter(
  what: string,
  report: InstallTask['report'],
): (bytes: number, total: number | undefined) => void {
  let last = -1
  return (bytes, total) => {
    const step = total ? Math.min(100, Math.floor((bytes / total) * 100)) : Math.floor(bytes / 5e6)
    if (step === last) return
    last = step
    report(total ? { detail: `${what}: ${step} %`, fraction: step / 100 } : { detail: `${what}: ${megabytes(bytes)}` })
  }
}
