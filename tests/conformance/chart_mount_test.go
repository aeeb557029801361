package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// The containers whose files the tests look at, by pod.
const (
	agentPod     = "DaemonSet/cilium"
	apiserverPod = "Deployment/clustermesh-apiserver"

	agentContainer       = "cilium-agent"
	etcdContainer        = "etcd"
	apiserverContainer   = "apiserver"
	kvstoremeshContainer = "kvstoremesh"
)

// mountedFile is a file of a volume.
type mountedFile struct {
	content []byte
	mode    os.FileMode
}

// mount lays out below a folder of its own what a container sees of Secrets and ConfigMaps, and returns the folder. An error is why the
// kubelet does not start the pod: it sets up the volumes of all containers before it starts any.
func (d *deployed) mount(t *testing.T, pod, container string) (root string, err error) {
	t.Helper()
	root = t.TempDir()
	return root, d.mountAt(root, pod, container)
}

// mountAt lays out below `root`, or brings up to date, what a container sees of Secrets and ConfigMaps.
func (d *deployed) mountAt(root, pod, container string) error {
	spec, there := d.pods[pod]
	if !there {
		return fmt.Errorf("there is no %s", pod)
	}
	containers := append(slices.Clone(spec.InitContainers), spec.Containers...)
	volumes := map[string]map[string]mountedFile{}
	for _, volume := range spec.Volumes {
		used := func(c corev1.Container) bool {
			return slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == volume.Name })
		}
		if !slices.ContainsFunc(containers, used) {
			continue
		}
		files, err := d.payload(volume)
		if err != nil {
			return fmt.Errorf("MountVolume.SetUp failed for volume %q: %w", volume.Name, err)
		}
		volumes[volume.Name] = files
	}
	at := slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == container })
	if at < 0 {
		return fmt.Errorf("%s has no container %s", pod, container)
	}
	for _, m := range containers[at].VolumeMounts {
		if volumes[m.Name] == nil {
			continue // not of Secrets and ConfigMaps
		}
		if m.SubPath != "" || m.SubPathExpr != "" {
			return fmt.Errorf("volume %s is mounted by a subPath, which is not implemented here", m.Name)
		}
		if err := layOut(filepath.Join(root, m.MountPath), volumes[m.Name]); err != nil {
			return err
		}
	}
	return nil
}

// payload is what a volume holds; nil is a volume of another kind.
func (d *deployed) payload(volume corev1.Volume) (map[string]mountedFile, error) {
	switch {
	case volume.Secret != nil:
		source := volume.Secret
		return d.fromSecret(source.SecretName, source.Items, isTrue(source.Optional), source.DefaultMode)
	case volume.ConfigMap != nil:
		source := volume.ConfigMap
		return d.fromConfigMap(source.Name, source.Items, isTrue(source.Optional), source.DefaultMode)
	case volume.Projected != nil:
		all := map[string]mountedFile{}
		for _, source := range volume.Projected.Sources {
			var (
				files map[string]mountedFile
				err   error
			)
			switch mode := volume.Projected.DefaultMode; {
			case source.Secret != nil:
				files, err = d.fromSecret(source.Secret.Name, source.Secret.Items, isTrue(source.Secret.Optional), mode)
			case source.ConfigMap != nil:
				files, err = d.fromConfigMap(source.ConfigMap.Name, source.ConfigMap.Items, isTrue(source.ConfigMap.Optional), mode)
			}
			if err != nil {
				return nil, err
			}
			for path, file := range files {
				all[path] = file // the last source wins (collectData in pkg/volume/projected of Kubernetes)
			}
		}
		return all, nil
	}
	return nil, nil
}

func (d *deployed) fromSecret(name string, items []corev1.KeyToPath, optional bool, mode *int32) (map[string]mountedFile, error) {
	if secret, there := d.secrets[name]; there {
		return choose("secret "+name, secret.Data, items, optional, mode)
	}
	return missing("secret "+name, optional)
}

func (d *deployed) fromConfigMap(name string, items []corev1.KeyToPath, optional bool, mode *int32) (map[string]mountedFile, error) {
	configMap, there := d.configMaps[name]
	if !there {
		return missing("configmap "+name, optional)
	}
	data := map[string][]byte{}
	for key, value := range configMap.Data {
		data[key] = []byte(value)
	}
	for key, value := range configMap.BinaryData {
		data[key] = value
	}
	return choose("configmap "+name, data, items, optional, mode)
}

// missing is what a volume has of an object that is not there.
func missing(what string, optional bool) (map[string]mountedFile, error) {
	if optional {
		return map[string]mountedFile{}, nil
	}
	return nil, fmt.Errorf("%s not found", what)
}

// choose makes files of an object's keys: of all, or of those that `items` lists (MakePayload in pkg/volume/secret of Kubernetes).
func choose(what string, data map[string][]byte, items []corev1.KeyToPath, optional bool, mode *int32) (map[string]mountedFile, error) {
	files := map[string]mountedFile{}
	usual := corev1.SecretVolumeSourceDefaultMode // that of ConfigMaps and projected volumes as well
	if mode != nil {
		usual = *mode
	}
	if len(items) == 0 {
		for key, content := range data {
			files[key] = mountedFile{content, os.FileMode(usual)}
		}
	}
	for _, item := range items {
		content, there := data[item.Key]
		if !there {
			if optional {
				continue
			}
			return nil, fmt.Errorf("%s: references non-existent key: %s", what, item.Key)
		}
		file := mountedFile{content, os.FileMode(usual)}
		if item.Mode != nil {
			file.mode = os.FileMode(*item.Mode)
		}
		files[item.Path] = file
	}
	return files, nil
}

func isTrue(flag *bool) bool { return flag != nil && *flag }

// The kubelet writes a volume into a folder with the time in its name, and puts links to it in place (pkg/volume/util/atomic_writer.go).
const (
	payloadDir  = "..2026_11_29_00_00_00."
	payloadLink = "..data"
)

// layOut writes files as the kubelet does. It changes nothing if they are there already.
func layOut(dir string, files map[string]mountedFile) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	link := filepath.Join(dir, payloadLink)
	before, err := os.Readlink(link)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if before != "" && holds(filepath.Join(dir, before), files) {
		return nil
	}
	payload, err := writePayload(dir, files)
	if err != nil {
		return err
	}
	if err := os.Symlink(payload, link+"_tmp"); err != nil {
		return err
	}
	if err := os.Rename(link+"_tmp", link); err != nil {
		return err
	}
	if err := linkPayload(dir, payload); err != nil {
		return err
	}
	if before == "" {
		return nil
	}
	return os.RemoveAll(filepath.Join(dir, before))
}

// holds is whether a payload is just these files.
func holds(payload string, files map[string]mountedFile) bool {
	count := 0
	err := filepath.WalkDir(payload, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		count++
		name, _ := filepath.Rel(payload, path)
		if text, err := os.ReadFile(path); err != nil || !bytes.Equal(text, files[name].content) {
			return fs.ErrInvalid
		}
		return nil
	})
	return err == nil && count == len(files)
}

// writePayload writes files into a folder in dir, and returns its name.
func writePayload(dir string, files map[string]mountedFile) (string, error) {
	payload, err := os.MkdirTemp(dir, payloadDir)
	if err != nil {
		return "", err
	}
	if err := os.Chmod(payload, 0o755); err != nil {
		return "", err
	}
	for path, file := range files {
		written := filepath.Join(payload, path)
		if err := os.MkdirAll(filepath.Dir(written), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(written, file.content, file.mode); err != nil {
			return "", err
		}
		if err := os.Chmod(written, file.mode); err != nil { // whatever the umask
			return "", err
		}
	}
	return filepath.Base(payload), nil
}

// linkPayload links what is in the payload, and then removes links to what is not.
func linkPayload(dir, payload string) error {
	entries, err := os.ReadDir(filepath.Join(dir, payload))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		err := os.Symlink(filepath.Join(payloadLink, entry.Name()), filepath.Join(dir, entry.Name()))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if entries, err = os.ReadDir(dir); err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "..") || exists(filepath.Join(dir, payload, entry.Name())) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
