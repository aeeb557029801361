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
	ticker := time.NewTicker(heartbeatInterval)
	defer ticker.Stop()
	for announced := false; ; {
		switch err := write(ctx, backend, local.Name, config); {
		case err != nil && ctx.Err() == nil:
			log.Warn("not announced this time", "cluster", local.Name, "error", err)
		case err == nil && !announced:
			announced = true
			out.print(event{Event: "announced", Cluster: local.Name, ID: local.ID, Cilium: ciliumVersion()})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// write writes the cluster-config, if it is not there, and the heartbeat. As with Cilium's operator, a failure is no reason to end: the
// next round tries again.
func write(ctx context.Context, backend kvstore.BackendOperations, name string, config types.CiliumClusterConfig) error {
	if err := clustercfg.Set(ctx, name, config, backend); err != nil {
		return fmt.Errorf("cluster-config: %w", err)
	}
	now := []byte(time.Now().Format(time.RFC3339))
	if err := backend.Update(ctx, kvstore.HeartbeatPath, now, true); err != nil {
		return fmt.Errorf("heartbeat: %w", err)
	}
	return nil
}
