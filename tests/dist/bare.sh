# The first minute, on a root that holds busybox and meshbundle and nothing else, not even /dev/null; run by busybox's own shell.
set -eu
cd /home
meshbundle init
meshbundle lint mesh.yaml
meshbundle plan mesh.yaml --out out >>log
meshbundle generate mesh.yaml --out out --create-authorities
(cd out && sha256sum -c SHA256SUMS >>../log)
meshbundle verify out/bundles/*/*/*.tar.gz >>log

# From a state that was made elsewhere.
cd /same
meshbundle generate mesh.yaml --out out
meshbundle verify out/bundles/*/*/*.tar.gz --mesh mesh.yaml >>log
