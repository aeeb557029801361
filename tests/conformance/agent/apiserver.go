package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"sigs.k8s.io/yaml"

	"github.com/cilium/cilium/pkg/kvstore"
	etcdinit "github.com/cilium/cilium/pkg/kvstore/etcdinit"
)

// initialise makes users and roles in an empty etcd without TLS, as the init container of clustermesh-apiserver does
// (clustermesh-apiserver/etcdinit/root.go).
func initialise(ctx context.Context, log *slog.Logger, endpoint, cluster string) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	client, err := clientv3.New(clientv3.Config{Context: ctx, Endpoints: []string{endpoint}, DialTimeout: connectTimeout})
	if err != nil {
		return err
	}
	defer client.Close()
	return etcdinit.ClusterMeshEtcdInit(ctx, log, client, cluster)
}

// makeUsers makes the users of a users.yaml, as the container apiserver does (clustermesh-apiserver/clustermesh/users_mgmt.go).
func makeUsers(ctx context.Context, log *slog.Logger, etcdConfig, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var file struct {
		Users []struct{ Name, Role string }
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return err
	}
	backend, connected := kvstore.NewClient(ctx, log, kvstore.EtcdBackendName,
		map[string]string{kvstore.EtcdOptionConfig: etcdConfig}, kvstore.ExtraOptions{NoLockQuorumCheck: true})
	select {
	case err := <-connected:
		if err != nil {
			return err
		}
	case <-time.After(connectTimeout):
		return fmt.Errorf("no connection within %s", connectTimeout)
	}
	defer backend.Close()
	for _, user := range file.Users {
		if err := backend.UserEnforcePresence(ctx, user.Name, []string{user.Role}); err != nil {
			return fmt.Errorf("user %s: %w", user.Name, err)
		}
	}
	return nil
}
