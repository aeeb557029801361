//go:build cilium_1_15

package main

import (
	"context"

	"github.com/cilium/cilium/pkg/clustermesh/common"
	"github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/kvstore"
	"github.com/cilium/cilium/pkg/labelsfilter"
)

func newMesh(c common.Configuration) *common.ClusterMesh {
	mesh := common.NewClusterMesh(c)
	return &mesh
}

func validate(local types.ClusterInfo, config types.CiliumClusterConfig) error {
	return local.ValidateRemoteConfig(false, &config)
}

// ClusterConfigRequired implements common.RemoteCluster: agents and kvstoremesh ask the remote etcd, by the key cilium/.has-cluster-config.
func (*remoteCluster) ClusterConfigRequired() bool { return false }

// Run implements common.RemoteCluster.
func (rc *remoteCluster) Run(
	ctx context.Context, backend kvstore.BackendOperations, config *types.CiliumClusterConfig, ready chan<- error,
) {
	if config == nil { // there is none
		config = &types.CiliumClusterConfig{}
	}
	rc.run(ctx, backend, *config, ready)
}

// Remove implements common.RemoteCluster.
func (*remoteCluster) Remove() {}

// readLabelPrefixes makes the default ones count, as an agent does.
func readLabelPrefixes() error { return labelsfilter.ParseLabelPrefixCfg(nil, "") }
