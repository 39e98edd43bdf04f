package testaws

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// child is a process that ends when its standard input is closed. This process
// holds the other end, which the kernel closes however it ends: a child never
// outlives it.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
}

// startChild runs a serving script of hack/emulators and returns the endpoint
// that it prints once it listens.
func startChild(name, program, script string) (*child, string, error) {
	log, err := nameless()
	if err != nil {
		return nil, "", fmt.Errorf("making a log for %s: %w", name, err)
	}
	defer log.Close()
	cmd := exec.Command(program, script)
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, "", fmt.Errorf("starting %s: %w", name, err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", fmt.Errorf("starting %s: %w", name, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, "", fmt.Errorf("starting %s: %w", name, err)
	}
	c := &child{cmd: cmd, stdin: stdin}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		c.stop()
		return nil, "", fmt.Errorf("starting %s: it ended before it listened:\n%s", name, contents(log))
	}
	return c, strings.TrimSpace(line), nil
}

// stop ends the process, in the end by force, and waits until it is gone.
func (c *child) stop() {
	_ = c.stdin.Close()
	kill := time.AfterFunc(5*time.Second, func() { _ = c.cmd.Process.Kill() })
	defer kill.Stop()
	_ = c.cmd.Wait()
}

// setUp installs the emulators where they are not installed yet and returns the
// paths that hack/emulators/setup.sh prints.
func setUp() (map[string]string, error) {
	script, err := setUpScript()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	cmd := exec.Command(script)
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("setting up the emulators with hack/emulators/setup.sh, which says why above: %w", err)
	}
	paths := map[string]string{}
	for line := range strings.Lines(out.String()) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		paths[key] = strings.Trim(value, "'")
	}
	return paths, nil
}

// setUpScript finds the script from the folder in which the tests of a package run.
func setUpScript() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding hack/emulators: %w", err)
	}
	for start := dir; ; dir = filepath.Dir(dir) {
		script := filepath.Join(dir, "hack", "emulators", "setup.sh")
		if _, err := os.Stat(script); err == nil {
			return script, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("finding hack/emulators above %s: not there", start)
		}
	}
}

// nameless opens a temporary file that goes when its last user closes it.
func nameless() (*os.File, error) {
	f, err := os.CreateTemp("", "skein-emulator-*.log")
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}

func contents(f *os.File) string {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<20))
	if err != nil {
		return err.Error()
	}
	return string(text)
}
