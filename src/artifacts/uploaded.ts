/**
 * Uploaded files as sources: found by workspace, name and version, and placed without copying where the disk allows it.
 */
import { join } from 'node:path'
import type { ArtifactRef } from '../domain/artifact.ts'
import { parseArtifactUri } from '../domain/artifact.ts'
import type { FetchedFile, FetchOptions, FileLocation } from './artifacts.ts'
import { linkOrCopy } from './cache.ts'
import { unavailable } from './uri.ts'

export interface UploadedFiles {
  /**
   * The file of one version, the newest where none is named, as it lies on this disk; undefined where there is none.
   */
  find(workspace: string, ref: ArtifactRef): Promise<FetchedFile | undefined>
}

/** Throws Failure: FILE_UNAVAILABLE, DISK_FULL. */
export async function takeUpload(
  uri: string,
  folder: string,
  { workspace, onProgress }: FetchOptions,
  uploads: UploadedFiles,
): Promise<FetchedFile> {
  const { name, ...found } = await findUpload(uri, workspace, uploads)
  const path = join(folder, name)
  await linkOrCopy(found.path, path).catch((error: Error) => {
    const { code } = (error.cause ?? {}) as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw unavailable(uri, `its content is not in the data folder any more (${found.path}): upload it again`, {
        cause: error,
      })
    throw error
  })
  onProgress?.(found.sizeBytes, found.sizeBytes)
  return { ...found, path }
}

interface Uris {
  uploads?: UploadedFiles
  uploadUrl?: (file: { name: string; sha256: string }) => string
}

/** Throws Failure: FILE_UNAVAILABLE, also where nobody but this server can get it. */
export async function locateUpload(
  uri: string,
  { workspace }: FetchOptions,
  { uploads, uploadUrl }: Uris,
): Promise<FileLocation> {
  const { name, sha256 } = await findUpload(uri, workspace, uploads)
  if (!uploadUrl) {
    throw unavailable(
      uri,
      'pods get uploaded files from this server, whose owner has not said how they reach it (--pods-url URL)',
    )
  }
  return { url: uploadUrl({ name, sha256 }), sum: { algorithm: 'sha256', hex: sha256 }, trusted: true }
}

async function findUpload(
  uri: string,
  workspace: string | undefined,
  uploads: UploadedFiles | undefined,
): Promise<FetchedFile & { name: string }> {
  const ref = parseArtifactUri(uri)
  if (!ref) throw unavailable(uri, 'it is not like artifact://NAME.jar?version=1')
  const found = workspace === undefined ? undefined : await uploads?.find(workspace, ref)
  if (!found) throw unavailable(uri, 'no such file was uploaded to this workspace; see `weir artifact list`')
  return { ...found, name: ref.name }
}
