package conformance

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"testing"
)

// startFront ends TLS with Go's own server, which is etcd's, too, and passes on to a plain etcd.
func startFront(t *testing.T, at, to string, config *tls.Config) {
	t.Helper()
	listener := tls.NewListener(listen(t, at), config)
	go serve(listener, func(client net.Conn) {
		go func() {
			defer client.Close()
			if client.(*tls.Conn).Handshake() != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			defer server.Close()
			go func() {
				_, _ = io.Copy(server, client)
				server.Close()
			}()
			_, _ = io.Copy(client, server)
		}()
	})
}

// startMute accepts TCP, and never says a word.
func startMute(t *testing.T, at string) {
	t.Helper()
	listener := listen(t, at)
	go func() {
		var held []net.Conn
		serve(listener, func(client net.Conn) { held = append(held, client) })
		for _, one := range held {
			one.Close()
		}
	}()
}

// startCloser accepts TCP, and closes at once: a balancer whose servers are all down.
func startCloser(t *testing.T, at string) {
	t.Helper()
	go serve(listen(t, at), func(client net.Conn) { client.Close() })
}

// startWeb is a web server with TLS: of HTTP/2, or of HTTP/1 alone.
func startWeb(t *testing.T, at string, pair tls.Certificate, status int, protocols ...string) {
	t.Helper()
	web := &http.Server{
		ErrorLog:  log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: protocols},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<h1>hello</h1>")
		}),
	}
	if protocols[0] != "h2" {
		web.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
	}
	t.Cleanup(func() { web.Close() })
	listener := listen(t, at)
	go func() { _ = web.ServeTLS(listener, "", "") }()
}
