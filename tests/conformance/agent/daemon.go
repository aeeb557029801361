package main

import (
	"context"
	"log/slog"

	"github.com/cilium/cilium/pkg/kvstore"
)

// daemon is as much of an agent as its options alone start: it joins its own etcd, if they name one, and watches the folder of its
// peers until ctx ends.
func daemon(ctx context.Context, log *slog.Logger, options localOptions, out *printer) error {
	// daemon/cmd checks the cluster as soon as the options are read.
	if err := options.cluster.InitClusterIDMax(); err != nil {
		return err
	}
	if err := options.cluster.ValidateStrict(); err != nil {
		return err
	}
	if options.kvstore.KVStore != kvstore.DisabledBackendName {
		if err := own(ctx, log, options, out); err != nil {
			return err
		}
	}
	return watch(ctx, log, options.cluster, options.peers.ClusterMeshConfig, out)
}
