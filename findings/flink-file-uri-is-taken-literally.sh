#!/usr/bin/env bash
# Flink's own Path does not decode a file URI that it is given as text: `%20` is three characters of a folder's name.
#
# Versions: org.apache.flink:flink-core 1.17.1, 1.20.0, 2.0.0 (Maven Central), Java 17.
# Expected: a text made by Java's own `Path.toUri()` of the folder "my checkpoints" names that folder.
# Seen, on all three: a file is written to a new folder "my%20checkpoints" beside it, without a word. The same URI handed over as
# a java.net.URI object is decoded and finds the folder. So whoever puts `toUri().toString()` of a folder with a space, a `%` or a
# letter beyond ASCII into `state.checkpoints.dir` gets checkpoints where nobody looks for them.
#
# Needs mvn and a JDK. Run: bash findings/flink-file-uri-is-taken-literally.sh
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >Probe.java <<'JAVA'
import java.nio.file.Files;
import java.util.stream.Collectors;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.core.fs.Path;

public class Probe {
  public static void main(String[] args) throws Exception {
    var base = Files.createTempDirectory(java.nio.file.Path.of("."), "base").toRealPath();
    var wanted = Files.createDirectory(base.resolve("my checkpoints"));
    var text = new Path(wanted.toUri() + "state");
    text.getFileSystem().create(text, WriteMode.NO_OVERWRITE).close();
    try (var found = Files.walk(base)) {
      System.out.println(found.filter(Files::isRegularFile).map(file -> base.relativize(file).toString()).collect(Collectors.joining()));
    }
    var object = new Path(wanted.toUri());
    System.out.println(object.getFileSystem().exists(object));
  }
}
JAVA

wanted=$'my%20checkpoints/state\ntrue'
for version in 1.17.1 1.20.0 2.0.0; do
  mkdir "$version"
  cat >"$version/pom.xml" <<POM
<project><modelVersion>4.0.0</modelVersion><groupId>probe</groupId><artifactId>probe</artifactId><version>1</version>
<dependencies><dependency><groupId>org.apache.flink</groupId><artifactId>flink-core</artifactId><version>$version</version></dependency></dependencies></project>
POM
  mvn -q -B -Dstyle.color=never -f "$version/pom.xml" dependency:copy-dependencies -DoutputDirectory="$folder/$version/lib"
  javac -cp "$version/lib/*" -d "$version" Probe.java
  seen=$(java -cp "$version/lib/*:$version" Probe 2>/dev/null)
  printf 'flink-core %s\n%s\n' "$version" "$seen"
  [ "$seen" = "$wanted" ] || { echo "changed: expected"; echo "$wanted"; exit 1; }
done
echo 'as described'
