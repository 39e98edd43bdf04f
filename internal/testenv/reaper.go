package testenv

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// reaper is a small shell that outlives this process for a moment: it waits for
// the end of its input, which comes when this process ends in whatever way (a
// panic in a test, a timeout, SIGKILL), and then kills what still runs with the
// folder's name on its command line, and removes the folder.
type reaper struct {
	command *exec.Cmd
	input   io.WriteCloser
}

// The folder comes by the environment, so that the shell is not on its own list.
const reaperScript = `cat >/dev/null; pkill -KILL -f "$SKEIN_REAP"; rm -rf "$SKEIN_REAP"`

func startReaper(dir string) (*reaper, error) {
	if _, err := exec.LookPath("pkill"); err != nil {
		return nil, fmt.Errorf("starting the clean-up process: %w (package procps)", err)
	}
	command := exec.Command("sh", "-c", reaperScript)
	command.Env = append(os.Environ(), "SKEIN_REAP="+dir)
	// A group of its own: Ctrl-C in the terminal reaches this process, not the reaper.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	input, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the clean-up process: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting the clean-up process: %w", err)
	}
	return &reaper{command: command, input: input}, nil
}

// stop lets the reaper do its work now and waits for it.
func (r *reaper) stop() error {
	if err := r.input.Close(); err != nil {
		return err
	}
	return r.command.Wait()
}
