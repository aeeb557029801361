package conformance

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const (
	// workVariable tells the tests that they run in the sandbox, and where the things built for them are.
	workVariable = "CONFORMANCE_WORK"
	// binaryVariable names the meshbundle to be tried.
	binaryVariable = "MESHBUNDLE"
	defaultBinary  = "../../target/release/meshbundle"
)

// packages are the Debian packages of the programs that the tests run.
var packages = map[string]string{
	"etcd": "etcd-server", "etcdctl": "etcd-client", "ip": "iproute2", "mount": "mount", "openssl": "openssl", "tar": "tar",
	"dockerd": "docker.io", "docker": "docker.io", "docker-compose": "docker-compose", "ldd": "libc-bin",
	"haproxy": "haproxy", "nginx": "nginx", "iptables": "iptables",
	"dash": "dash", "busybox": "busybox-static", "strace": "strace", "rsync": "rsync", "git": "git",
}

// TestMain builds the agents, then runs the tests in network, mount and process namespaces of their own: ports are free, bind
// mounts are nobody else's, and every process that a test started ends with it, however it ends.
func TestMain(m *testing.M) {
	var (
		code int
		err  error
	)
	if os.Getenv(workVariable) == "" {
		code, err = enterSandbox()
	} else {
		code, err = inSandbox(m)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		code = 1
	}
	os.Exit(code)
}

func enterSandbox() (code int, err error) {
	if err := checkTools(); err != nil {
		return 0, err
	}
	binary, err := findBinary()
	if err != nil {
		return 0, err
	}
	work, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(work)
	if err := makeFixtures(work); err != nil {
		return 0, fmt.Errorf("fixtures of the samples: %w", err)
	}
	for _, r := range slices.Concat(releases, earlierReleases) {
		if err := r.build(work); err != nil {
			return 0, err
		}
	}
	for _, r := range releases {
		if err := r.copyPages(work); err != nil {
			return 0, err
		}
	}
	if err := buildHelmController(work); err != nil {
		return 0, err
	}
	if err := downloadCharts(work); err != nil {
		return 0, err
	}
	if err := buildGitOps(work); err != nil {
		return 0, err
	}
	for _, version := range newerEtcds {
		if err := buildEtcd(version); err != nil {
			return 0, err
		}
	}

	// The kernel sends Pdeathsig when the *thread* that started the child ends.
	runtime.LockOSThread()
	self := exec.Command(os.Args[0], os.Args[1:]...)
	self.Stdout, self.Stderr = os.Stdout, os.Stderr
	self.Env = append(os.Environ(), workVariable+"="+work, binaryVariable+"="+binary, "TMPDIR="+work)
	self.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig:    syscall.SIGKILL,
		Cloneflags:   syscall.CLONE_NEWNET | syscall.CLONE_NEWPID,
		Unshareflags: syscall.CLONE_NEWNS,
	}
	var exit *exec.ExitError
	if err := self.Run(); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	} else if err != nil {
		return 0, fmt.Errorf("namespaces of our own: %w", err)
	}
	return 0, nil
}

func inSandbox(m *testing.M) (code int, err error) {
	if output, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("loopback of the sandbox: %w: %s", err, output)
	}
	if err := separateMountPoints(os.Getenv(workVariable)); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// separateMountPoints lets mount points that tests make be the sandbox's own: another run on this machine makes the same ones, and what
// is mounted on a folder goes when somebody removes the folder, in whichever namespace. Where something is mounted below, as /etc/hosts in
// a container, all stays as it is.
func separateMountPoints(work string) error {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return err
	}
	layers := filepath.Join(work, "layers")
	if err := os.Mkdir(layers, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount("none", layers, "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("layers of the sandbox: %w", err)
	}
	for _, dir := range []string{"/etc", "/var/lib"} {
		if strings.Contains(string(mounts), " "+dir+"/") {
			continue
		}
		layer := filepath.Join(layers, filepath.Base(dir))
		upper, scratch := filepath.Join(layer, "upper"), filepath.Join(layer, "scratch")
		for _, folder := range []string{layer, upper, scratch} {
			if err := os.Mkdir(folder, 0o755); err != nil {
				return err
			}
		}
		if err := syscall.Mount("none", dir, "overlay", 0, "lowerdir="+dir+",upperdir="+upper+",workdir="+scratch); err != nil {
			fmt.Fprintf(os.Stderr, "conformance: no layer of our own over %s, so run nothing else beside this: %v\n", dir, err)
		}
	}
	return nil
}

func checkTools() error {
	var programs, missing []string
	for program, pkg := range packages {
		if _, err := exec.LookPath(program); err != nil {
			programs, missing = append(programs, program), append(missing, pkg)
		}
	}
	if len(missing) > 0 {
		slices.Sort(programs)
		slices.Sort(missing)
		missing = slices.Compact(missing)
		return fmt.Errorf("no %s: apt-get install -y %s", strings.Join(programs, ", "), strings.Join(missing, " "))
	}
	if os.Geteuid() != 0 {
		return errors.New("not root: namespaces and bind mounts need it")
	}
	return nil
}

func findBinary() (string, error) {
	binary := os.Getenv(binaryVariable)
	if binary == "" {
		binary = defaultBinary
	}
	if _, err := os.Stat(binary); err != nil {
		return "", fmt.Errorf("no meshbundle to try: %w; cargo build --release, or set %s", err, binaryVariable)
	}
	return filepath.Abs(binary)
}
