package testenv

import (
	"context"
	"fmt"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Run starts a control plane into env, runs the package's tests, stops the
// control plane and returns the exit status: for TestMain. A control plane that
// does not start fails the package; it never skips it.
func Run(m *testing.M, env *Env, opts ...Option) int {
	started, err := Start(opts...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	*env = *started
	code := m.Run()
	if err := env.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// Namespace creates a namespace with a name of its own and returns the name. It
// stays until the control plane ends.
func (e *Env) Namespace(t testing.TB) string {
	t.Helper()
	return e.LabelledNamespace(t, nil)
}

// LabelledNamespace is Namespace with labels, for consent by selector.
func (e *Env) LabelledNamespace(t testing.TB, labels map[string]string) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-", Labels: labels}}
	if err := e.Client.Create(context.Background(), namespace); err != nil {
		t.Fatalf("creating a namespace: %v", err)
	}
	return namespace.Name
}
