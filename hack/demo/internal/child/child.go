// Package child runs the programs of the demo: each leads a process group of its own, so that Ctrl-C in the terminal reaches the demo alone and it
// ends them in order, and writes to a log file.
package child

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Process is a program that was started.
type Process struct {
	// Name is the program's file name.
	Name string
	// Log is the file that holds its output.
	Log string

	command *exec.Cmd
	exited  chan struct{}
}

// Start starts a program with exactly this environment; its output goes to a new log file.
func Start(log string, env []string, program string, args ...string) (*Process, error) {
	name := filepath.Base(program)
	file, err := os.Create(log)
	if err != nil {
		return nil, fmt.Errorf("making a log for %s: %w", name, err)
	}
	defer func() { _ = file.Close() }() // the child has its own
	p := &Process{Name: name, Log: log, command: exec.Command(program, args...), exited: make(chan struct{})}
	p.command.Env, p.command.Stdout, p.command.Stderr = env, file, file
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	go func() {
		defer close(p.exited)
		_ = p.command.Wait() // how it ended is in ProcessState
	}()
	return p, nil
}

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Err says that the process has ended, and how; nil while it runs.
func (p *Process) Err() error {
	select {
	case <-p.exited:
		return fmt.Errorf("%s ended by itself: %s", p.Name, p.command.ProcessState)
	default:
		return nil
	}
}

// Output returns what the process has written so far.
func (p *Process) Output() string {
	content, err := os.ReadFile(p.Log)
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// Stop ends the process with all that it started, and waits for it: politely for so long, then by force. A second call does nothing.
func (p *Process) Stop(patience time.Duration) error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(patience):
	}
	err := p.signal(syscall.SIGKILL)
	<-p.exited
	return err
}

func (p *Process) signal(s syscall.Signal) error {
	if err := syscall.Kill(-p.command.Process.Pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stopping %s: %w", p.Name, err)
	}
	return nil
}
