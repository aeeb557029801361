package main

import (
	"context"
	"log/slog"

	"github.com/cilium/cilium/pkg/logging/logfields"
)

// told are the moments of a remote cluster that nothing but Cilium's log tells of. They are logged by whoever watches the
// directory, one after the other (pkg/clustermesh/common: clustermesh.go, remote_cluster.go).
var told = map[string]string{
	// A config that is new, or has changed.
	"Connecting to remote cluster": "connecting",
	// A config that has gone: all that is known of the cluster will be drained.
	"Remote cluster configuration removed": "removing",
	// A config whose file is called as no cluster may be.
	"Cannot connect to remote cluster": "misnamed",
}

// lifecycle is a log that prints these as events.
type lifecycle struct {
	slog.Handler
	out     *printer
	cluster string
}

// Enabled implements slog.Handler: some of them are logged at a level that is not shown.
func (*lifecycle) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (l *lifecycle) Handle(ctx context.Context, record slog.Record) error {
	if name, found := told[record.Message]; found {
		cluster := l.cluster
		record.Attrs(func(attribute slog.Attr) bool {
			if attribute.Key == logfields.ClusterName {
				cluster = attribute.Value.String()
			}
			return true
		})
		l.out.print(event{Event: name, Cluster: cluster})
	}
	if !l.Handler.Enabled(ctx, record.Level) {
		return nil
	}
	return l.Handler.Handle(ctx, record)
}

// WithAttrs implements slog.Handler: each remote cluster logs with its name.
func (l *lifecycle) WithAttrs(attributes []slog.Attr) slog.Handler {
	with := &lifecycle{Handler: l.Handler.WithAttrs(attributes), out: l.out, cluster: l.cluster}
	for _, attribute := range attributes {
		if attribute.Key == logfields.ClusterName {
			with.cluster = attribute.Value.String()
		}
	}
	return with
}

// WithGroup implements slog.Handler.
func (l *lifecycle) WithGroup(name string) slog.Handler {
	return &lifecycle{Handler: l.Handler.WithGroup(name), out: l.out, cluster: l.cluster}
}
