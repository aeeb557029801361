package main

import (
	"context"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/cilium/cilium/pkg/clustermesh/common"
	"github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/logging"
	"github.com/cilium/cilium/pkg/logging/logfields"
)

// statusInterval is how often the status of all remote clusters is looked at.
const statusInterval = 50 * time.Millisecond

// watch connects with the clusters of dir as an agent of the local cluster does, and prints what happens, until ctx ends.
func watch(ctx context.Context, local types.ClusterInfo, dir string, out *printer) error {
	logging.DefaultLogger.AddHook(refusals{out})
	ids := map[string]uint32{}
	mesh := newMesh(common.Configuration{
		Config:                       common.Config{ClusterMeshConfig: dir},
		ClusterInfo:                  local,
		ClusterSizeDependantInterval: func(base time.Duration) time.Duration { return base },
		NewRemoteCluster: func(name string, status common.StatusFunc) common.RemoteCluster {
			return &remoteCluster{name: name, local: local, status: status, out: out}
		},
		Metrics: common.MetricsProvider("clustermesh")(),
	})
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
			_ = mesh.ForEachRemoteCluster(func(cluster common.RemoteCluster) error {
				cluster.(*remoteCluster).report(ids)
				return nil
			})
		}
	}
}

// refusals prints as events what only the log has: that an agent cannot read the cluster-config of a remote cluster.
type refusals struct{ out *printer }

// Levels implements logrus.Hook.
func (refusals) Levels() []logrus.Level { return []logrus.Level{logrus.WarnLevel} }

// Fire implements logrus.Hook.
func (r refusals) Fire(entry *logrus.Entry) error {
	if entry.Message != "Unable to get remote cluster configuration" { // pkg/clustermesh/common/remote_cluster.go
		return nil
	}
	cluster, _ := entry.Data[logfields.ClusterName].(string)
	err, _ := entry.Data[logrus.ErrorKey].(error)
	e := event{Event: "refused", Cluster: cluster}
	if err != nil {
		e.Error = err.Error()
	}
	r.out.print(e)
	return nil
}
