#!/usr/bin/env bash
# Values of config.yaml that look like numbers do not reach Flink as they were written, though every option is text to begin with.
#
# Versions: org.apache.flink:flink-core 1.20.0 and 2.0.0 (Maven Central), Java 17.
# Expected: `0123` is the text 0123, as it was in flink-conf.yaml. Most people know of YAML's `yes` and `on`.
# Seen, on both: `yes`, `on`, dates and `12:30:45` are safe (the parser speaks YAML 1.2), numbers are not: a leading zero goes
# (0123 -> 123, 08 -> 8), so does a trailing one (1.10 -> 1.1, a version say), 0x1F and 0o17 become decimal, 123456789.123 becomes
# 1.23456789123E8, and a long fraction loses digits. An access key or an account number of digits alone is another one afterwards.
# And an option without a value, which flink-conf.yaml skips, ends the process: "Value must not be null."
# So whoever writes config.yaml by a program quotes every value, also "harmless" ones.
#
# Needs mvn and a JDK. Run: bash findings/flink-config-yaml-rewrites-values.sh
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >Probe.java <<'JAVA'
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.GlobalConfiguration;

public class Probe {
  public static void main(String[] args) throws Exception {
    var values = new String[] {"yes", "12:30:45", "0123", "08", "1.10", "0x1F", "123456789.123", "\"0123\"", ""};
    for (var value : values) {
      var conf = Files.createTempDirectory(Path.of("."), "conf");
      Files.writeString(conf.resolve("config.yaml"), "key: " + value + "\n");
      System.out.println(value + " -> " + read(conf));
    }
  }

  private static String read(Path conf) {
    try {
      return GlobalConfiguration.loadConfiguration(conf.toString()).toMap().get("key");
    } catch (RuntimeException error) {
      Throwable cause = error;
      while (cause.getCause() != null) cause = cause.getCause();
      return cause.getMessage();
    }
  }
}
JAVA

wanted='yes -> yes
12:30:45 -> 12:30:45
0123 -> 123
08 -> 8
1.10 -> 1.1
0x1F -> 31
123456789.123 -> 1.23456789123E8
"0123" -> 0123
 -> Value must not be null.'
for version in 1.20.0 2.0.0; do
  mkdir "$version"
  cat >"$version/pom.xml" <<POM
<project><modelVersion>4.0.0</modelVersion><groupId>probe</groupId><artifactId>probe</artifactId><version>1</version>
<dependencies><dependency><groupId>org.apache.flink</groupId><artifactId>flink-core</artifactId><version>$version</version></dependency></dependencies></project>
POM
  mvn -q -B -Dstyle.color=never -f "$version/pom.xml" dependency:copy-dependencies -DoutputDirectory="$folder/$version/lib"
  javac -cp "$version/lib/*" -d "$version" Probe.java
  seen=$(java --add-opens=java.base/java.lang=ALL-UNNAMED -cp "$version/lib/*:$version" Probe 2>/dev/null)
  printf 'flink-core %s\n%s\n' "$version" "$seen"
  [ "$seen" = "$wanted" ] || { echo "changed: expected"; echo "$wanted"; exit 1; }
done
echo 'as described'
