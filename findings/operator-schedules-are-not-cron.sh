#!/usr/bin/env bash
# A savepoint schedule written as for cron(8) is taken by the Flink Kubernetes Operator without an error, and no savepoint is ever made;
# one that it reads runs on another day.
#
# Version: org.apache.flink:flink-kubernetes-operator 1.7.0 (Maven Central), Java 17.
# Option: kubernetes.operator.periodic.savepoint.interval (and ...checkpoint.interval): "a Duration or a cron expression".
# Expected: cron's five fields, or that an expression that can't be read is refused; a number without a unit refused, or seconds.
# Seen: the expressions are Quartz's, as read by Log4j's own copy of that class. `0 3 * * *` (five fields) and `0 0 3 * * *` (neither day is
# `?`) are neither refused nor carried out: each look at the resource logs a warning in the operator's log, and that is all. A day of the week
# counts from SUN=1: `0 0 3 ? * 1`, Monday for cron, is every Sunday. Durations are Flink's: `60` is 60 milliseconds, so that
# a savepoint is made at each look; `PT1H` and `1h 30m` are nothing, and never due; `0` is off.
#
# Needs mvn and a JDK. Run: bash findings/operator-schedules-are-not-cron.sh
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >pom.xml <<'POM'
<project><modelVersion>4.0.0</modelVersion><groupId>probe</groupId><artifactId>probe</artifactId><version>1</version>
<dependencies><dependency><groupId>org.apache.flink</groupId><artifactId>flink-kubernetes-operator</artifactId><version>1.7.0</version></dependency></dependencies></project>
POM
mvn -q -B -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory="$folder/lib"

# The methods that decide are visible in their package alone.
mkdir -p src/org/apache/flink/kubernetes/operator/utils
cat >src/org/apache/flink/kubernetes/operator/utils/Probe.java <<'JAVA'
package org.apache.flink.kubernetes.operator.utils;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import org.apache.flink.kubernetes.operator.reconciler.SnapshotType;

public class Probe {
  /** A Monday, noon. */
  private static final Date NOW = Date.from(Instant.parse("2026-11-30T12:00:00Z"));

  public static void main(String[] args) {
    for (var text : List.of("0 3 * * *", "0 0 3 * * *", "0 0 3 * * ?", "0 0 3 ? * 1", "60", "PT1H", "1h 30m", "0", "1 h")) {
      var read = SnapshotUtils.interpretAsInterval(text).map(Object::toString)
          .or(() -> SnapshotUtils.interpretAsCron(text)
              .map(cron -> "next on " + cron.getNextValidTimeAfter(NOW).toInstant().atZone(ZoneOffset.UTC).getDayOfWeek()))
          .orElse("nothing");
      // The last one was made ten years ago: whatever is a schedule is due.
      var due = SnapshotUtils.shouldTriggerAutomaticSnapshot(SnapshotType.SAVEPOINT, text, Instant.now().minusSeconds(315_360_000));
      System.out.println(text + " | " + read + " | due after ten years: " + due);
    }
  }
}
JAVA
cp="lib/*:classes"
javac -cp "lib/*" -d classes src/org/apache/flink/kubernetes/operator/utils/Probe.java
seen=$(TZ=UTC java -Duser.timezone=UTC --add-opens=java.base/java.lang=ALL-UNNAMED -cp "$cp" org.apache.flink.kubernetes.operator.utils.Probe 2>/dev/null |
  sed 's/\x1b\[[0-9;]*m//g' | grep ' | ')
wanted='0 3 * * * | nothing | due after ten years: false
0 0 3 * * * | nothing | due after ten years: false
0 0 3 * * ? | next on TUESDAY | due after ten years: true
0 0 3 ? * 1 | next on SUNDAY | due after ten years: true
60 | PT0.06S | due after ten years: true
PT1H | nothing | due after ten years: false
1h 30m | nothing | due after ten years: false
0 | PT0S | due after ten years: false
1 h | PT1H | due after ten years: true'
printf 'flink-kubernetes-operator 1.7.0:\n%s\n' "$seen"
[ "$seen" = "$wanted" ] || { printf 'changed: expected\n%s\n' "$wanted"; exit 1; }
echo 'as described'
