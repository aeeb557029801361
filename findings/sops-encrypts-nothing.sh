#!/bin/sh
# sops with the expression that Flux documents for Secrets encrypts nothing in a HelmChartConfig, and reports success.
#
# Versions:  github.com/getsops/sops/v3 v3.13.3, filippo.io/age v1.3.1 (Go modules)
# Behaviour: `--encrypted-regex '^(data|stringData)$'` matches no key of a HelmChartConfig, whose values are in `spec.valuesContent`. sops
#            exits with 0, prints no warning, and adds its block with recipient and MAC. Every value is in clear. `sops filestatus` says
#            `encrypted: true`, and `sops decrypt` succeeds. With `valuesContent` in the expression it encrypts.
# Matters:   guides put the key of the shared CA into the values (`tls.ca.key`). In a repository with this expression in `.sops.yaml`, the key
#            of every cluster's CA is in git in clear, in a file that hooks and reviewers take for an encrypted one.
# Output:    below, after `wanted`
set -eu
command -v go >/dev/null || { echo "missing: go" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{
    GOBIN=$work go install github.com/getsops/sops/v3/cmd/sops@v3.13.3
    GOBIN=$work go install filippo.io/age/cmd/age-keygen@v1.3.1
    ./age-keygen -o age.key
} >log 2>&1 || { cat log >&2; exit 2; }
export SOPS_AGE_KEY_FILE="$work/age.key"
secret='c2VjcmV0IG9mIHRoZSBDQQ=='
cat >secret.yaml <<EOF
apiVersion: v1
kind: Secret
metadata: {name: cilium-ca}
data:
  ca.key: $secret
EOF
cat >config.yaml <<EOF
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: rke2-cilium, namespace: kube-system}
spec:
  valuesContent: |
    tls:
      ca:
        key: $secret
EOF
try() { # file expression
    ./sops encrypt --age "$(./age-keygen -y age.key)" --encrypted-regex "$2" "$1" >sealed.yaml 2>warnings && status=0 || status=$?
    ! grep -q "$secret" sealed.yaml && key='sealed' || key='in clear'
    ./sops decrypt sealed.yaml >/dev/null 2>>warnings && opened=0 || opened=$?
    echo "$1, $2: exit $status, $(wc -c <warnings) bytes of warnings, the key is $key, $(./sops filestatus sealed.yaml), decrypt exits $opened"
}
{
    try secret.yaml '^(data|stringData)$'
    try config.yaml '^(data|stringData)$'
    try config.yaml '^(data|stringData|valuesContent)$'
} >seen
cat >wanted <<'EOF'
secret.yaml, ^(data|stringData)$: exit 0, 0 bytes of warnings, the key is sealed, {"encrypted":true}, decrypt exits 0
config.yaml, ^(data|stringData)$: exit 0, 0 bytes of warnings, the key is in clear, {"encrypted":true}, decrypt exits 0
config.yaml, ^(data|stringData|valuesContent)$: exit 0, 0 bytes of warnings, the key is sealed, {"encrypted":true}, decrypt exits 0
EOF
./sops --version --disable-version-check 2>/dev/null | head -n 1
cat seen
diff wanted seen
