package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	clientyaml "go.etcd.io/etcd/client/v3/yaml"

	"github.com/cilium/cilium/pkg/clustermesh/common"
	"github.com/cilium/cilium/pkg/kvstore"
)

const (
	// readPatience is how long a read may take that nobody waits for: a member of the etcd may be starting again, and agents dial again
	// by themselves.
	readPatience = 45 * time.Second
	// attemptTimeout is what one connection may take, with its request.
	attemptTimeout = 5 * time.Second
	retryPause     = 100 * time.Millisecond
)

// reads reads a key of each remote cluster in dir, over a new connection each time, until ctx ends. By itself it does so each
// `pause`, at whichever endpoint answers. For each line `TOKEN CLUSTERS SECONDS` of its input, it reads at every endpoint of these
// clusters, and prints the token when all have answered, or have not within so many seconds.
func reads(ctx context.Context, dir string, pause time.Duration, input io.Reader, out *printer) error {
	asked := make(chan round)
	go listen(input, asked)
	links := &links{dir: dir, out: out, busy: map[string]bool{}}
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-asked:
			links.readAll(ctx, r)
		case <-ticker.C:
			links.readSome(ctx)
		}
	}
}

// round is what a line of the input asks for.
type round struct {
	token, clusters string // with commas
	seconds         int
}

func listen(input io.Reader, asked chan<- round) {
	for lines := bufio.NewScanner(input); lines.Scan(); {
		var r round
		if _, err := fmt.Sscan(lines.Text(), &r.token, &r.clusters, &r.seconds); err == nil {
			asked <- r
		}
	}
}

// links are those of one node, as its directory has them now.
type links struct {
	dir string
	out *printer

	mutex sync.Mutex
	busy  map[string]bool // clusters that are being read
}

// readSome begins to read each cluster that is not being read.
func (l *links) readSome(ctx context.Context) {
	configs, _ := common.ConfigFiles(l.dir)
	for cluster, path := range configs {
		l.mutex.Lock()
		isBusy := l.busy[cluster]
		l.busy[cluster] = true
		l.mutex.Unlock()
		if isBusy {
			continue
		}
		go func() {
			l.read(ctx, cluster, path, "", readPatience)
			l.mutex.Lock()
			defer l.mutex.Unlock()
			l.busy[cluster] = false
		}()
	}
}

// readAll reads at every endpoint, and waits until all have answered.
func (l *links) readAll(ctx context.Context, r round) {
	configs, _ := common.ConfigFiles(l.dir)
	var reading sync.WaitGroup
	for cluster, path := range configs {
		if !slices.Contains(strings.Split(r.clusters, ","), cluster) {
			continue
		}
		config, err := clientyaml.NewConfig(path)
		if err != nil {
			l.out.print(event{Event: "unread", Cluster: cluster, Error: err.Error()})
			continue
		}
		for _, endpoint := range config.Endpoints {
			reading.Go(func() { l.read(ctx, cluster, path, endpoint, time.Duration(r.seconds)*time.Second) })
		}
	}
	reading.Wait()
	l.out.print(event{Event: "round", Key: r.token})
}

// read tries until it has read, and prints whether it has. The config, and what it names, is opened anew for each attempt.
func (l *links) read(ctx context.Context, cluster, path, endpoint string, patience time.Duration) {
	began := time.Now()
	for {
		err := readOnce(ctx, path, cluster, endpoint)
		took := time.Since(began)
		e := event{Event: "read", Cluster: cluster, Key: endpoint, Seconds: took.Seconds()}
		switch {
		case ctx.Err() != nil || isGone(path):
			return
		case err != nil && took < patience:
			time.Sleep(retryPause)
			continue
		case err != nil:
			e.Event, e.Error = "unread", err.Error()
		}
		l.out.print(e)
		return
	}
}

// isGone is whether the link has left the directory meanwhile.
func isGone(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// readOnce connects as the config says, or to one endpoint of it.
func readOnce(ctx context.Context, path, cluster, endpoint string) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	config, err := clientyaml.NewConfig(path)
	if err != nil {
		return err
	}
	if endpoint != "" {
		config.Endpoints = []string{endpoint}
	}
	client, err := clientv3.New(*config)
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err = client.Get(ctx, kvstore.ClusterConfigPrefix+"/"+cluster); err != nil {
		return fmt.Errorf("%w (%s)", err, refusal(config))
	}
	return nil
}

// refusal is what each endpoint makes of a handshake: the client's own error leaves that out when its time is over.
func refusal(config *clientv3.Config) string {
	said := ""
	for _, endpoint := range config.Endpoints {
		at, err := url.Parse(endpoint)
		if err != nil || config.TLS == nil {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), attemptTimeout)
		connection, err := (&tls.Dialer{Config: config.TLS.Clone()}).DialContext(ctx, "tcp", at.Host)
		if err == nil {
			// With TLS 1.3, what the server makes of the client shows when it is read from.
			_ = connection.SetReadDeadline(time.Now().Add(time.Second))
			if _, err = connection.Read(make([]byte, 1)); errors.Is(err, context.DeadlineExceeded) {
				err = nil
			}
			connection.Close()
		}
		cancel()
		said += fmt.Sprintf("%s: %v; ", at.Host, err)
	}
	return said
}
