package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
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

// usersPause is how often a users.yaml is looked at. The container apiserver is notified of changes.
const usersPause = 100 * time.Millisecond

// keepUsers keeps the users of a users.yaml in an etcd until ctx ends, as the container apiserver does
// (clustermesh-apiserver/clustermesh/users_mgmt.go). It prints their names whenever the etcd has just these.
func keepUsers(ctx context.Context, log *slog.Logger, etcdConfig, path string, out *printer) error {
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
	users, last := etcdUsers{}, ""
	for {
		text, err := os.ReadFile(path)
		if err == nil && string(text) != last {
			err = users.sync(ctx, backend, text)
		}
		switch {
		case err != nil && ctx.Err() == nil:
			log.Warn("users are not as the file has them", "error", err)
		case err == nil && string(text) != last:
			last = string(text)
			out.print(event{Event: "users", Key: strings.Join(slices.Sorted(maps.Keys(users)), ",")})
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(usersPause):
		}
	}
}

// etcdUsers are those that were made, with their roles.
type etcdUsers map[string]string

// sync makes the users of a users.yaml, and removes those that it no longer has.
func (u etcdUsers) sync(ctx context.Context, backend kvstore.BackendOperationsUserMgmt, text []byte) error {
	var file struct {
		Users []struct{ Name, Role string }
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return err
	}
	stale := maps.Clone(u)
	for _, user := range file.Users {
		delete(stale, user.Name)
		if u[user.Name] == user.Role {
			continue
		}
		if err := backend.UserEnforcePresence(ctx, user.Name, []string{user.Role}); err != nil {
			return fmt.Errorf("user %s: %w", user.Name, err)
		}
		u[user.Name] = user.Role
	}
	for name := range stale {
		if err := backend.UserEnforceAbsence(ctx, name); err != nil {
			return fmt.Errorf("user %s: %w", name, err)
		}
		delete(u, name)
	}
	return nil
}
