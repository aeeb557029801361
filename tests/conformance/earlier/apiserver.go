package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/sirupsen/logrus"
	clientv3 "go.etcd.io/etcd/client/v3"
	"sigs.k8s.io/yaml"

	"github.com/cilium/cilium/pkg/kvstore"
	etcdinit "github.com/cilium/cilium/pkg/kvstore/etcdinit"
)

// connectTimeout is how long an etcd may take to answer.
const connectTimeout = 30 * time.Second

// initialise makes users and roles in an empty etcd without TLS, as the init container does (clustermesh-apiserver/etcdinit/root.go).
func initialise(ctx context.Context, endpoint, cluster string) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	client, err := clientv3.New(clientv3.Config{Context: ctx, Endpoints: []string{endpoint}, DialTimeout: connectTimeout})
	if err != nil {
		return err
	}
	defer client.Close()
	return etcdinit.ClusterMeshEtcdInit(ctx, logrus.NewEntry(logrus.StandardLogger()), client, cluster)
}

// makeUsers makes the users of a users.yaml, as the container apiserver does (clustermesh-apiserver/clustermesh/users_mgmt.go).
func makeUsers(ctx context.Context, etcdConfig, path string) error {
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
	backend, connected := kvstore.NewClient(ctx, kvstore.EtcdBackendName,
		map[string]string{kvstore.EtcdOptionConfig: etcdConfig}, &kvstore.ExtraOptions{NoLockQuorumCheck: true})
	select {
	case err := <-connected:
		if err != nil {
			return err
		}
	case <-time.After(connectTimeout):
		return fmt.Errorf("no connection within %s", connectTimeout)
	}
	for _, user := range file.Users {
		if err := backend.UserEnforcePresence(ctx, user.Name, []string{user.Role}); err != nil {
			return fmt.Errorf("user %s: %w", user.Name, err)
		}
	}
	return nil
}
