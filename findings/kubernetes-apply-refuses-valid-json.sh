#!/usr/bin/env bash
# A JSON body that the Kubernetes API server takes by POST is refused by server-side apply ("control characters are not allowed").
#
# Versions: sigs.k8s.io/yaml v1.6.0 (what Kubernetes 1.34 decodes `application/apply-patch+yaml` with; seen there first).
# Expected: YAML 1.2 calls every JSON text a YAML text, so JSON.stringify, json.Marshal or json.dumps(ensure_ascii=False) make a body
# for apply as they do for create.
# Seen: JSON may hold DEL (U+007F), C1 controls, U+FFFE and U+FFFF as they are; YAML's reader refuses each of them, also inside of a
# string. U+0085 is worse: it is taken, and the value is another one afterwards, without a word. U+2028, which YAML 1.1 calls a line
# break as well, stays. With \u escapes all of them are taken, and arrive unchanged. kubectl encodes what it was given anew, so a
# manifest with the escapes is refused there, too.
#
# Needs Go. Run: bash findings/kubernetes-apply-refuses-valid-json.sh
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
export GOPATH="$folder/go" GOFLAGS=-modcacherw

cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"
)

func main() {
	for _, char := range []rune{0x7f, 0x80, 0x85, 0x9f, 0x2028, 0xfffe, 0xffff} {
		raw := fmt.Sprintf("{\"key\": \"a%cb\"}", char)
		escaped := fmt.Sprintf("{\"key\": \"a\\u%04xb\"}", char)
		fmt.Printf("U+%04X json=%v raw=%s escaped=%s\n", char, json.Valid([]byte(raw)), read(raw, char), read(escaped, char))
	}
}

func read(text string, char rune) string {
	var value map[string]string
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return "refused"
	}
	if value["key"] == "a"+string(char)+"b" {
		return "kept"
	}
	return "changed"
}
GO
go mod init probe >/dev/null 2>&1
go get sigs.k8s.io/yaml@v1.6.0 >/dev/null 2>&1
go run . >seen.txt
cat seen.txt
diff seen.txt - <<'SEEN'
U+007F json=true raw=refused escaped=kept
U+0080 json=true raw=refused escaped=kept
U+0085 json=true raw=changed escaped=kept
U+009F json=true raw=refused escaped=kept
U+2028 json=true raw=kept escaped=kept
U+FFFE json=true raw=refused escaped=kept
U+FFFF json=true raw=refused escaped=kept
SEEN
