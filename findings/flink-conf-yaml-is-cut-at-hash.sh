#!/usr/bin/env bash
# A `#` within a value of flink-conf.yaml ends the value, also inside quotes, and the quote that is left becomes part of it.
#
# Versions: org.apache.flink:flink-core 1.17.1 and 1.20.0 (Maven Central), Java 17.
# Expected: as in YAML, where `#` begins a comment only after white space, and never inside quotes.
# Seen, on both: `s3.secret-key: ab#cd` is read as `ab`; `s3.secret-key: "ab#cd"` as `"ab`, with the quote. Nothing is logged; what
# fails is the request to S3. There is no way to write such a value in that file: `-D` arguments carry it. Flink 1.20 reads the
# file like this, too, as long as it is there; only config.yaml is parsed as YAML.
#
# Needs mvn and a JDK. Run: bash findings/flink-conf-yaml-is-cut-at-hash.sh
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >Probe.java <<'JAVA'
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import org.apache.flink.configuration.GlobalConfiguration;

public class Probe {
  public static void main(String[] args) throws Exception {
    var conf = Files.createDirectories(Path.of("conf"));
    Files.writeString(conf.resolve("flink-conf.yaml"), "bare: ab#cd\nquoted: \"ab#cd\"\n");
    System.out.println(new TreeMap<>(GlobalConfiguration.loadConfiguration(conf.toString()).toMap()));
  }
}
JAVA

wanted='{bare=ab, quoted="ab}'
for version in 1.17.1 1.20.0; do
  mkdir "$version"
  cat >"$version/pom.xml" <<POM
<project><modelVersion>4.0.0</modelVersion><groupId>probe</groupId><artifactId>probe</artifactId><version>1</version>
<dependencies><dependency><groupId>org.apache.flink</groupId><artifactId>flink-core</artifactId><version>$version</version></dependency></dependencies></project>
POM
  mvn -q -B -Dstyle.color=never -f "$version/pom.xml" dependency:copy-dependencies -DoutputDirectory="$folder/$version/lib"
  javac -cp "$version/lib/*" -d "$version" Probe.java
  seen=$(java --add-opens=java.base/java.lang=ALL-UNNAMED -cp "$version/lib/*:$version" Probe 2>/dev/null)
  printf 'flink-core %s: %s\n' "$version" "$seen"
  [ "$seen" = "$wanted" ] || { echo "changed: expected $wanted"; exit 1; }
done
echo 'as described'
