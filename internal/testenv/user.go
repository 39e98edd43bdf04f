package testenv

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// AddUser makes a user who is known by a certificate of the cluster, and returns the path of a kubeconfig with which a program is that user and
// works in namespace. Without role bindings the user may do what every authenticated user may.
func (e *Env) AddUser(name, namespace string) (string, error) {
	failed := func(err error) (string, error) { return "", fmt.Errorf("adding user %s: %w", name, err) }
	user, err := e.environment.AddUser(envtest.User{Name: name}, nil)
	if err != nil {
		return failed(err)
	}
	content, err := user.KubeConfig()
	if err != nil {
		return failed(err)
	}
	config, err := clientcmd.Load(content)
	if err != nil {
		return failed(err)
	}
	for _, c := range config.Contexts {
		c.Namespace = namespace
	}
	if content, err = clientcmd.Write(*config); err != nil {
		return failed(err)
	}
	path := filepath.Join(e.Dir, "kubeconfig-"+name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return failed(err)
	}
	return path, nil
}
