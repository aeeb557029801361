// pemjudge tells what Go and etcd read in files. It reads a JSON list of questions from standard input and writes a JSON list of
// answers.
package main

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/client/pkg/v3/tlsutil"
)

// question is a file, and a certificate and a key that it may be the other half of; all in hexadecimal digits.
type question struct{ File, Certificate, Key string }

// answer is what each reader makes of the file. An error is empty where there is none.
type answer struct {
	Blocks       [][2]string // label and content of everything that pem.Decode finds
	AnchorsError string
	Subjects     []string // of what tlsutil.NewCertPool trusts
	ChainError   string   // with the key; the other end parses what is behind the leaf
	Chain        []string // what tlsutil.NewCert presents
	KeyError     string   // with the certificate
}

func read(dir string, q question) (a answer, err error) {
	var paths [3]string
	var files [3][]byte
	for i, text := range []string{q.File, q.Certificate, q.Key} {
		if files[i], err = hex.DecodeString(text); err != nil {
			return a, err
		}
		paths[i] = filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(paths[i], files[i], 0o600); err != nil {
			return a, err
		}
	}
	for rest := files[0]; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		a.Blocks = append(a.Blocks, [2]string{block.Type, hex.EncodeToString(block.Bytes)})
	}
	if pool, err := tlsutil.NewCertPool(paths[:1]); err != nil {
		a.AnchorsError = err.Error()
	} else {
		//nolint:staticcheck // the only way to look into a pool
		for _, subject := range pool.Subjects() {
			a.Subjects = append(a.Subjects, hex.EncodeToString(subject))
		}
	}
	if pair, err := tlsutil.NewCert(paths[0], paths[2], nil); err != nil {
		a.ChainError = err.Error()
	} else {
		for _, der := range pair.Certificate {
			a.Chain = append(a.Chain, hex.EncodeToString(der))
			if _, err := x509.ParseCertificate(der); err != nil {
				a.ChainError = "the other end: " + err.Error()
			}
		}
	}
	if _, err := tlsutil.NewCert(paths[1], paths[0], nil); err != nil {
		a.KeyError = err.Error()
	}
	return a, nil
}

func run() error {
	dir, err := os.MkdirTemp("", "pemjudge")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		return err
	}
	answers := make([]answer, 0, len(questions))
	for _, q := range questions {
		a, err := read(dir, q)
		if err != nil {
			return err
		}
		answers = append(answers, a)
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
