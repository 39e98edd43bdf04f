package testenv

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestNothingOutlivesAPanic(t *testing.T) {
	g := NewWithT(t)
	file := filepath.Join(t.TempDir(), "dir")
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), "SKEIN_TEST_PANIC="+file)
	output, err := child.CombinedOutput()
	g.Expect(err).To(HaveOccurred())
	g.Expect(string(output)).To(ContainSubstring("a test went wrong"))
	dir, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Eventually(func() bool {
		_, err := os.Stat(string(dir))
		return errors.Is(err, fs.ErrNotExist)
	}, 10*time.Second, 20*time.Millisecond).Should(BeTrue(), "%s stayed", dir)
	g.Expect(processesNaming(string(dir))).To(BeEmpty())
}

func TestRunningProcessesNameTheirFolder(t *testing.T) {
	if got := processesNaming(env.Dir); len(got) != 3 {
		t.Errorf("processes that name %s, by which the reaper would find them: %q, want three", env.Dir, got)
	}
}

func processesNaming(dir string) []string {
	output, _ := exec.Command("pgrep", "-f", dir).Output() // status 1 where there are none
	return strings.Fields(string(output))
}
