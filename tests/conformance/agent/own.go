package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	clientyaml "go.etcd.io/etcd/client/v3/yaml"

	"github.com/cilium/cilium/pkg/kvstore"
)

// own does with the own etcd what an agent of these options does first: it connects, and writes the node, with a lease.
func own(ctx context.Context, log *slog.Logger, options localOptions, out *printer) error {
	backend, connected := kvstore.NewClient(ctx, log, options.kvstore.KVStore, options.kvstore.KVStoreOpt, kvstore.ExtraOptions{
		LeaseTTL:                   options.kvstore.KVStoreLeaseTTL,
		MaxConsecutiveQuorumErrors: options.kvstore.KVstoreMaxConsecutiveQuorumErrors,
	})
	select {
	case err := <-connected:
		if err != nil {
			return fmt.Errorf("own etcd of %s: %w", options.cluster.Name, err)
		}
	case <-time.After(connectTimeout):
		return fmt.Errorf("own etcd of %s: no connection within %s", options.cluster.Name, connectTimeout)
	}
	defer backend.Close()

	key, value := nodeKey(options.cluster.Name, "own"), []byte(`{"Name":"own"}`)
	if err := backend.Update(ctx, key, value, true); err != nil {
		return fmt.Errorf("own etcd of %s: %w", options.cluster.Name, err)
	}
	if read, err := backend.Get(ctx, key); err != nil || !bytes.Equal(read, value) {
		return fmt.Errorf("own etcd of %s: read %q (%w)", options.cluster.Name, read, err)
	}
	out.print(event{Event: "joined", Cluster: options.cluster.Name, ID: options.cluster.ID, Cilium: ciliumVersion()})
	return nil
}

// requestTimeout is what a request may take, its connection included. A client dials again by itself until then.
const requestTimeout = 20 * time.Second

// steady writes a key again and again, at one endpoint and over a new connection each time, with the credential in the config of a
// cluster's own etcd, until ctx ends.
func steady(ctx context.Context, path, cluster, endpoint string, out *printer) error {
	for ctx.Err() == nil {
		if err := writeOnce(ctx, path, endpoint, nodeKey(cluster, "steady")); err == nil {
			out.print(event{Event: "wrote", Cluster: cluster})
		} else if ctx.Err() == nil {
			out.print(event{Event: "failed", Cluster: cluster, Error: err.Error()})
		}
	}
	return nil
}

func writeOnce(ctx context.Context, path, endpoint, key string) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	config, err := clientyaml.NewConfig(path)
	if err != nil {
		return err
	}
	config.Endpoints = []string{endpoint}
	client, err := clientv3.New(*config)
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = client.Put(ctx, key, time.Now().Format(time.RFC3339Nano))
	return err
}

// nodeKey is where agents write nodes (pkg/node/store).
func nodeKey(cluster, node string) string {
	return kvstore.StatePrefix + "/nodes/v1/" + cluster + "/" + node
}
