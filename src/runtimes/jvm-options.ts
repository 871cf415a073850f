/** JVM options that Flink needs wherever it runs. */

/**
 * From Java 25 on a CompletableFuture uses the common pool even where that has one thread, which Flink blocks while a
 * job is set up: submissions at the same time then wait for each other for ever.
 */
export const COMMON_POOL_OPTION = '-Djava.util.concurrent.ForkJoinPool.common.parallelism=16'

/**
 * Flink's own `env.java.opts.all` since 1.18; 1.17 dies on Java 17 without the first one. Harmless on every version and
 * JDK tried.
 */
export const MODULE_OPTIONS: readonly string[] = [
  ...[
    'java.base/sun.net.util',
    'java.rmi/sun.rmi.registry',
    'jdk.compiler/com.sun.tools.javac.api',
    'jdk.compiler/com.sun.tools.javac.file',
    'jdk.compiler/com.sun.tools.javac.parser',
    'jdk.compiler/com.sun.tools.javac.tree',
    'jdk.compiler/com.sun.tools.javac.util',
    'java.security.jgss/sun.security.krb5',
  ].map((name) => `--add-exports=${name}=ALL-UNNAMED`),
  ...[
    'lang',
    'net',
    'io',
    'nio',
    'lang.reflect',
    'text',
    'time',
    'util',
    'util.concurrent',
    'util.concurrent.atomic',
    'util.concurrent.locks',
  ].map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
]
