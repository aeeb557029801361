package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/cilium/cilium/pkg/clustermesh/common"
	"github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/defaults"
	"github.com/cilium/cilium/pkg/kvstore"
)

// statusInterval is how often the status of all remote clusters is looked at.
const statusInterval = 50 * time.Millisecond

// watch connects with the clusters of dir as an agent of the local cluster does, and prints what happens, until ctx ends.
func watch(ctx context.Context, log *slog.Logger, local types.ClusterInfo, dir string, out *printer) error {
	// The agent's defaults, from pkg/defaults and the flags of pkg/kvstore/cell.go.
	mesh := newMesh(log, local, dir, out, common.DefaultRemoteClientFactory(kvstore.Config{
		KVStoreLeaseTTL:                   defaults.KVstoreLeaseTTL,
		KVstoreMaxConsecutiveQuorumErrors: defaults.KVstoreMaxConsecutiveQuorumErrors,
	}))
	if err := mesh.Start(ctx); err != nil {
		return err
	}

	ticker := time.NewTicker(statusInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return mesh.Stop(context.Background())
		case <-ticker.C:
			ready := mesh.NumReadyClusters()
			_ = mesh.ForEachRemoteCluster(func(cluster common.RemoteCluster) error {
				cluster.(*remoteCluster).report(ready)
				return nil
			})
		}
	}
}
