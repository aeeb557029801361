#!/bin/sh
# Cilium's Helm chart writes names of clusters without quotes, and Kubernetes reads some of them as something else.
#
# Versions:  Cilium's charts 1.18.5 and 1.20.2 (github.com/cilium/cilium), Helm 4.3.2, sigs.k8s.io/yaml 1.6.0
# Behaviour: `no`, `on`, `010` and `1e3` are names that Cilium accepts, and they are in quotes in the values. The chart writes `{{ .name }}:`
#            as a key of the Secret `cilium-clustermesh`. Kubernetes' parser makes the keys `false`, `true`, `8` and `1000` of them. Helm
#            prints no warning. `no` and `off` together are one key: one of the two clusters is lost.
# Matters:   agents take the name of a file for the name of the remote cluster. They look for a cluster that does not exist, and never
#            get ready.
# Output:    below, after `wanted`
set -eu
command -v go >/dev/null || { echo "missing: go" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"sigs.k8s.io/yaml"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	var secret struct{ Data map[string]string }
	if err == nil {
		err = yaml.Unmarshal(text, &secret)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	var keys []string
	for key := range secret.Data {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	fmt.Println(keys)
}
EOF
{
    go mod init finding
    go get sigs.k8s.io/yaml@v1.6.0
    go build -o keys .
    GOBIN=$work go install helm.sh/helm/v4/cmd/helm@v4.3.2
} >log 2>&1 || { cat log >&2; exit 2; }
for version in 1.18.5 1.20.2; do
    dir=$(go mod download -json "github.com/cilium/cilium@v$version" | sed -n 's/^.*"Dir": "\(.*\)".*$/\1/p')
    for names in 'oslo' 'no on 010 1e3' 'no off'; do
        {
            printf 'cluster: {name: rome, id: 1}\nclustermesh:\n  useAPIServer: true\n  config:\n    enabled: true\n    clusters:\n'
            for name in $names; do
                printf -- '    - {name: "%s", ips: [192.0.2.1], port: 2379}\n' "$name"
            done
        } >values.yaml
        ./helm template cilium "$dir/install/kubernetes/cilium" --values values.yaml --kube-version 1.34.0 \
            --show-only templates/clustermesh-config/clustermesh-secret.yaml >secret.yaml 2>log || { cat log >&2; exit 2; }
        echo "$version: $names -> $(./keys <secret.yaml)"
    done
done >seen
cat >wanted <<'END'
1.18.5: oslo -> [oslo]
1.18.5: no on 010 1e3 -> [1000 8 false true]
1.18.5: no off -> [false]
1.20.2: oslo -> [oslo]
1.20.2: no on 010 1e3 -> [1000 8 false true]
1.20.2: no off -> [false]
END
cat seen
diff wanted seen
