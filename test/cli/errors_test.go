package cli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// TestErrors: what is wrong with a command line, a kubeconfig, a cluster, a name or a permission is said in words, with what helps.
func TestErrors(t *testing.T) {
	t.Parallel()
	namespace := inNamespace(t, "errors")
	jane := person(t, "errors-jane", namespace, developer...)
	looker := person(t, "errors-looker", namespace, viewer...)
	stranger := person(t, "errors-stranger", namespace)
	for _, name := range []string{"orders", "orders-eu", "invoices"} {
		create(t, &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}})
	}
	create(t, &v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "orders"}})
	for name, c := range map[string]struct {
		user user
		args []string
		code int
		// want are parts of what is said.
		want []string
	}{
		"no such command":     {jane, []string{"reconcil"}, 2, []string{`no command "reconcil"; did you mean reconcile?`, "kubectl skein --help"}},
		"nothing like it":     {jane, []string{"frobnicate"}, 2, []string{`no command "frobnicate"`, "kubectl skein --help"}},
		"no such flag":        {jane, []string{"reconcile", "orders", "--force"}, 2, []string{"unknown flag: --force", "kubectl skein reconcile --help"}},
		"timeout alone":       {jane, []string{"reconcile", "cq/orders", "--timeout", "1s"}, 2, []string{"--timeout needs --wait"}},
		"no name":             {jane, []string{"reconcile"}, 2, []string{"takes the name of one object, and got 0"}},
		"no such queue":       {jane, []string{"reconcile", "cq/ordrs"}, 1, []string{`there is no ConsumerQueue "ordrs" in namespace errors`, "Did you mean orders?"}},
		"no such kind":        {jane, []string{"reconcile", "queue/orders"}, 2, []string{`no kind "queue"`, "Write cq/orders or mt/orders"}},
		"two of a name":       {jane, []string{"reconcile", "orders"}, 2, []string{`"orders" is the name of objects of 2 kinds`, "Write cq/orders or mt/orders"}},
		"may not look":        {stranger, []string{"reconcile", "cq/orders"}, 1, []string{`User "errors-stranger" cannot get resource "consumerqueues"`, "skein-consumerqueue-viewer-role or view"}},
		"may not change":      {looker, []string{"reconcile", "cq/orders"}, 1, []string{`User "errors-looker" cannot patch resource "consumerqueues"`, "skein-consumerqueue-editor-role or edit"}},
		"no kubeconfig":       {user{}, []string{"reconcile", "cq/orders"}, 1, []string{"there is no kubeconfig", "--kubeconfig"}},
		"no such kubeconfig":  {jane, []string{"reconcile", "cq/orders", "--kubeconfig", "nowhere"}, 1, []string{"nowhere: no such file", "Correct --kubeconfig"}},
		"no such context":     {jane, []string{"reconcile", "cq/orders", "--context", "nowhere"}, 1, []string{`context "nowhere" does not exist`, "--context may be envtest"}},
		"no cluster there":    {jane, []string{"reconcile", "cq/orders", "--server", "https://127.0.0.1:1"}, 1, []string{"https://127.0.0.1:1", "cannot be reached", "connection refused", "--context"}},
		"another's authority": {jane, []string{"reconcile", "cq/orders", "--certificate-authority", notTheAuthority(t), "-n", namespace}, 1, []string{"cannot be reached", "certificate"}},
		"not let in":          {user{kubeconfig: withoutUser(t, jane)}, []string{"reconcile", "cq/orders", "--token", "wrong"}, 1, []string{"does not accept your credentials", "Log in again"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.user.isTold(t, c.want, c.code, c.args...)
		})
	}
}

// TestNotInstalled: a cluster without Skein is said to be one. An apiserver knows no path of a group that it does not have.
func TestNotInstalled(t *testing.T) {
	t.Parallel()
	kubernetes := http.NewServeMux()
	for path, answer := range map[string]string{
		"/api":  `{"kind":"APIVersions","versions":["v1"]}`,
		"/apis": `{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`,
	} {
		kubernetes.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(answer))
		})
	}
	for lacks, handler := range map[string]http.Handler{"the kind ConsumerQueue": kubernetes, "Skein's kinds": http.NotFoundHandler()} {
		server := httptest.NewServer(handler)
		defer server.Close()
		for _, args := range [][]string{{"status"}, {"status", "orders"}, {"reconcile", "cq/orders"}} {
			got := user{}.fails(t, 1, append(args, "--server", server.URL)...)
			for _, want := range []string{"the cluster at " + server.URL + " does not have " + lacks, "Install Skein"} {
				if !strings.Contains(got, want) {
					t.Errorf("%q does not say %q:\n%s", args, want, got)
				}
			}
		}
	}
}

// withoutUser writes a kubeconfig of the same cluster for nobody, and gives its path.
func withoutUser(t *testing.T, u user) string {
	t.Helper()
	content, err := os.ReadFile(u.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(string(content)) {
		if !strings.Contains(line, "client-certificate-data") && !strings.Contains(line, "client-key-data") {
			kept = append(kept, line)
		}
	}
	return file(t, strings.Join(kept, ""))
}

// notTheAuthority writes a certificate that did not sign the apiserver's, and gives its path.
func notTheAuthority(t *testing.T) string {
	t.Helper()
	return file(t, string(env.Config.CertData))
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
