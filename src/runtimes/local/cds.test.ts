import { expect, test } from 'vitest'

import { initialisedClasses, mergeNotes } from './cds.ts'

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

test('the classes that a start initialises are those with names of their own, each once', () => {
  const said = [
    "1 Initializing 'java/lang/Object'(no method) (0x00007ffbab000d68)",
    `2 Initializing 'scala/Foo$$anon$1' (0x00007ffbab00ec20) by thread "main"`,
    "3 Initializing 'java/lang/Object' (0x00007ffbab000d68)",
    'Start class verification for: org.acme.Orders',
    "4 Initializing 'org/acme/Orders$$Lambda$4+0x00007ffbac00e5f0'(no method) (0x00007ffbac00e5f0)",
    "5 Initializing 'java/lang/invoke/LambdaForm$MH/0x00007ffbac000400' (0x00007ffbac000400)",
    "6 Initializing 'jdk/proxy2/$Proxy7' (0x00007ffbac000400)",
  ]
  expect(initialisedClasses(said.join('\n'))).toEqual(['java.lang.Object', 'scala.Foo$$anon$1'])
})
