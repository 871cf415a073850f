import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isFlinkSize,
  jobManagerJvm,
  jobManagerMemory,
  parseSize,
  sizeText,
  taskManagerJvm,
  taskManagerMemory,
} from './memory.ts'
import { needsFlinkCalculator, processBytesFromParts } from './memory-keys.ts'

const MIB = 2 ** 20

describe('sizes', () => {
  test.each([
    ['1024m', 1024 * MIB],
    ['1.5G', 1536 * MIB],
    ['256 M', 256 * MIB],
    ['1073741824', 1024 * MIB],
    ['.5k', 512],
    ['1.0K', 1024],
    ['1k', 1024],
    ['2.t', 2 * 1024 ** 4],
    ['64 mb', 64 * MIB],
    ['5 gibibytes', 5 * 1024 * MIB],
    ['7b', 7],
  ])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes))

  test.each(['', 'm', '1.5', '12x', '-1m', '1 000m', '1..5g', '99999999t'])('"%s" is no size', (text) =>
    expect(() => parseSize(text)).toThrow(/is not a size/),
  )

  test('Flink takes no fractions', () => {
    expect([isFlinkSize('1.5g'), isFlinkSize('1536m'), isFlinkSize('1536 MB'), isFlinkSize('lots')]).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  test('whole numbers of every unit come back exactly', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.constantFrom(...'kmgt'), (n, unit) => {
        fc.pre(n * 1024 ** ('kmgt'.indexOf(unit) + 1) <= Number.MAX_SAFE_INTEGER)
        expect(parseSize(`${n}${unit}`)).toBe(n * 1024 ** ('kmgt'.indexOf(unit) + 1))
        expect(parseSize(`${n}.0 ${unit.toUpperCase()}`)).toBe(parseSize(`${n}${unit}`))
      }),
    )
  })
})

describe('the split is the one that Flink computes', () => {
  test('JobManager of 1024m', () => {
    expect(jobManagerJvm(jobManagerMemory(1024 * MIB).split!)).toEqual({
      jvmOptions: ['-Xmx469762048', '-Xms469762048', '-XX:MaxMetaspaceSize=268435456'],
      configuration: {
        'jobmanager.memory.heap.size': '469762048b',
        'jobmanager.memory.off-heap.size': '134217728b',
        'jobmanager.memory.jvm-metaspace.size': '268435456b',
        'jobmanager.memory.jvm-overhead.min': '201326592b',
        'jobmanager.memory.jvm-overhead.max': '201326592b',
      },
    })
  })

  test('TaskManager of 1024m with two slots', () => {
    expect(taskManagerJvm(taskManagerMemory(1024 * MIB).split!, 2)).toEqual({
      jvmOptions: [
        '-Xmx161061270',
        '-Xms161061270',
        '-XX:MaxDirectMemorySize=201326592',
        '-XX:MaxMetaspaceSize=268435456',
      ],
      configuration: {
        'taskmanager.memory.network.min': '67108864b',
        'taskmanager.memory.network.max': '67108864b',
        'taskmanager.cpu.cores': '2.0',
        'taskmanager.memory.task.off-heap.size': '0b',
        'taskmanager.memory.task.heap.size': '26843542b',
        'taskmanager.memory.managed.size': '241591914b',
        'taskmanager.memory.framework.heap.size': '134217728b',
        'taskmanager.memory.framework.off-heap.size': '134217728b',
        'taskmanager.memory.jvm-metaspace.size': '268435456b',
        'taskmanager.memory.jvm-overhead.min': '201326592b',
        'taskmanager.memory.jvm-overhead.max': '201326592b',
        'taskmanager.numberOfTaskSlots': '2',
        'external-resources': 'none',
      },
    })
  })

  test('fractions are Java floats: a tenth of 4 GiB is 429496736', () => {
    expect(jobManagerMemory(4096 * MIB).split?.overhead).toBe(429496736)
    expect(taskManagerMemory(4096 * MIB).split).toMatchObject({
      overhead: 429496736,
      managed: 1438814063,
      network: 359703515,
    })
  })

  test('the parts of any size that fits add up to it, and any larger size fits too', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 38), (bytes) => {
        const jm = jobManagerMemory(bytes).split
        if (jm) expect(jm.heap + jm.offHeap + jm.metaspace + jm.overhead).toBe(bytes)
        const tm = taskManagerMemory(bytes).split
        if (tm) {
          expect(
            tm.taskHeap +
              tm.taskOffHeap +
              tm.frameworkHeap +
              tm.frameworkOffHeap +
              tm.managed +
              tm.network +
              tm.metaspace +
              tm.overhead,
          ).toBe(bytes)
          expect(taskManagerMemory(bytes + MIB).split).toBeDefined()
        }
      }),
    )
  })
})

describe('what does not fit is told', () => {
  test('by how much, and what would do', () => {
    expect(jobManagerMemory(512 * MIB).problem).toContain('take 576m, 64m more than that. Give it at least 577m')
    expect(taskManagerMemory(512 * MIB).problem).toMatch(/managed memory .* Give it at least 982m/)
  })

  test('the size that is named as enough is enough, and a MiB less is not', () => {
    for (const memory of [jobManagerMemory, taskManagerMemory]) {
      const answer = memory(1)
      if (answer.problem === undefined) throw new Error('one byte cannot be enough')
      expect(memory(answer.leastBytes).split).toBeDefined()
      expect(memory(answer.leastBytes - MIB).split).toBeUndefined()
      expect(answer.problem).toContain(sizeText(answer.leastBytes))
    }
  })
})

describe('memory keys of the caller', () => {
  test('only those that move the parts need Flink to compute', () => {
    const within = { 'taskmanager.memory.process.size': '1g', 'taskmanager.memory.segment-size': '64k' }
    expect(needsFlinkCalculator(within, 'taskmanager')).toBe(false)
    expect(needsFlinkCalculator({ 'taskmanager.memory.managed.fraction': '0.1' }, 'taskmanager')).toBe(true)
    expect(needsFlinkCalculator({ 'taskmanager.memory.managed.fraction': '0.1' }, 'jobmanager')).toBe(false)
    expect(needsFlinkCalculator({ 'jobmanager.heap.size': '1g' }, 'jobmanager')).toBe(true)
  })

  test('a total follows from parts', () => {
    expect(processBytesFromParts({ 'jobmanager.memory.flink.size': '1g' }, 'jobmanager')).toBe((1024 + 256 + 192) * MIB)
    expect(processBytesFromParts({ 'taskmanager.memory.task.heap.size': '1g' }, 'taskmanager')).toBeUndefined()
    expect(processBytesFromParts({}, 'taskmanager')).toBeUndefined()
  })
})
