//go:build !cilium_1_15

package main

import (
	"context"

	"github.com/cilium/cilium/pkg/clustermesh/common"
	"github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/kvstore"
	"github.com/cilium/cilium/pkg/labelsfilter"
)

func newMesh(c common.Configuration) common.ClusterMesh { return common.NewClusterMesh(c) }

func validate(local types.ClusterInfo, config types.CiliumClusterConfig) error {
	return local.ValidateRemoteConfig(config)
}

// Run implements common.RemoteCluster.
func (rc *remoteCluster) Run(
	ctx context.Context, backend kvstore.BackendOperations, config types.CiliumClusterConfig, ready chan<- error,
) {
	rc.run(ctx, backend, config, ready)
}

// Remove implements common.RemoteCluster.
func (rc *remoteCluster) Remove(context.Context) {}

// readLabelPrefixes makes the default ones count, as an agent does.
func readLabelPrefixes() error { return labelsfilter.ParseLabelPrefixCfg(nil, nil, "") }
