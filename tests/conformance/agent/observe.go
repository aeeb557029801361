package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"os"

	clientyaml "go.etcd.io/etcd/client/v3/yaml"
	"sigs.k8s.io/yaml"

	"github.com/cilium/cilium/pkg/clustermesh/common"
	"github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/kvstore"
)

// observe watches dir as an agent of the local cluster does, until ctx ends. Where an agent dials, it prints what that would be
// with, and keeps the attempt open until the agent lets go of it: so there is nothing but what the directory gives rise to.
func observe(ctx context.Context, local types.ClusterInfo, dir string, out *printer) error {
	log := slog.New(&lifecycle{Handler: slog.NewTextHandler(os.Stderr, nil), out: out})
	dial := func(ctx context.Context, _ *slog.Logger, path string, options kvstore.ExtraOptions) (kvstore.BackendOperations, chan error) {
		out.print(dialled(path, options.ClusterName))
		given := make(chan error, 1)
		context.AfterFunc(ctx, func() {
			given <- ctx.Err()
			close(given)
		})
		return nil, given
	}
	mesh := newMesh(log, local, dir, out, dial)
	if err := mesh.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return mesh.Stop(context.Background())
}

// dialled is what a connection attempt finds in a config, and in the files that it names. The anchors are read this once.
func dialled(path, cluster string) event {
	e := event{Event: "dial", Cluster: cluster, Config: digest(path)}
	if _, err := clientyaml.NewConfig(path); err != nil {
		e.Error = err.Error()
		return e
	}
	var config struct {
		Anchors string `json:"trusted-ca-file"`
	}
	text, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(text, &config)
	}
	if err != nil {
		e.Error = err.Error()
	}
	e.Anchors = digest(config.Anchors)
	return e
}

func digest(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// newMesh is Cilium's own, with clusters that print what happens to them.
func newMesh(
	log *slog.Logger, local types.ClusterInfo, dir string, out *printer, dial common.RemoteClientFactoryFn,
) common.ClusterMesh {
	ids := newClusterIDs(local.ID)
	mesh := common.NewClusterMesh(common.Configuration{
		Logger:              log,
		Config:              common.Config{ClusterMeshConfig: dir},
		ClusterInfo:         local,
		RemoteClientFactory: dial,
		NewRemoteCluster: func(name string, status common.StatusFunc) common.RemoteCluster {
			out.print(event{Event: "added", Cluster: name})
			return &remoteCluster{name: name, local: local, status: status, ids: ids, log: log, out: out}
		},
		Metrics: common.MetricsProvider("clustermesh")(),
	})
	out.print(event{Event: "start", Cluster: local.Name, ID: local.ID, Cilium: ciliumVersion()})
	return mesh
}
