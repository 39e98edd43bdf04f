// Package cli tests kubectl skein as its users run it: the program itself, as a person with the ClusterRoles that come with Skein, against a real
// apiserver. It links neither the program nor the AWS SDK.
package cli

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/skein-dev/skein/internal/testenv"
)

var env testenv.Env

// atOnce is how many tests run at once: most of their time they wait for a program that waits.
const atOnce = "8"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	os.Exit(testenv.Run(m, &env))
}

// built builds a program of cmd/ once, and gives its path. It goes with the control plane.
func built(t *testing.T, name string) string {
	t.Helper()
	once, _ := programs.LoadOrStore(name, sync.OnceValues(func() (string, error) {
		path := filepath.Join(env.Dir, "bin", name)
		command := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "github.com/skein-dev/skein/cmd/"+name)
		command.Stderr = os.Stderr
		return path, command.Run()
	}))
	path, err := once.(func() (string, error))()
	if err != nil {
		t.Fatalf("building %s: %v", name, err)
	}
	return path
}

var programs sync.Map

// result is what came of a command line.
type result struct {
	stdout, stderr string
	code           int
}

// user is somebody at a terminal.
type user struct {
	// kubeconfig names the cluster, the user and the namespace.
	kubeconfig string
	// environment is added to the little that every command has.
	environment []string
}

// run carries out kubectl skein with these arguments. Its output is no terminal, and has no control codes.
func (u user) run(t *testing.T, args ...string) result {
	t.Helper()
	command := u.command(t, built(t, "kubectl-skein"), args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil && command.ProcessState == nil {
		t.Fatal(err)
	}
	got := result{stdout: stdout.String(), stderr: stderr.String(), code: command.ProcessState.ExitCode()}
	if at := strings.IndexFunc(got.stdout+got.stderr, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }); at >= 0 {
		t.Errorf("kubectl skein %q writes a control code to what is no terminal: %q", args, (got.stdout + got.stderr)[at:])
	}
	return got
}

// command makes a command with the user's environment, and nothing else of this process's.
func (u user) command(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir = env.Dir
	command.Env = append([]string{"PATH=" + filepath.Dir(program) + ":" + os.Getenv("PATH"), "HOME=" + env.Dir, "KUBECONFIG=" + u.kubeconfig, "TERM=xterm"}, u.environment...)
	return command
}

// ok runs a command that must succeed and say nothing on the side, and gives what it prints.
func (u user) ok(t *testing.T, args ...string) string {
	t.Helper()
	got := u.run(t, args...)
	if got.code != 0 || got.stderr != "" {
		t.Fatalf("kubectl skein %q: code %d\n%s%s", args, got.code, got.stdout, got.stderr)
	}
	return got.stdout
}

// fails runs a command that must end with that code, print nothing and explain itself, and gives the explanation.
func (u user) fails(t *testing.T, code int, args ...string) string {
	t.Helper()
	got := u.run(t, args...)
	if got.code != code || got.stdout != "" || got.stderr == "" {
		t.Fatalf("kubectl skein %q: code %d, want %d, and an error alone\n%s%s", args, got.code, code, got.stdout, got.stderr)
	}
	return got.stderr
}

// isTold runs a command that must end with that code, and with an error and a remedy that say these things.
func (u user) isTold(t *testing.T, wanted []string, code int, args ...string) {
	t.Helper()
	got := u.fails(t, code, args...)
	for _, want := range wanted {
		if !strings.Contains(got, want) {
			t.Errorf("does not say %q:\n%s", want, got)
		}
	}
	if !strings.HasPrefix(got, "Error: ") || !strings.Contains(got, "\nRemedy: ") {
		t.Errorf("is not an error and a remedy:\n%s", got)
	}
}
