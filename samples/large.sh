#!/bin/sh
# Writes a large mesh to stdout: a CA, an etcd of one member and NODES nodes for each of CLUSTERS clusters.
#
#   large.sh [CLUSTERS [NODES]] > mesh.yaml     default 255 clusters (at most 511) of 20 nodes (at most 999)
#
# Cluster I has id I; its pods a /17 of 10.0.0.0/8, its nodes and its etcd a /22 of 172.16.0.0/12.
set -eu

clusters=${1:-255} nodes=${2:-20}
for number in "$clusters" "$nodes"; do
    case $number in '' | *[!0-9]*) echo "large: \`$number\` is not a number" >&2; exit 2 ;; esac
done
if [ "$clusters" -lt 1 ] || [ "$clusters" -gt 511 ] || [ "$nodes" -lt 1 ] || [ "$nodes" -gt 999 ]; then
    echo 'usage: large.sh [CLUSTERS [NODES]]   1 to 511 clusters of 1 to 999 nodes' >&2
    exit 2
fi

cat <<MESH
version: 1
mesh: large
cilium:
  version: "1.20"
  maxConnectedClusters: $([ "$clusters" -gt 255 ] && echo 511 || echo 255)
  policyDefaultLocalCluster: true
  routingMode: tunnel
  tunnelProtocol: vxlan
  encryption: none
trust:
  authority: per-cluster
defaults:
  runtime: compose
clusters:
MESH

awk -v clusters="$clusters" -v nodes="$nodes" 'BEGIN {
    for (id = 1; id <= clusters; id++) {
        name = sprintf("c%03d", id)
        net = sprintf("172.%d.%d", 16 + int(id * 4 / 256), id * 4 % 256)
        printf "- name: %s\n  id: %d\n", name, id
        printf "  etcd:\n    endpoints:\n    - https://%s.2:2379\n", net
        printf "    localClients: true\n"
        printf "    members:\n    - name: etcd1\n      addresses:\n      - %s.2\n", net
        printf "  podCIDRs:\n  - 10.%d.%d.0/17\n", int(id / 2), id % 2 * 128
        printf "  nodeCIDRs:\n  - %s.0/22\n", net
        printf "  nodes:\n  - \"%s-n[001:%03d]\"\n", name, nodes
    }
}'
