import { expect, test } from 'vitest'
import { late } from './late.ts'

const real = () => ({
  installation: 'ID',
  resources: {
    kept: ['a'],
    async list() {
      return this.kept
    },
  },
})

test('what is taken out early fails like a store that is away, and works once the real one is there', async () => {
  const { value, bind, unbind } = late<ReturnType<typeof real>>()
  const { resources } = value
  const { list } = resources
  await expect(resources.list()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await expect(list()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  bind(real())
  expect(await Promise.all([resources.list(), list(), value.resources.list()])).toEqual([['a'], ['a'], ['a']])
  expect(value.installation).toBe('ID')
  unbind()
  await expect(list()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(await Promise.resolve(value)).toBe(value)
})
