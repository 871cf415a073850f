import { expect, test } from 'vitest'

import { mergeNotes } from './cds.ts'

test('notes are merged: each class once, no half-written line, nothing that another class loader loaded', () => {
  const jobManager =
    '# NOTE: generated\njava/lang/Object id: 0\norg/flink/A id: 7\n@lambda-proxy org/flink/A run ()V\norg/flink/Ha'
  const taskManager = 'java/lang/Object id: 0\norg/flink/B id: 9 super: 1 source: file:/x.jar\norg/flink/C id: 3\n'
  expect(mergeNotes([jobManager, taskManager])).toEqual([
    'java/lang/Object',
    'org/flink/A',
    '@lambda-proxy org/flink/A run ()V',
    'org/flink/C',
  ])
})
