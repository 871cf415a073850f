import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'

import { flinkFileUri } from '../../domain/paths.ts'
import { deleteCheckpoints, listCheckpoints } from './checkpoints.ts'

const JOB = '0123456789abcdef0123456789abcdef'
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir %20 chk ä-'))
  for (const name of ['chk-9', 'chk-10', 'chk-11', 'shared', 'taskowned'])
    await mkdir(join(folder, JOB, name), { recursive: true })
  for (const name of ['chk-9', 'chk-10']) await writeFile(join(folder, JOB, name, '_metadata'), '')
  return () => rm(folder, { recursive: true, force: true })
})

test('complete checkpoints are listed, the newest first, as Flink takes them', async () => {
  const expected = [10, 9].map((id) => ({ id, location: flinkFileUri(join(folder, JOB, `chk-${id}`)) }))
  expect(await listCheckpoints(flinkFileUri(folder), JOB)).toEqual(expected)
  expect(await listCheckpoints(folder, JOB)).toEqual(expected)
})

test('a job that never ran has none; a folder that is out of reach is not taken for empty', async () => {
  expect(await listCheckpoints(flinkFileUri(folder), 'f'.repeat(32))).toEqual([])
  expect(await listCheckpoints('s3://bucket/checkpoints', JOB)).toBeUndefined()
  await writeFile(join(folder, 'e'.repeat(32)), 'a file where a folder should be')
  await expect(listCheckpoints(folder, 'e'.repeat(32))).rejects.toMatchObject({ code: 'ENOTDIR' })
})

test("only a job's own folder is deleted", async () => {
  await deleteCheckpoints(flinkFileUri(folder), '..')
  await deleteCheckpoints(flinkFileUri(folder), '')
  expect(await readdir(folder)).toEqual([JOB])
  await deleteCheckpoints(flinkFileUri(folder), JOB)
  expect(await readdir(folder)).toEqual([])
})
