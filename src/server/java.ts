/** The Java that this server would run Flink with, for commands that check a machine beforehand. */
import { findJava, type Java } from '../runtimes/local/java.ts'

/** Throws a Failure whose message says what to install. */
export const javaForFlink = (flinkVersion: string): Promise<Java> => findJava(flinkVersion)
