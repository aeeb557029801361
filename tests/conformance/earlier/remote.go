package main

import (
	"context"
	"sync"

	"github.com/cilium/cilium/pkg/clustermesh/common"
	"github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/kvstore"
	"github.com/cilium/cilium/pkg/kvstore/store"
)

// watched is what an agent lists and watches of a remote cluster (pkg/clustermesh/remote_cluster.go, Run), by the prefix whose canary it
// waits for where the cluster has them. A cluster that kvstoremesh has copied is `cached`, and has other prefixes.
func watched(cluster string, cached bool) map[string]string {
	top, addresses, identities := kvstore.BaseKeyPrefix+"/state", "default", ""
	if cached {
		top, addresses, identities = kvstore.BaseKeyPrefix+"/cache", cluster, cluster+"/"
	}
	return map[string]string{
		top + "/nodes/v1":      top + "/nodes/v1/" + cluster + "/",
		top + "/services/v1":   top + "/services/v1/" + cluster + "/",
		top + "/ip/v1":         top + "/ip/v1/" + addresses + "/",
		top + "/identities/v1": top + "/identities/v1/" + identities + "id",
	}
}

// remoteCluster does what the agent's own does with a connection, save that it keeps nothing of what it reads. What each release calls
// it by is in release_1_15.go and release_1_16.go.
type remoteCluster struct {
	name   string
	local  types.ClusterInfo
	status common.StatusFunc
	out    *printer

	mutex    sync.Mutex
	id       uint32
	unsynced int  // prefixes not yet listed in the current run
	running  bool // a run has begun and not ended
	ready    bool // as last printed
}

func (rc *remoteCluster) run(
	ctx context.Context, backend kvstore.BackendOperations, config types.CiliumClusterConfig, ready chan<- error,
) {
	defer close(ready)
	if err := validate(rc.local, config); err != nil {
		rc.out.print(event{Event: "refused", Cluster: rc.name, ID: config.ID, Error: err.Error()})
		ready <- err
		return
	}
	prefixes := watched(rc.name, config.Capabilities.Cached)
	rc.begin(config.ID, len(prefixes))
	defer rc.end()

	manager := store.NewWatchStoreManagerImmediate(rc.name)
	if config.Capabilities.SyncedCanaries {
		manager = store.NewFactory(store.MetricsProvider()).NewWatchStoreManager(backend, rc.name)
	}
	for canary, prefix := range prefixes {
		manager.Register(canary, func(ctx context.Context) {
			for e := range backend.ListAndWatch(ctx, prefix, 0).Events {
				if e.Typ == kvstore.EventTypeListDone {
					rc.synced()
				}
			}
		})
	}
	// The agent reports this before anything is listed.
	ready <- nil
	manager.Run(ctx)
}

func (rc *remoteCluster) begin(id uint32, unsynced int) {
	rc.mutex.Lock()
	defer rc.mutex.Unlock()
	rc.id, rc.unsynced, rc.running = id, unsynced, true
}

func (rc *remoteCluster) synced() {
	rc.mutex.Lock()
	defer rc.mutex.Unlock()
	rc.unsynced--
}

func (rc *remoteCluster) end() {
	rc.mutex.Lock()
	defer rc.mutex.Unlock()
	rc.running, rc.ready = false, false
}

// Stop implements common.RemoteCluster.
func (rc *remoteCluster) Stop() {}

// report prints that a link is ready: when Cilium says so, all is listed, and no other cluster has the id.
func (rc *remoteCluster) report(ids map[string]uint32) {
	isReady := rc.status().Ready

	rc.mutex.Lock()
	defer rc.mutex.Unlock()
	if !isReady || !rc.running || rc.unsynced != 0 || rc.ready {
		return
	}
	for other, id := range ids {
		if id == rc.id && other != rc.name {
			return
		}
	}
	ids[rc.name], rc.ready = rc.id, true
	rc.out.print(event{Event: "ready", Cluster: rc.name, ID: rc.id})
}
