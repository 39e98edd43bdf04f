package child

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func start(t *testing.T, script string) *Process {
	t.Helper()
	p, err := Start(filepath.Join(t.TempDir(), "log"), []string{"PATH=/usr/bin:/bin", "GREETING=hello"}, "/bin/sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(0); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestOutputGoesToTheLogWithTheEnvironmentGiven(t *testing.T) {
	t.Setenv("HIDDEN", "secret")
	p := start(t, `echo "$GREETING $HIDDEN"; echo problem >&2; exit 3`)
	<-p.Exited()
	if got, want := p.Output(), "hello \nproblem\n"; got != want {
		t.Errorf("log %q, want %q", got, want)
	}
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "sh ended by itself: exit status 3") {
		t.Errorf("got %v", err)
	}
}

func TestStopEndsWhatTheProgramStarted(t *testing.T) {
	for name, script := range map[string]string{
		"politely": "sleep 60 & echo $!; wait",
		"by force": "trap '' TERM; (trap '' TERM; exec sleep 60) & echo $!; wait; wait",
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			p := start(t, script)
			g.Expect(p.Err()).NotTo(HaveOccurred())
			g.Eventually(p.Output).Should(HaveSuffix("\n"))
			g.Expect(p.Stop(200 * time.Millisecond)).To(Succeed())
			g.Eventually(func() error { return syscall.Kill(-p.command.Process.Pid, 0) }, 5*time.Second).Should(MatchError(syscall.ESRCH))
			g.Expect(p.Stop(0)).To(Succeed(), "a second time")
		})
	}
}

func TestStartNamesTheProgram(t *testing.T) {
	_, err := Start(filepath.Join(t.TempDir(), "log"), nil, "/nowhere/manager")
	if err == nil || !strings.Contains(err.Error(), "starting manager") {
		t.Errorf("got %v", err)
	}
	_, err = Start(filepath.Join(t.TempDir(), "no", "log"), nil, "/bin/true")
	if err == nil || !strings.Contains(err.Error(), "making a log for true") {
		t.Errorf("got %v", err)
	}
}
