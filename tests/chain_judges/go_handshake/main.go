// handshake shakes hands as agents and etcd do, over pipes in memory: the server set up as etcd's (client/pkg/transport and
// tlsutil of etcd), the client as Cilium's etcd client (client/v3/yaml of etcd, pkg/kvstore/etcd.go of cilium/cilium). It reads
// one JSON question a line from standard input and writes one JSON answer a line: what each end says, empty for good.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"time"
)

// end is what one end has: PEM.
type end struct {
	Chain   string
	Key     string
	Anchors string
}

// question is one link.
type question struct {
	Server end
	Client end
	Host   string
	At     int64 // seconds since 1970
}

// pool is etcd's tlsutil.NewCertPool: every block of the file is a certificate.
func pool(text string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for rest := []byte(text); ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			return pool, nil
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		pool.AddCert(cert)
	}
}

// configure makes both configurations, as far as both ends can read their files.
func (q question) configure() (server, client *tls.Config, serverErr, clientErr error) {
	now := func() time.Time { return time.Unix(q.At, 0) }
	load := func(own end) (*tls.Certificate, *x509.CertPool, error) {
		cert, err := tls.X509KeyPair([]byte(own.Chain), []byte(own.Key))
		if err != nil {
			return nil, nil, err
		}
		anchors, err := pool(own.Anchors)
		return &cert, anchors, err
	}
	cert, anchors, serverErr := load(q.Server)
	server = &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return cert, nil },
		ClientAuth:     tls.RequireAndVerifyClientCert,
		ClientCAs:      anchors,
		Time:           now,
	}
	shown, roots, clientErr := load(q.Client)
	client = &tls.Config{
		MinVersion:           tls.VersionTLS12,
		NextProtos:           []string{"h2"},
		ServerName:           q.Host,
		RootCAs:              roots,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return shown, nil },
		Time:                 now,
	}
	return server, client, serverErr, clientErr
}

// queued is an end of a pipe that never waits with writing: both ends may send an alert at once.
type queued struct {
	net.Conn
	out chan []byte
}

func queue(conn net.Conn) queued {
	q := queued{conn, make(chan []byte, 1024)}
	go func() {
		for bytes := range q.out {
			conn.Write(bytes)
		}
		conn.Close()
	}()
	return q
}

func (q queued) Write(bytes []byte) (int, error) {
	q.out <- append([]byte(nil), bytes...)
	return len(bytes), nil
}

func (q queued) Close() error {
	close(q.out)
	return nil
}

func (q question) answer() [2]string {
	serverConfig, clientConfig, serverErr, clientErr := q.configure()
	if serverErr == nil && clientErr == nil {
		nearPipe, farPipe := net.Pipe()
		defer nearPipe.Close()
		defer farPipe.Close()
		near, far := queue(nearPipe), queue(farPipe)
		done := make(chan error)
		go func() {
			err := tls.Server(far, serverConfig).Handshake()
			far.Close()
			done <- err
		}()
		client := tls.Client(near, clientConfig)
		if clientErr = client.Handshake(); clientErr == nil {
			// With TLS 1.3 the server judges when the client is done already.
			io.Copy(io.Discard, client)
		}
		near.Close()
		serverErr = <-done
	}
	words := func(err error) string {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	return [2]string{words(serverErr), words(clientErr)}
}

func run() error {
	var questions []question
	for decoder := json.NewDecoder(bufio.NewReader(os.Stdin)); ; {
		var q question
		if err := decoder.Decode(&q); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		questions = append(questions, q)
	}
	answers := make([][2]string, len(questions))
	next := make(chan int)
	var workers sync.WaitGroup
	for i := 0; i < runtime.NumCPU(); i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for at := range next {
				answers[at] = questions[at].answer()
			}
		}()
	}
	for at := range questions {
		next <- at
	}
	close(next)
	workers.Wait()
	out := bufio.NewWriter(os.Stdout)
	for _, answer := range answers {
		if err := json.NewEncoder(out).Encode(answer); err != nil {
			return err
		}
	}
	return out.Flush()
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Println(runtime.Version())
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
