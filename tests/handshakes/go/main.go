// handshakes puts Go's TLS in front of an etcd. It reads cases as one JSON array from standard input and serves each at a port
// of its own, as etcd would: h2, a client certificate required, everything else Go's default. Then it shakes hands with each
// once as an agent does (Cilium's etcd client), prints an answer a case, and serves until it is killed.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// kase is one server and one client; certificates, chains and keys are PEM.
type kase struct {
	Server, ServerKey string
	Client, ClientKey string
	CA                string // of both
	Min, Max          uint16
	Curves            []tls.CurveID
	Suites            []uint16
}

type answer struct {
	Port  int
	Error string // the empty string for a handshake that both ends call done
}

func pool(text string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(text)) {
		return nil, errors.New("judge: Go reads no CA")
	}
	return pool, nil
}

// serve passes on what comes through TLS to the etcd, and tells of each handshake.
func serve(listener net.Listener, config *tls.Config, upstream string, done chan<- error) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			server := tls.Server(conn, config)
			server.SetDeadline(time.Now().Add(10 * time.Second))
			err := server.Handshake()
			select {
			case done <- err:
			default:
			}
			if err != nil {
				return
			}
			server.SetDeadline(time.Time{})
			etcd, err := net.Dial("tcp", upstream)
			if err != nil {
				return
			}
			defer etcd.Close()
			go func() {
				io.Copy(etcd, server)
				etcd.Close()
			}()
			io.Copy(server, etcd)
		}()
	}
}

// agentSuites are Go's without those that HTTP/2 forbids, as grpc-go from 1.60 on has them (credentials/tls.go).
func agentSuites() (suites []uint16) {
	for _, suite := range tls.CipherSuites() {
		if !strings.Contains(suite.Name, "_CBC_") && !strings.HasPrefix(suite.Name, "TLS_RSA_") {
			suites = append(suites, suite.ID)
		}
	}
	return suites
}

func (k kase) start(upstream string) (answer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return answer{}, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	refused := func(err error) (answer, error) { return answer{port, err.Error()}, nil }
	ca, err := pool(k.CA)
	if err != nil {
		return refused(err)
	}
	// What Go's server cannot even load still listens: agents find a server that breaks off.
	own, loaded := tls.X509KeyPair([]byte(k.Server), []byte(k.ServerKey))
	config := &tls.Config{
		Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca, NextProtos: []string{"h2"},
		MinVersion: k.Min, MaxVersion: k.Max, CurvePreferences: k.Curves,
	}
	if len(k.Suites) > 0 { // an empty list would leave TLS 1.2 without any
		config.CipherSuites = k.Suites
	}
	done := make(chan error, 1)
	go serve(listener, config, upstream, done)
	if loaded != nil {
		return refused(fmt.Errorf("server: %w", loaded))
	}
	client, err := tls.X509KeyPair([]byte(k.Client), []byte(k.ClientKey))
	if err != nil {
		return refused(fmt.Errorf("client: %w", err))
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	conn, err := tls.DialWithDialer(dialer, "tcp", listener.Addr().String(), &tls.Config{
		RootCAs: ca, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"}, CipherSuites: agentSuites(),
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &client, nil },
	})
	if err != nil {
		return refused(fmt.Errorf("client: %w", err))
	}
	defer conn.Close()
	// With TLS 1.3 only the server knows whether the client's certificate is good.
	if err := <-done; err != nil {
		return refused(fmt.Errorf("server: %w", err))
	}
	return answer{Port: port}, nil
}

func main() {
	fail := func(err error) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var cases []kase
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fail(err)
	}
	var answers []answer
	for _, k := range cases {
		answer, err := k.start(os.Args[1])
		if err != nil {
			fail(err)
		}
		answers = append(answers, answer)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fail(err)
	}
	select {}
}
