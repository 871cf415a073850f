#!/usr/bin/env bash
# Log4j's filePattern is a pattern as a whole: a `%` in the name of a folder above the log begins a conversion, too.
#
# Version: org.apache.logging.log4j:log4j-core 2.24.3 (Maven Central), Java 17.
# Expected: with `fileName = ${sys:log.file}` and `filePattern = ${sys:log.file}.%i`, which Flink's own configurations have, full logs
# are kept beside the log, wherever that is.
# Seen: in the folder "50%done" the log is written, but full logs go to a folder "50" + a date beside it, made without a word: `%d` is
# the date. What keeps logs by looking into the folder of the log (or deletes them there) never sees them. A path relative to the
# working directory names no such folder.
#
# Needs mvn and a JDK. Run: bash findings/log4j-file-pattern-reads-the-folders-above.sh
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >pom.xml <<'POM'
<project><modelVersion>4.0.0</modelVersion><groupId>probe</groupId><artifactId>probe</artifactId><version>1</version>
<dependencies><dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId><version>2.24.3</version></dependency></dependencies></project>
POM
mvn -q -B -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=lib

cat >Probe.java <<'JAVA'
import org.apache.logging.log4j.LogManager;

public class Probe {
  public static void main(String[] args) {
    var log = LogManager.getLogger(Probe.class);
    for (int line = 0; line < 30; line++) log.error("a line of a log that is full after a few of them: {}", line);
    LogManager.shutdown();
  }
}
JAVA
javac -cp 'lib/*' -d . Probe.java

cat >log4j.properties <<'CONF'
rootLogger.level = INFO
rootLogger.appenderRef.rolling.ref = Rolling
appender.rolling.name = Rolling
appender.rolling.type = RollingFile
appender.rolling.fileName = ${sys:log.file}
appender.rolling.filePattern = ${sys:log.file}.%i
appender.rolling.layout.type = PatternLayout
appender.rolling.policies.type = Policies
appender.rolling.policies.size.type = SizeBasedTriggeringPolicy
appender.rolling.policies.size.size = 500B
CONF

logs() {
  rm -rf "$folder"/out && mkdir -p "$folder/out/50%done/log" && cd "$folder/out/50%done"
  java -Dlog4j.configurationFile="$folder/log4j.properties" -Dlog.file="$1" -cp "$folder/lib/*:$folder" Probe
  cd "$folder/out" && find . -type f | sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T?[-0-9:,._]*/DATE/' | sed -E 's/log\.[0-9]+$/log.N/' | sort -u
}

absolute=$(logs "$folder/out/50%done/log/a.log")
relative=$(logs log/a.log)
printf 'absolute:\n%s\nrelative:\n%s\n' "$absolute" "$relative"
[ "$absolute" = $'./50%done/log/a.log\n./50DATEone/log/a.log.N' ] || { echo 'changed: full logs are elsewhere'; exit 1; }
[ "$relative" = $'./50%done/log/a.log\n./50%done/log/a.log.N' ] || { echo 'changed: a relative path does not help'; exit 1; }
echo 'as described'
