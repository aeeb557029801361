// chainjudge tells what Go's crypto/x509 says of certificate chains. It reads one JSON question a line from standard
// input and writes one JSON answer a line: the empty string for yes, else Go's error.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// question is what the Rust side asks; certificates are PEM.
type question struct {
	Ask           string // "chain", "host", "algorithm" or "parse"
	Leaf          string
	Intermediates []string
	Anchors       []string
	Client        bool   // client instead of server authentication
	Host          string // the empty string asks for no host
	At            int64  // seconds since 1970
}

func parse(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("judge: no PEM block")
	}
	return x509.ParseCertificate(block.Bytes)
}

func pool(texts []string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	for _, text := range texts {
		cert, err := parse(text)
		if err != nil {
			return nil, err
		}
		pool.AddCert(cert)
	}
	return pool, nil
}

func (q question) answer() error {
	leaf, err := parse(q.Leaf)
	if err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	switch q.Ask {
	case "parse":
		return nil
	case "algorithm":
		if leaf.SignatureAlgorithm == x509.UnknownSignatureAlgorithm {
			return errors.New("unknown signature algorithm")
		}
		return nil
	case "host":
		return leaf.VerifyHostname(q.Host)
	case "chain":
		intermediates, err := pool(q.Intermediates)
		if err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		anchors, err := pool(q.Anchors)
		if err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		usage := x509.ExtKeyUsageServerAuth
		if q.Client {
			usage = x509.ExtKeyUsageClientAuth
		}
		_, err = leaf.Verify(x509.VerifyOptions{
			Intermediates: intermediates,
			Roots:         anchors,
			KeyUsages:     []x509.ExtKeyUsage{usage},
			DNSName:       q.Host,
			CurrentTime:   time.Unix(q.At, 0),
		})
		return err
	}
	return fmt.Errorf("judge: unknown question %q", q.Ask)
}

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	questions, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var q question
		err := questions.Decode(&q)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		verdict := ""
		if err := q.answer(); err != nil {
			verdict = err.Error()
		}
		if err := answers.Encode(verdict); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
