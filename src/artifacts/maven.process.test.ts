/** Against the real Maven Central: forty kilobytes. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createFileCache } from './cache.ts'
import { createArtifacts } from './fetch.ts'

test('a jar of Maven Central is fetched once, checked, and then kept; a missing version is reported', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-central-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  const cache = createFileCache({ folder: join(folder, 'cache'), maxBytes: 1_000_000 })
  const artifacts = createArtifacts({ fileRoots: [], allowAddresses: [], cache })
  const file = {
    path: join(folder, 'slf4j-api-1.7.36.jar'),
    sizeBytes: 41_125,
    sha256: 'd3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0',
  }
  expect(await artifacts.fetch('maven:org.slf4j:slf4j-api:1.7.36', folder)).toEqual({ ...file, cached: false })
  expect(await artifacts.fetch('maven:org.slf4j:slf4j-api:1.7.36', folder)).toEqual({ ...file, cached: true })
  await expect(artifacts.fetch('maven:org.slf4j:slf4j-api:1.7.63', folder)).rejects.toThrow(
    /no repository has version 1\.7\.63.*nearest there are: 1\.7\./,
  )
})
