// Command agent is as much of a Cilium agent as reads, watches and connects with a clustermesh directory. Everything
// it does, Cilium's own packages do; which release of Cilium that is, the module file chosen at build time says.
//
// Events and reports go to stdout as JSON, one object a line. Logs go to stderr.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/cilium/cilium/pkg/clustermesh/types"
)

const usage = `usage:
  agent files DIR
  agent read DIR...
  agent watch --dir DIR --cluster-name N --cluster-id I --max-connected-clusters M
  agent observe --dir DIR --cluster-name N --cluster-id I --max-connected-clusters M
  agent announce --etcd-config FILE --cluster-name N --cluster-id I --max-connected-clusters M
  agent options FLAGS...
  agent own FLAGS...
  agent daemon FLAGS...
  agent steady FILE CLUSTER ENDPOINT
  agent reads DIR PAUSE
  agent initialise ENDPOINT CLUSTER
  agent users ETCD-CONFIG FILE
  agent client FILE
  agent troubleshoot FILE
  agent policy FILE CLUSTER LOCAL LABELS...`

// agentName is how Cilium calls its agent, and how containers start it.
const agentName = "cilium-agent"

var errUsage = errors.New(usage)

func main() {
	// No log line of any dependency may end up between the events.
	out := newPrinter(os.Stdout)
	os.Stdout = os.Stderr

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()

	args := os.Args[1:]
	if filepath.Base(os.Args[0]) == agentName {
		args = append([]string{"daemon"}, args...)
	}
	if err := run(ctx, args, out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out *printer) error {
	if len(args) == 0 {
		return errUsage
	}
	verb, args := args[0], args[1:]
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))

	switch verb {
	case "files", "client", "troubleshoot":
		if len(args) != 1 {
			return errUsage
		}
		return look(ctx, verb, args[0], out)
	case "read":
		return read(args, out)
	case "policy":
		return policy(log, args, out)
	case "options":
		return showOptions(log, args, out)
	case "own", "daemon":
		options, err := readOptions(log, args)
		if err != nil {
			return err
		}
		if verb == "own" {
			return own(ctx, log, options, out)
		}
		return daemon(ctx, log, options, out)
	case "steady":
		if len(args) != 3 {
			return errUsage
		}
		return steady(ctx, args[0], args[1], args[2], out)
	case "reads":
		if len(args) != 2 {
			return errUsage
		}
		pause, err := time.ParseDuration(args[1])
		if err != nil {
			return errUsage
		}
		return reads(ctx, args[0], pause, os.Stdin, out)
	case "initialise", "users":
		if len(args) != 2 {
			return errUsage
		}
		if verb == "initialise" {
			return initialise(ctx, log, args[0], args[1])
		}
		return keepUsers(ctx, log, args[0], args[1], out)
	case "watch", "observe", "announce":
		local, path, err := parseFlags(verb, args)
		if err != nil {
			return err
		}
		switch verb {
		case "watch":
			return watch(ctx, log, local, path, out)
		case "observe":
			return observe(ctx, local, path, out)
		}
		return announce(ctx, log, local, path, out)
	}
	return errUsage
}

// look does the verbs that look at one path and end.
func look(ctx context.Context, verb, path string, out *printer) error {
	switch verb {
	case "files":
		return files(path, out)
	case "client":
		return client(path, out)
	default:
		return troubleshoot(ctx, path, out)
	}
}

// parseFlags reads the local cluster and the one path that the verb works on, and refuses what an agent refuses.
func parseFlags(verb string, args []string) (local types.ClusterInfo, path string, err error) {
	pathFlag := map[string]string{"watch": "dir", "observe": "dir", "announce": "etcd-config"}[verb]
	set := flag.NewFlagSet(verb, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&path, pathFlag, "", "")
	name := set.String(types.OptClusterName, "", "")
	id := set.Uint(types.OptClusterID, 0, "")
	most := set.Uint(types.OptMaxConnectedClusters, uint(types.DefaultClusterInfo.MaxConnectedClusters), "")
	if err := set.Parse(args); err != nil {
		return local, "", fmt.Errorf("%w\n%s", err, usage)
	}
	if path == "" || set.NArg() != 0 {
		return local, "", errUsage
	}

	local = types.ClusterInfo{ID: uint32(*id), Name: *name, MaxConnectedClusters: uint32(*most)}
	if err := local.InitClusterIDMax(); err != nil {
		return local, "", err
	}
	return local, path, local.ValidateStrict()
}

// ciliumVersion is the release this binary was built against, e.g. "v1.20.2".
func ciliumVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, dependency := range info.Deps {
		if dependency.Path == "github.com/cilium/cilium" {
			return dependency.Version
		}
	}
	return ""
}
