// Command earlier is as much of Cilium 1.15 and 1.16 as the tests of their charts need: what the pod clustermesh-apiserver does to its
// etcd, and what an agent reads. Cilium's own packages do it; the module file that is chosen at build time says of which release.
//
// Events go to stdout as JSON, one object a line, as those of `agent` do. Logs go to stderr.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/cilium/cilium/pkg/clustermesh/types"
)

const usage = `usage:
  earlier initialise ENDPOINT CLUSTER
  earlier users ETCD-CONFIG FILE
  earlier policy FILE LABELS...
  earlier watch --dir DIR --cluster-name N --cluster-id I --max-connected-clusters M`

var errUsage = errors.New(usage)

func main() {
	// No log line of any dependency may end up between the events.
	out := newPrinter(os.Stdout)
	os.Stdout = os.Stderr

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out *printer) error {
	if len(args) == 0 {
		return errUsage
	}
	switch verb, args := args[0], args[1:]; {
	case verb == "initialise" && len(args) == 2:
		return initialise(ctx, args[0], args[1])
	case verb == "users" && len(args) == 2:
		return makeUsers(ctx, args[0], args[1])
	case verb == "policy":
		return policy(args, out)
	case verb == "watch":
		local, dir, err := parseFlags(args)
		if err != nil {
			return err
		}
		return watch(ctx, local, dir, out)
	}
	return errUsage
}

// parseFlags reads the local cluster and the directory.
func parseFlags(args []string) (local types.ClusterInfo, dir string, err error) {
	set := flag.NewFlagSet("watch", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&dir, "dir", "", "")
	name := set.String(types.OptClusterName, "", "")
	id := set.Uint(types.OptClusterID, 0, "")
	most := set.Uint(types.OptMaxConnectedClusters, uint(types.DefaultClusterInfo.MaxConnectedClusters), "")
	if err := set.Parse(args); err != nil {
		return local, "", fmt.Errorf("%w\n%s", err, usage)
	}
	if dir == "" || set.NArg() != 0 {
		return local, "", errUsage
	}
	local = types.ClusterInfo{ID: uint32(*id), Name: *name, MaxConnectedClusters: uint32(*most)}
	return local, dir, local.InitClusterIDMax()
}
