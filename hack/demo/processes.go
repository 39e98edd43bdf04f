package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/skein-dev/skein/hack/demo/internal/child"
	"github.com/skein-dev/skein/hack/demo/internal/show"
	"github.com/skein-dev/skein/internal/testenv"
)

// The operator's own place, as config/default has it.
const (
	operatorNamespace = "skein-system"
	operatorAccount   = "skein-controller-manager"
	operatorLease     = "skein.messaging.skein.dev"
)

// emptySettle is over how long queues must be seen empty before the operator deletes them; two minutes are too long for a demo.
const emptySettle = 6 * time.Second

// patience is how long programs may take to end before they are made to.
const patience = 10 * time.Second

// demo is what runs, and who is told.
type demo struct {
	out    *show.Printer
	began  time.Time
	cancel context.CancelCauseFunc

	env      *testenv.Env
	local    *child.Process
	operator *child.Process
	aws      *aws
}

// stop ends everything that was started, the operator first.
func (d *demo) stop() error {
	d.out.Progress("ending everything")
	defer d.out.Close()
	var errs []error
	for _, p := range []*child.Process{d.operator, d.local} {
		if p != nil {
			errs = append(errs, p.Stop(patience))
		}
	}
	if d.env != nil {
		errs = append(errs, d.env.Stop())
	}
	return errors.Join(errs...)
}

// programs builds the programs while the control plane starts, and puts them into its folder: whatever runs from there ends with this process,
// however that ends.
func (d *demo) programs(ctx context.Context) error {
	root, err := testenv.Root()
	if err != nil {
		return err
	}
	built, err := os.MkdirTemp("", "skein-demo-")
	if err != nil {
		return fmt.Errorf("making a folder for the programs: %w", err)
	}
	defer func() { _ = os.RemoveAll(built) }() // empty by now, or of no use
	var work errgroup.Group
	work.Go(func() error {
		build := exec.CommandContext(ctx, "go", "build", "-o", built+string(filepath.Separator), "./cmd/manager", "./cmd/skein-local", "./cmd/kubectl-skein")
		build.Dir = root
		if output, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building the programs: %w\n%s", err, output)
		}
		return nil
	})
	work.Go(func() (err error) {
		d.env, err = testenv.Start(testenv.WithControllers())
		return err
	})
	if err := work.Wait(); err != nil {
		return err
	}
	return os.Rename(built, d.path("programs"))
}

// path is a file in the folder that goes when the demo ends.
func (d *demo) path(name string) string { return filepath.Join(d.env.Dir, name) }

// start starts one of the programs, whose end is the end of the tour.
func (d *demo) start(name string, args ...string) (*child.Process, error) {
	p, err := child.Start(d.path(name+".log"), environment(), filepath.Join(d.path("programs"), name), args...)
	if err != nil {
		return nil, err
	}
	go func() {
		<-p.Exited()
		d.cancel(p.Err())
	}()
	return p, nil
}

// startLocal starts the local AWS on a free port and returns its endpoint.
func (d *demo) startLocal(ctx context.Context) (endpoint string, err error) {
	if d.local, err = d.start("skein-local", "--listen=127.0.0.1:0"); err != nil {
		return "", err
	}
	err = d.wait(ctx, "the local AWS to listen", 30*time.Second, func(context.Context) (bool, string) {
		line, _, complete := strings.Cut(d.local.Output(), "\n")
		_, url, found := strings.Cut(line, " serves ")
		endpoint = url
		return complete && found, line
	})
	return endpoint, err
}

// startOperator starts the operator as its service account and waits until it is ready.
func (d *demo) startOperator(ctx context.Context) error {
	kubeconfig, err := testenv.KubeconfigFor(ctx, d.env.Config, operatorNamespace, operatorAccount)
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.path("operator.kubeconfig"), kubeconfig, 0o600); err != nil {
		return fmt.Errorf("writing the operator's kubeconfig: %w", err)
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	d.operator, err = d.start("manager",
		"--kubeconfig="+d.path("operator.kubeconfig"),
		"--namespace="+operatorNamespace,
		"--leader-elect",
		"--metrics-bind-address=0",
		"--health-probe-bind-address="+address,
		"--empty-settle="+emptySettle.String())
	if err != nil {
		return err
	}
	return d.wait(ctx, "the operator to be ready", 30*time.Second, func(ctx context.Context) (bool, string) {
		return healthy(ctx, "http://"+address+"/readyz")
	})
}

func healthy(ctx context.Context, url string) (bool, string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false, err.Error()
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false, err.Error()
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK, answer.Status
}

// freeAddress is a loopback address that nobody listens on.
func freeAddress() (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}

// environment is this process's, less what could lead a program to a real cluster or a real AWS, and with these entries.
func environment(entries ...string) []string {
	var out []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "AWS_") && name != "KUBECONFIG" && name != "POD_NAMESPACE" {
			out = append(out, entry)
		}
	}
	return append(append(out, "NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost"), entries...)
}
