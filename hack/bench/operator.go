package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/skein-dev/skein/internal/testenv"
)

// build builds the operator from the sources at hand, stripped as for its image.
func build(ctx context.Context, to string) (string, error) {
	root, err := testenv.Root()
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", to, "./cmd/manager")
	command.Dir, command.Stdout, command.Stderr = root, os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("building the operator: %w", err)
	}
	return to, nil
}

// operator is the operator as a process. Its kubeconfig lies in the control
// plane's folder, by which the control plane's reaper finds it should this
// process die.
type operator struct {
	program   string
	arguments []string
	log       *os.File

	command *exec.Cmd
	ended   chan error
	// peak is the largest resident set so far over all starts, in MiB.
	peak float64
}

func newOperator(program, kubeconfig, rate string, log *os.File) *operator {
	return &operator{program: program, log: log, arguments: []string{
		"--kubeconfig=" + kubeconfig, "--leader-elect=false", "--metrics-bind-address=0", "--health-probe-bind-address=0",
		"--empty-settle=1s", "--aws-rate=" + rate,
	}}
}

// start starts the process with keys for an emulator and nothing else of this process's AWS settings.
func (o *operator) start() error {
	o.command = exec.Command(o.program, o.arguments...)
	o.command.Stdout, o.command.Stderr = o.log, o.log
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AWS_") {
			o.command.Env = append(o.command.Env, variable)
		}
	}
	o.command.Env = append(o.command.Env, "AWS_ACCESS_KEY_ID="+accountID, "AWS_SECRET_ACCESS_KEY=bench", "AWS_EC2_METADATA_DISABLED=true")
	if err := o.command.Start(); err != nil {
		return fmt.Errorf("starting the operator: %w", err)
	}
	ended, command := make(chan error, 1), o.command
	o.ended = ended
	go func() { ended <- command.Wait() }()
	return nil
}

// alive is an error once the process has ended by itself.
func (o *operator) alive() error {
	select {
	case err := <-o.ended:
		o.ended <- err
		return fmt.Errorf("the operator ended by itself: %w", errors.Join(err, errors.New(o.tail())))
	default:
		return nil
	}
}

// stop ends the process as Kubernetes does, in the end by force, and waits until it is gone.
func (o *operator) stop() error {
	if o.command == nil {
		return nil
	}
	o.note()
	_ = o.command.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(20*time.Second, func() { _ = o.command.Process.Kill() })
	defer kill.Stop()
	err := <-o.ended
	o.command = nil
	if err != nil {
		return fmt.Errorf("stopping the operator: %w", err)
	}
	return nil
}

// note takes the process's peak resident set down. A process that is gone has none.
func (o *operator) note() {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", o.command.Process.Pid))
	if err == nil {
		o.peak = max(o.peak, peakMiB(content))
	}
}

// peakMiB reads VmHWM from a /proc/PID/status.
func peakMiB(status []byte) float64 {
	for line := range bytes.Lines(status) {
		name, value, _ := strings.Cut(string(line), ":")
		if fields := strings.Fields(value); name == "VmHWM" && len(fields) > 0 {
			kib, err := strconv.ParseFloat(fields[0], 64)
			if err == nil {
				return kib / 1024
			}
		}
	}
	return 0
}

// tail is the end of the operator's log.
func (o *operator) tail() string {
	const most = 4096
	info, err := o.log.Stat()
	if err != nil {
		return ""
	}
	text := make([]byte, min(info.Size(), most))
	n, _ := o.log.ReadAt(text, info.Size()-int64(len(text)))
	return "the end of its log:\n" + string(text[:n])
}
