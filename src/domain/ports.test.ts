import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fixedPortWarnings, inRange, portRanges } from './ports.ts'

const PROMETHEUS = {
  'metrics.reporter.prom.factory.class': 'org.apache.flink.metrics.prometheus.PrometheusReporterFactory',
}

test('a single port of what listens in every process becomes a range, its default too', () => {
  expect(portRanges({ ...PROMETHEUS, 'metrics.reporter.prom.port': '9300' })).toEqual({
    'metrics.reporter.prom.port': '9300-9399',
  })
  expect(portRanges(PROMETHEUS)).toEqual({ 'metrics.reporter.prom.port': '9249-9348' })
  // The name of before Flink 1.18.
  expect(portRanges({ 'metrics.reporter.p.class': 'org.apache.flink.metrics.prometheus.PrometheusReporter' })).toEqual({
    'metrics.reporter.p.port': '9249-9348',
  })
  expect(portRanges({ 'jmx.server.port': '65500' })).toEqual({ 'jmx.server.port': '65500-65535' })
})

test('queryable state has ranges where it is on, under the names that the caller uses', () => {
  expect(portRanges({ 'queryable-state.enable': 'true', 'query.proxy.ports': '9500' })).toEqual({
    'queryable-state.server.ports': '9067-9166',
    'query.proxy.ports': '9500-9599',
  })
  expect(portRanges({ 'queryable-state.proxy.ports': '9500' })).toEqual({})
})

test('ranges, 0, and ports that a reporter sends to stay as they are', () => {
  expect(portRanges({ ...PROMETHEUS, 'metrics.reporter.prom.port': '9249-9260' })).toEqual({
    'metrics.reporter.prom.port': '9249-9260',
  })
  expect(portRanges({ 'jmx.server.port': '0' })).toEqual({ 'jmx.server.port': '0' })
  const graphite = {
    'metrics.reporter.g.factory.class': 'org.apache.flink.metrics.graphite.GraphiteReporterFactory',
    'metrics.reporter.g.port': '2003',
  }
  expect(portRanges(graphite)).toEqual({})
  expect(fixedPortWarnings({ flinkConfiguration: graphite })).toEqual([])
})

test('a port within a range tells whose it is, however near the first ones are', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 9000, max: 9010 }), { minLength: 1, maxLength: 6 }), (ports) => {
      const configuration = Object.fromEntries(
        ports.flatMap((port, n) => [
          [`metrics.reporter.r${n}.factory.class`, 'x.PrometheusReporterFactory'],
          [`metrics.reporter.r${n}.port`, String(port)],
        ]),
      )
      const ranges = Object.entries(portRanges(configuration))
      for (const [key, range] of ranges) expect(inRange(Number(configuration[key]), range)).toBe(true)
      for (let port = 8990; port < 9700; port++)
        expect(ranges.filter(([, range]) => inRange(port, range)).length).toBeLessThanOrEqual(1)
    }),
  )
})

test('a port that is fixed by an option of several JVMs is told with what to do', () => {
  const warnings = (flinkConfiguration: Record<string, string>, max?: number) =>
    fixedPortWarnings({ flinkConfiguration, ...(max !== undefined && { taskManagers: { max } }) })
  const jmx = '-Dx=1 -Dcom.sun.management.jmxremote.port=9010'
  expect(warnings({ 'env.java.opts.all': jmx })).toEqual([expect.stringMatching(/the port 9010 .*jmx\.server\.port/)])
  expect(warnings({ 'env.java.opts.taskmanager': jmx })).toHaveLength(1)
  expect(warnings({ 'env.java.opts.taskmanager': jmx }, 1)).toEqual([])
  expect(warnings({ 'env.java.opts.jobmanager': jmx })).toEqual([])
  const debugger_ = (address: string) => ({
    'env.java.opts.all': `-agentlib:jdwp=transport=dt_socket,server=y,suspend=n${address}`,
  })
  expect(warnings(debugger_(',address=*:5005'))).toEqual([expect.stringMatching(/the port 5005 .*`address`/)])
  expect(warnings(debugger_(',address=localhost:0'))).toEqual([])
  expect(warnings(debugger_(''))).toEqual([])
})

test("a stranger's reporter with one port is told that it may be the only one", () => {
  const own = { 'metrics.reporter.own.factory.class': 'com.acme.OwnFactory' }
  expect(fixedPortWarnings({ flinkConfiguration: { ...own, 'metrics.reporter.own.port': '7000' } })).toEqual([
    expect.stringContaining('7000-7099'),
  ])
  expect(fixedPortWarnings({ flinkConfiguration: own })).toEqual([])
})
