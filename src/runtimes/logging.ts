/**
 * Makes a Log4j configuration that logs. Callers send fragments (a level and appender references without the
 * appenders), with which Flink runs and writes nothing: what a fragment leaves open comes from the defaults here.
 */

interface Where {
  /** What becomes of what is logged to the console: nothing, or it is the process' standard output. */
  console: 'NULL' | 'STDOUT'
  /** The size, in MB of 2^20 bytes, at which a new log file is begun. */
  fileMegabytes: number
  /** How many full ones stay beside the file that is written. */
  files: number
}

const DEFAULT: Where = { console: 'NULL', fileMegabytes: 100, files: 5 }

/**
 * Lines of the default by what they are for; the same for every Flink version of the catalogue. The level is as Flink's
 * own file has it since 1.20: `env.log.level` becomes that variable.
 */
const ROOT = [
  'rootLogger.level = ${env:ROOT_LOG_LEVEL:-INFO}',
  'rootLogger.appenderRef.console.ref = ConsoleAppender',
  'rootLogger.appenderRef.rolling.ref = RollingFileAppender',
]
/** What a log goes to of which its configuration says nothing: key and name of the appenders. */
const APPENDERS: Record<Where['console'], [key: string, name: string][]> = {
  NULL: [['rolling', 'RollingFileAppender']],
  STDOUT: [
    ['console', 'ConsoleAppender'],
    ['rolling', 'RollingFileAppender'],
  ],
}
const PATTERN = '%d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n'
const LAYOUT = (key: string) => [
  `appender.${key}.layout.type = PatternLayout`,
  `appender.${key}.layout.pattern = ${PATTERN}`,
]
const FILE = (key: string, name: string, { fileMegabytes, files }: Where) => [
  `appender.${key}.name = ${name}`,
  `appender.${key}.type = RollingFile`,
  `appender.${key}.append = true`,
  `appender.${key}.fileName = \${sys:log.file}`,
  `appender.${key}.filePattern = \${sys:log.file}.%i`,
  ...LAYOUT(key),
  `appender.${key}.policies.type = Policies`,
  `appender.${key}.policies.size.type = SizeBasedTriggeringPolicy`,
  `appender.${key}.policies.size.size = ${fileMegabytes}MB`,
  `appender.${key}.strategy.type = DefaultRolloverStrategy`,
  `appender.${key}.strategy.max = ${files}`,
]
const CONSOLES: Record<Where['console'], string[]> = {
  /**
   * Swallows: else everything is written twice, and the output file, meant for what user code prints, grows for ever.
   */
  NULL: ['appender.console.name = ConsoleAppender', 'appender.console.type = Null'],
  STDOUT: [
    'appender.console.name = ConsoleAppender',
    'appender.console.type = Console',
    'appender.console.target = SYSTEM_OUT',
    ...LAYOUT('console'),
  ],
}
const LOGGERS = [
  'logger.pekko.name = org.apache.pekko',
  'logger.pekko.level = INFO',
  'logger.akka.name = akka',
  'logger.akka.level = INFO',
  'logger.kafka.name = org.apache.kafka',
  'logger.kafka.level = INFO',
  'logger.hadoop.name = org.apache.hadoop',
  'logger.hadoop.level = INFO',
  'logger.zookeeper.name = org.apache.zookeeper',
  'logger.zookeeper.level = INFO',
  'logger.shaded_zookeeper.name = org.apache.flink.shaded.zookeeper3',
  'logger.shaded_zookeeper.level = INFO',
  'logger.netty.name = org.jboss.netty.channel.DefaultChannelPipeline',
  'logger.netty.level = OFF',
]

/** Appender names of Flink's own files; a fragment may refer to them without defining them. */
const known = (where: Where): Record<string, string[]> => ({
  ConsoleAppender: CONSOLES[where.console],
  RollingFileAppender: FILE('rolling', 'RollingFileAppender', where),
  MainAppender: FILE('main', 'MainAppender', where),
})

export const LOG4J_FILE = 'log4j-console.properties'

function properties(text: string): Map<string, string> {
  const entries = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const text = line.trim()
    const end = text.search(/[\s=:]/)
    const value = text.slice(end).trimStart()
    if (end > 0 && !/^[#!]/.test(text) && /^[=:]/.test(value))
      entries.set(text.slice(0, end), value.slice(1).trimStart())
  }
  return entries
}

/**
 * The configuration in effect: the caller's text, preceded by whatever it needs and does not define. A text that
 * defines its appenders itself is left as it is. In a properties file the later line wins, so the caller's does.
 * Without `options` the console is silent, and log files take up to 600 MB a process.
 */
export function composeLog4j(caller: string | undefined, options: Partial<Where> = {}): string {
  const where = { ...DEFAULT, ...options }
  const KNOWN = known(where)
  const byDefault = APPENDERS[where.console]
  if (caller === undefined || properties(caller).size === 0) {
    return [...ROOT, ...KNOWN['ConsoleAppender']!, ...KNOWN['RollingFileAppender']!, ...LOGGERS, ''].join('\n')
  }
  const entries = properties(caller)
  const defined = new Set<string>()
  const referenced = new Set<string>()
  let definesAppenders = false
  let rootAppender = false
  for (const [key, value] of entries) {
    if (/^appender\.[^.]+\.type$/.test(key)) definesAppenders = true
    if (/^appender\.[^.]+\.name$/.test(key)) defined.add(value)
    if (/\.appenderRef\.[^.]+\.ref$/.test(key)) referenced.add(value)
    if (/^rootLogger\.appenderRef\./.test(key)) rootAppender = true
    // The short form `rootLogger = INFO, console` names appenders by their key.
    if (key === 'rootLogger') rootAppender = value.includes(',')
  }
  const lines: string[] = []
  if (!entries.has('monitorInterval')) lines.push('monitorInterval = 30')
  if (!definesAppenders) lines.push(...LOGGERS)
  if (!entries.has('rootLogger') && !entries.has('rootLogger.level')) lines.push(ROOT[0]!)
  if (!rootAppender) {
    for (const [key, name] of byDefault) {
      lines.push(`rootLogger.appenderRef.${key}.ref = ${name}`)
      referenced.add(name)
    }
  }
  for (const name of referenced) if (!defined.has(name)) lines.push(...(KNOWN[name] ?? []))
  const missing = [...referenced].filter((name) => !defined.has(name) && KNOWN[name] === undefined)
  const logsSomewhere = [...referenced].some((name) => !missing.includes(name)) || definesAppenders
  if (!logsSomewhere) {
    for (const [key, name] of byDefault) lines.push(`rootLogger.appenderRef.weir-${key}.ref = ${name}`, ...KNOWN[name]!)
  }
  // A reference to an appender that nobody defines is an error at start-up: it goes nowhere instead.
  for (const [index, name] of missing.entries()) {
    lines.push(`appender.missing${index}.name = ${name}`, `appender.missing${index}.type = Null`)
  }
  return [...lines, caller.trimEnd(), ''].join('\n')
}
