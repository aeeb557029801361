#!/bin/sh
# Runs `meshbundle generate` with the arguments given, and copies what Argo CD and Flux read into clusters/. Commit the result.
#
#   ./update.sh --create-authorities     # the first time
#   ./update.sh
set -eu
cd "$(dirname "$0")"
meshbundle generate mesh.yaml "$@"
for helm in out/bundles/*/helm; do
    cluster=${helm#out/bundles/}
    cluster=${cluster%/helm}
    objects=$(sed -n 's/^- //p' "$helm/kustomization.yaml")
    for object in $objects; do
        # A Secret that sops has encrypted is still a Secret.
        if grep -q '^kind: Secret$' "$helm/$object" && ! grep -q '^sops:$' "$helm/$object"; then
            echo "$helm/$object has keys in clear: set \`secrets.filter\` in mesh.yaml" >&2
            exit 1
        fi
    done
    target=clusters/$cluster/clustermesh
    rm -rf "$target"
    for file in kustomization.yaml $objects; do
        mkdir -p "$(dirname "$target/$file")"
        cp "$helm/$file" "$target/$file"
    done
    cp "$helm/values.yaml" "clusters/$cluster/cilium/values.yaml"
done
