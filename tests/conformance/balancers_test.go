package conformance

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Where the balancers and proxies of TestProbe are.
const (
	haproxyPasses    = "127.1.5.1:2379" // passes TLS through
	haproxyEnds      = "127.1.5.2:2379" // ends TLS, and begins it again
	haproxyEndsBlind = "127.1.5.3:2379" // the same without ALPN
	haproxyTwo       = "127.1.5.4:2379" // leads to two etcds by turns
	haproxyNone      = "127.1.5.5:2379" // all its servers are down
	haproxySNI       = "127.1.5.6:2379" // chooses by SNI, and knows one name
	haproxyIdle      = "127.1.5.7:2379" // closes what is silent for ten seconds
	nginxPasses      = "127.1.5.8:2379"
	gatewayServer    = "127.1.5.9:2379"
	proxyDenied      = "127.1.5.10:2379" // grpc-proxy before an etcd with rights
	proxyOpen        = "127.1.5.11:2379" // grpc-proxy before an etcd without
)

// The certificate files are below DIR.
const haproxySettings = `
global
    maxconn 8000
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
listen passes
    bind 127.1.5.1:2379
    server main 127.1.0.1:2379
listen ends
    bind 127.1.5.2:2379 ssl crt DIR/balancer.pem ca-file DIR/ca.crt verify required alpn h2
    server main 127.1.0.1:2379 ssl crt DIR/reader.pem ca-file DIR/ca.crt verify required alpn h2
listen blind
    bind 127.1.5.3:2379 ssl crt DIR/balancer.pem ca-file DIR/ca.crt verify required
    server main 127.1.0.1:2379 ssl crt DIR/reader.pem ca-file DIR/ca.crt verify required alpn h2
listen two
    bind 127.1.5.4:2379
    balance roundrobin
    server main 127.1.0.1:2379
    server other 127.1.0.3:2379
listen none
    bind 127.1.5.5:2379
    server nobody 127.1.0.1:2999 check
frontend sni
    bind 127.1.5.6:2379
    tcp-request inspect-delay 5s
    tcp-request content accept if { req_ssl_hello_type 1 }
    use_backend main if { req_ssl_sni routed.test }
    default_backend other
backend main
    server main 127.1.0.1:2379
backend other
    server other 127.1.0.3:2379
listen idle
    bind 127.1.5.7:2379
    timeout client 10s
    timeout server 10s
    server main 127.1.0.1:2379
`

const nginxSettings = `
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
pid DIR/nginx.pid;
error_log stderr;
daemon off;
user root;
events { worker_connections 4000; }
stream {
    server {
        listen 127.1.5.8:2379;
        proxy_pass 127.1.0.1:2379;
        proxy_timeout 1h;
    }
}
`

// startBalancers starts everything that stands between agents and etcd.
func (s *scene) startBalancers(t *testing.T) {
	t.Helper()
	work := t.TempDir()
	for name, text := range map[string]string{"haproxy.cfg": haproxySettings, "nginx.conf": nginxSettings} {
		writeFile(t, filepath.Join(work, name), strings.ReplaceAll(text, "DIR", s.dir))
	}
	for _, name := range []string{"balancer", "reader"} {
		pem := readFile(t, filepath.Join(s.dir, name+".crt")) + readFile(t, filepath.Join(s.dir, name+".key"))
		writeFile(t, filepath.Join(s.dir, name+".pem"), pem)
	}
	start(t, "haproxy", exec.Command("haproxy", "-db", "-f", filepath.Join(work, "haproxy.cfg")))
	start(t, "nginx", exec.Command("nginx", "-p", work, "-c", filepath.Join(work, "nginx.conf")))
	start(t, "gateway", exec.Command("etcd", "gateway", "start", "--listen-addr", gatewayServer, "--endpoints", mainServer))
	file := func(name string) string { return filepath.Join(s.dir, name) }
	tls := []string{"--cert-file", file("balancer.crt"), "--key-file", file("balancer.key"), "--trusted-ca-file", file("ca.crt")}
	grpcProxy := func(name, at, to string, more ...string) {
		words := append([]string{"grpc-proxy", "start", "--listen-addr", at, "--endpoints", to}, tls...)
		start(t, name, exec.Command("etcd", append(words, more...)...))
	}
	// It refuses to start with a certificate that has a common name.
	grpcProxy("proxy-denied", proxyDenied, "https://"+mainServer, "--cacert", file("ca.crt"),
		"--cert", file("nameless.crt"), "--key", file("nameless.key"))
	grpcProxy("proxy-open", proxyOpen, "http://"+openServer)
	for _, at := range []string{haproxyPasses, nginxPasses, gatewayServer, proxyDenied, proxyOpen} {
		awaitListener(t, at)
	}
}

// awaitListener waits until something listens.
func awaitListener(t *testing.T, at string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		stream, err := net.DialTimeout("tcp", at, time.Second)
		if err == nil {
			stream.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// hosts is a hosts file.
type hosts struct{ lines []string }

// enter gives a name its addresses, in this order.
func (h *hosts) enter(name string, addresses ...string) {
	for _, address := range addresses {
		h.lines = append(h.lines, fmt.Sprintf("%s %s", hostOf(address), name))
	}
}

// view is a machine that has it.
func (h *hosts) view(t *testing.T) view {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(file, []byte(strings.Join(append(h.lines, "127.0.0.1 localhost"), "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return view{}.with(t, file, "/etc/hosts")
}
