package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skein-dev/skein/internal/testenv"
)

// TestPlugin: kubectl finds the program on PATH, runs it, and completes its command lines.
func TestPlugin(t *testing.T) {
	t.Parallel()
	namespace := inNamespace(t, "plugin")
	jane := person(t, "plugin-jane", namespace, developer...)
	create(t, queue(namespace, "orders", nil, ready()))
	kubectl, err := testenv.Program("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, name := range []string{"kubectl-skein", "kubectl_complete-skein"} {
		if err := os.Symlink(built(t, "kubectl-skein"), filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) string {
		t.Helper()
		command := jane.command(t, kubectl, args...)
		command.Env = append(command.Env, "PATH="+folder+":/usr/bin:/bin")
		out, err := command.Output()
		if err != nil {
			t.Fatalf("kubectl %q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	if got := run("skein", "--help"); got != jane.ok(t, "--help") {
		t.Errorf("kubectl skein --help:\n%s", got)
	}
	if got := run("skein", "status"); !strings.Contains(got, "orders   True") {
		t.Errorf("kubectl skein status:\n%s", got)
	}
	for _, c := range []struct {
		words []string
		want  string
	}{
		{nil, "reconcile\t"},
		{[]string{"reconcile"}, "cq/orders\tConsumerQueue"},
		{[]string{"status", "--output"}, "json"},
	} {
		if got := run(append(append([]string{"__complete", "skein"}, c.words...), "")...); !strings.Contains(got, c.want) {
			t.Errorf("completing %q does not give %q:\n%s", c.words, c.want, got)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if got := (user{}).ok(t, "version"); !strings.HasPrefix(got, "kubectl-skein ") || len(strings.Fields(got)) != 2 {
		t.Errorf("version: %q", got)
	}
}
