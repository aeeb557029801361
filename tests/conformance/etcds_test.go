package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// etcdsDir is where the tests in Rust keep the etcds that they build, too (tests/support/generations.rs).
const etcdsDir = "../../target/etcd"

// newerEtcds are the generations after that of the machine, which is 3.4.
var newerEtcds = []string{"3.5.35", "3.6.16", "3.7.3"}

// etcdProgram is the program of a generation.
func etcdProgram(version string) string {
	path, err := filepath.Abs(filepath.Join(etcdsDir, version, "etcd"))
	if err != nil {
		panic(err)
	}
	return path
}

// buildEtcd makes an etcd of its Go module, once.
func buildEtcd(version string) error {
	program := etcdProgram(version)
	source := filepath.Join(filepath.Dir(filepath.Dir(program)), "etcd-"+version)
	for _, folder := range []string{filepath.Dir(program), source} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	// Another test program may be building, too.
	lock, err := os.OpenFile(filepath.Join(filepath.Dir(source), "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	if exists(program) {
		return nil
	}
	fmt.Fprintf(os.Stderr, "conformance: building etcd %s (minutes, the first time)\n", version)
	for name, text := range map[string]string{
		"go.mod": fmt.Sprintf("module built\n\ngo 1.24\n\nrequire go.etcd.io/etcd/server/v3 v%s\n", version),
		"main.go": "package main\n\nimport \"os\"\nimport \"go.etcd.io/etcd/server/v3/etcdmain\"\n\n" +
			"func main() { etcdmain.Main(os.Args) }\n",
	} {
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	build := exec.Command("go", "build", "-mod=mod", "-buildvcs=false", "-ldflags=-s -w", "-o", "program", ".")
	build.Dir, build.Stderr = source, os.Stderr
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOTOOLCHAIN=local")
	if err := build.Run(); err != nil {
		return fmt.Errorf("etcd %s: %w", version, err)
	}
	return os.Rename(filepath.Join(source, "program"), program)
}

// minorOf is 3.5 of 3.5.35.
func minorOf(version string) string { return version[:strings.LastIndexByte(version, '.')] }
