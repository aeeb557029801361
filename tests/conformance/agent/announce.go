package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/cilium/cilium/pkg/clustermesh/clustercfg"
	"github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/kvstore"
)

const (
	// connectTimeout is how long an etcd may take to answer; Cilium's own limit is 15 minutes.
	connectTimeout = 30 * time.Second
	// heartbeatInterval is shorter than the minute of Cilium's operator, as tests are.
	heartbeatInterval = 10 * time.Second
)

// announce keeps in an etcd what Cilium's operator keeps there, until ctx ends: the cluster-config and the heartbeat.
func announce(ctx context.Context, log *slog.Logger, local types.ClusterInfo, etcdConfig string, out *printer) error {
	backend, connected := kvstore.NewClient(ctx, log, kvstore.EtcdBackendName,
		map[string]string{kvstore.EtcdOptionConfig: etcdConfig}, kvstore.ExtraOptions{NoLockQuorumCheck: true})
	select {
	case err := <-connected:
		if err != nil {
			return fmt.Errorf("etcd of %s: %w", local.Name, err)
		}
	case <-time.After(connectTimeout):
		return fmt.Errorf("etcd of %s: no connection within %s", local.Name, connectTimeout)
	}
	defer backend.Close()

	config := types.CiliumClusterConfig{
		ID:           local.ID,
		Capabilities: types.CiliumClusterConfigCapabilities{MaxConnectedClusters: local.MaxConnectedClusters},
	}
	if err := clustercfg.Set(ctx, local.Name, config, backend); err != nil {
		return fmt.Errorf("cluster-config of %s: %w", local.Name, err)
	}

	ticker := time.NewTicker(heartbeatInterval)
	defer ticker.Stop()
	for announced := false; ; announced = true {
		now := []byte(time.Now().Format(time.RFC3339))
		if err := backend.Update(ctx, kvstore.HeartbeatPath, now, true); err != nil && ctx.Err() == nil {
			return fmt.Errorf("heartbeat of %s: %w", local.Name, err)
		}
		if !announced {
			out.print(event{Event: "announced", Cluster: local.Name, ID: local.ID, Cilium: ciliumVersion()})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
