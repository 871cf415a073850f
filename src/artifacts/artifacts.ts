/**
 * Files that a spec names, made files on this machine's disk. Fetching goes on in the caller's time: give it a signal.
 */

export interface FetchOptions {
  /** Called as bytes arrive; `total` where the source tells it. */
  onProgress?: (bytes: number, total: number | undefined) => void
  signal?: AbortSignal
  /** Whose uploads `artifact://` URIs name. */
  workspace?: string
}

export interface FetchedFile {
  path: string
  sizeBytes: number
  sha256: string
}

export interface Artifacts {
  /**
   * Puts the file that `uri` names (http, https, file, artifact; others are FILE_UNAVAILABLE with what to do) into `folder`
   * under its own last path segment. Whole or not at all: a broken download leaves nothing.
   * Throws Failure: FILE_UNAVAILABLE, DISK_FULL.
   */
  fetch(uri: string, folder: string, options?: FetchOptions): Promise<FetchedFile>

  /** Where whoever fetches the file in this server's place finds it. Throws Failure: FILE_UNAVAILABLE. */
  locate(uri: string, options?: FetchOptions): Promise<FileLocation>
}

export interface FileLocation {
  /** May hold credentials, also those of the server's owner. */
  url: string
  /** What the file must be, where that is known. */
  sum?: Sum
  /** The owner named its host: it may have any address. */
  trusted?: boolean
}

/** A checksum that a file is to have. */
export interface Sum {
  algorithm: 'sha1' | 'sha256' | 'sha512'
  /** Lower case. */
  hex: string
}
