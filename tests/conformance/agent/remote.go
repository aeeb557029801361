package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/cilium/cilium/pkg/clustermesh/common"
	"github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/kvstore"
	"github.com/cilium/cilium/pkg/kvstore/store"
)

// watched is what an agent lists and watches of a remote cluster (pkg/clustermesh/remote_cluster.go, Run), by the prefix whose
// canary it waits for where the cluster has them. They are spelled out, as the packages that hold the constants bring the whole
// datapath with them. A cluster that kvstoremesh has copied is `cached`, and has other prefixes.
func watched(cluster string, cached bool) map[string]string {
	if cached {
		return map[string]string{
			kvstore.CachePrefix + "/nodes/v1":      kvstore.CachePrefix + "/nodes/v1/" + cluster + "/",
			kvstore.CachePrefix + "/services/v1":   kvstore.CachePrefix + "/services/v1/" + cluster + "/",
			kvstore.CachePrefix + "/identities/v1": kvstore.CachePrefix + "/identities/v1/" + cluster + "/id",
			kvstore.CachePrefix + "/ip/v1":         kvstore.CachePrefix + "/ip/v1/" + cluster + "/",
		}
	}
	return map[string]string{
		kvstore.StatePrefix + "/nodes/v1":      kvstore.StatePrefix + "/nodes/v1/" + cluster + "/",
		kvstore.StatePrefix + "/services/v1":   kvstore.StatePrefix + "/services/v1/" + cluster + "/",
		kvstore.StatePrefix + "/identities/v1": kvstore.StatePrefix + "/identities/v1/id",
		kvstore.StatePrefix + "/ip/v1":         kvstore.StatePrefix + "/ip/v1/default/",
	}
}

// remoteCluster does what the agent's own does with a connection, save that it keeps nothing of what it reads.
type remoteCluster struct {
	name   string
	local  types.ClusterInfo
	status common.StatusFunc
	ids    *clusterIDs
	log    *slog.Logger
	out    *printer

	mutex     sync.Mutex
	id        uint32
	unsynced  int  // prefixes not yet listed in the current run
	running   bool // a run has begun and not ended
	connected bool // as last printed
	ready     bool // as last printed
}

// Run implements common.RemoteCluster.
func (rc *remoteCluster) Run(
	ctx context.Context, backend kvstore.BackendOperations, config types.CiliumClusterConfig, ready chan<- error,
) {
	defer close(ready)
	if err := rc.begin(config); err != nil {
		rc.out.print(event{Event: "refused", Cluster: rc.name, ID: config.ID, Error: err.Error()})
		ready <- err
		return
	}
	defer rc.end()

	manager := store.NewWatchStoreManagerImmediate(rc.log)
	if config.Capabilities.SyncedCanaries {
		manager = store.NewFactory(rc.log, store.MetricsProvider()).NewWatchStoreManager(backend, rc.name)
	}
	for canary, prefix := range watched(rc.name, config.Capabilities.Cached) {
		manager.Register(canary, func(ctx context.Context) {
			for e := range backend.ListAndWatch(ctx, prefix) {
				switch {
				case e.Typ == kvstore.EventTypeListDone:
					rc.synced()
				case e.Typ == kvstore.EventTypeCreate && strings.HasSuffix(canary, "/nodes/v1"):
					rc.out.print(event{Event: "node", Cluster: rc.name, Key: e.Key})
				}
			}
		})
	}

	// The agent, too, says so before anything is listed: the listing shows in its status only.
	ready <- nil
	manager.Run(ctx)
}

func (rc *remoteCluster) begin(config types.CiliumClusterConfig) error {
	if err := rc.local.ValidateRemoteConfig(config); err != nil {
		return err
	}
	if err := rc.ids.reserve(rc.name, config.ID); err != nil {
		return err
	}

	rc.mutex.Lock()
	defer rc.mutex.Unlock()
	rc.id, rc.unsynced, rc.running = config.ID, len(watched(rc.name, config.Capabilities.Cached)), true
	rc.out.print(event{Event: "run", Cluster: rc.name, ID: config.ID})
	return nil
}

func (rc *remoteCluster) synced() {
	rc.mutex.Lock()
	defer rc.mutex.Unlock()
	rc.unsynced--
}

func (rc *remoteCluster) end() {
	rc.mutex.Lock()
	defer rc.mutex.Unlock()
	rc.running = false
	if rc.ready {
		rc.ready = false
		rc.out.print(event{Event: "not-ready", Cluster: rc.name, ID: rc.id})
	}
	rc.out.print(event{Event: "run-ended", Cluster: rc.name, ID: rc.id})
}

// Stop implements common.RemoteCluster: the agent ends, or the config is gone.
func (rc *remoteCluster) Stop() {
	rc.out.print(event{Event: "stop", Cluster: rc.name})
}

// Remove implements common.RemoteCluster: the config is gone, and everything known of the cluster is drained.
func (rc *remoteCluster) Remove(context.Context) {
	rc.ids.release(rc.name)
	rc.out.print(event{Event: "remove", Cluster: rc.name})
}

// RevokeCache implements common.RemoteCluster from Cilium 1.19 on.
func (rc *remoteCluster) RevokeCache(context.Context) {
	rc.out.print(event{Event: "revoke-cache", Cluster: rc.name})
}

// report prints what has changed in the status. A link is ready when Cilium says so and, as in the agent's Status, all is listed.
func (rc *remoteCluster) report(numReady int) {
	status := rc.status()

	rc.mutex.Lock()
	defer rc.mutex.Unlock()
	if status.Connected != rc.connected {
		rc.connected = status.Connected
		name := "connected"
		if !status.Connected {
			name = "disconnected"
		}
		rc.out.print(event{Event: name, Cluster: rc.name, Error: status.Status})
	}
	if status.Ready && rc.running && rc.unsynced == 0 && !rc.ready {
		rc.ready = true
		rc.out.print(event{Event: "ready", Cluster: rc.name, ID: rc.id, Ready: numReady})
	}
}

// clusterIDs reserves ids as the agent does (pkg/clustermesh/idsmgr.go): no two clusters may have the same.
type clusterIDs struct {
	mutex sync.Mutex
	local uint32
	used  map[string]uint32
}

func newClusterIDs(local uint32) *clusterIDs {
	return &clusterIDs{local: local, used: map[string]uint32{}}
}

func (ids *clusterIDs) reserve(cluster string, id uint32) error {
	ids.mutex.Lock()
	defer ids.mutex.Unlock()
	if id == ids.local {
		return fmt.Errorf("clusterID %d is assigned to the local cluster", id)
	}
	for other, used := range ids.used {
		if used == id && other != cluster {
			return fmt.Errorf("clusterID %d is already used", id)
		}
	}
	ids.used[cluster] = id
	return nil
}

func (ids *clusterIDs) release(cluster string) {
	ids.mutex.Lock()
	defer ids.mutex.Unlock()
	delete(ids.used, cluster)
}
