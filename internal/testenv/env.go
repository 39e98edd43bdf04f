package testenv

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	messagingv1alpha1 "github.com/skein-dev/skein/api/v1alpha1"
)

// Env is a running control plane.
type Env struct {
	// Config speaks to the apiserver as a member of system:masters.
	Config *rest.Config
	// Client is a client for Config over Scheme, without a cache.
	Client client.Client
	// Scheme holds the types of Kubernetes and of Skein.
	Scheme *runtime.Scheme
	// Kubeconfig is a file for Config, for kubectl and for the operator as a process.
	Kubeconfig string
	// Dir holds everything the control plane writes; Stop removes it.
	Dir string

	environment *envtest.Environment
	controllers *process
	reaper      *reaper
}

// Option changes what Start starts.
type Option func(*options)

type options struct {
	controllers bool
	crds        string
}

// WithControllers also runs kube-controller-manager with the garbage collector
// and the namespace controller: owner references cascade and a deleted namespace
// really goes, as in a cluster.
func WithControllers() Option {
	return func(o *options) { o.controllers = true }
}

// WithCRDs installs the CRDs of this folder in place of the repository's.
func WithCRDs(directory string) Option {
	return func(o *options) { o.crds = directory }
}

// Start starts a control plane in some four seconds. What it started ends with
// Stop, or with this process, however that ends. The error is ErrNotSetUp where
// `make setup` has not been run.
func Start(opts ...Option) (*Env, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	if o.crds == "" {
		root, err := Root()
		if err != nil {
			return nil, err
		}
		o.crds = filepath.Join(root, "config", "crd", "bases")
	}
	env := &Env{Scheme: newScheme()}
	if err := env.start(o); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the control plane: %w", err), env.Stop())
	}
	return env, nil
}

func newScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(messagingv1alpha1.AddToScheme(scheme))
	return scheme
}

func (e *Env) start(o options) error {
	environment, err := newEnvironment(o.crds)
	if err != nil {
		return err
	}
	if e.Dir, err = os.MkdirTemp("", "skein-testenv-"); err != nil {
		return err
	}
	if e.reaper, err = startReaper(e.Dir); err != nil {
		return err
	}
	if err := placeIn(environment, e.Dir); err != nil {
		return err
	}
	e.environment = environment
	if e.Config, err = environment.Start(); err != nil {
		return err
	}
	// Skein has no webhooks; the certificates made for them lie outside Dir.
	if err := environment.WebhookInstallOptions.Cleanup(); err != nil {
		return err
	}
	e.Kubeconfig = filepath.Join(e.Dir, "kubeconfig")
	if err := os.WriteFile(e.Kubeconfig, environment.KubeConfig, 0o600); err != nil {
		return err
	}
	if e.Client, err = client.New(e.Config, client.Options{Scheme: e.Scheme}); err != nil {
		return err
	}
	if o.controllers {
		e.controllers, err = startControllers(e.Dir, e.Kubeconfig)
	}
	return err
}

func newEnvironment(crds string) (*envtest.Environment, error) {
	environment := &envtest.Environment{
		CRDDirectoryPaths:        []string{crds},
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: time.Minute,
	}
	environment.ControlPlane.Etcd = &envtest.Etcd{}
	apiserver := environment.ControlPlane.GetAPIServer()
	for name, path := range map[string]*string{
		"etcd":           &environment.ControlPlane.Etcd.Path,
		"kube-apiserver": &apiserver.Path,
		"kubectl":        &environment.ControlPlane.KubectlPath,
	} {
		var err error
		if *path, err = Program(name); err != nil {
			return nil, err
		}
	}
	apiserver.Configure().Set("authorization-mode", "RBAC")
	return environment, nil
}

// placeIn lets the control plane write below dir only. Its processes then carry
// the folder's name on their command lines, by which the reaper knows them.
func placeIn(environment *envtest.Environment, dir string) error {
	for name, path := range map[string]*string{
		"etcd":      &environment.ControlPlane.Etcd.DataDir,
		"apiserver": &environment.ControlPlane.GetAPIServer().CertDir,
	} {
		*path = filepath.Join(dir, name)
		if err := os.Mkdir(*path, 0o700); err != nil {
			return err
		}
	}
	return nil
}

// Stop ends everything that Start started and removes what it wrote. A second
// call does nothing.
func (e *Env) Stop() error {
	var errs []error
	if e.controllers != nil {
		errs = append(errs, e.controllers.stop())
		e.controllers = nil
	}
	if e.environment != nil {
		errs = append(errs, e.environment.Stop())
		e.environment = nil
	}
	if e.reaper != nil {
		errs = append(errs, e.reaper.stop())
		e.reaper = nil
	}
	if e.Dir != "" {
		errs = append(errs, os.RemoveAll(e.Dir))
		e.Dir = ""
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stopping the control plane: %w", err)
	}
	return nil
}
