package testenv

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// process is a child that leads a process group of its own.
type process struct {
	command *exec.Cmd
	exited  chan struct{}
	log     string
}

// startControllers runs kube-controller-manager with the two controllers that
// deletion needs, after the CRDs are in: the garbage collector looks for new
// kinds only every 30 seconds.
func startControllers(dir, kubeconfig string) (*process, error) {
	program, err := Program("kube-controller-manager")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p, err := startProcess(filepath.Join(dir, "kube-controller-manager.log"), program,
		"--controllers=garbage-collector-controller,namespace-controller",
		"--kubeconfig="+kubeconfig,
		"--authentication-skip-lookup=true",
		"--cert-dir="+filepath.Join(dir, "kube-controller-manager"),
		"--bind-address=127.0.0.1",
		"--secure-port="+strconv.Itoa(port),
		"--leader-elect=false",
		"--kube-api-qps=500", "--kube-api-burst=1000",
	)
	if err != nil {
		return nil, err
	}
	if err := p.waitHealthy(fmt.Sprintf("https://127.0.0.1:%d/healthz", port)); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, p.tail())
	}
	return p, nil
}

func startProcess(logFile, program string, arguments ...string) (*process, error) {
	log, err := os.Create(logFile)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{command: exec.Command(program, arguments...), exited: make(chan struct{}), log: logFile}
	p.command.Stdout, p.command.Stderr = log, log
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", filepath.Base(program), err)
	}
	go func() {
		defer close(p.exited)
		_ = p.command.Wait()
	}()
	return p, nil
}

// waitHealthy waits until the URL answers 200, a minute at most, and kills the
// process where it does not.
func (p *process) waitHealthy(url string) error {
	probe := http.Client{Transport: &http.Transport{TLSClientConfig: insecureLocal()}, Timeout: time.Second}
	defer probe.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, func(context.Context) (bool, error) {
		select {
		case <-p.exited:
			return false, fmt.Errorf("%s ended: %s", p.name(), p.command.ProcessState)
		default:
		}
		answer, err := probe.Get(url)
		if err != nil {
			return false, nil
		}
		return answer.StatusCode == http.StatusOK, answer.Body.Close()
	})
	if err != nil {
		_ = p.kill()
		return fmt.Errorf("waiting for %s to become healthy: %w", p.name(), err)
	}
	return nil
}

func (p *process) name() string { return filepath.Base(p.command.Path) }

// tail returns the last lines of the process's log.
func (p *process) tail() []byte {
	content, err := os.ReadFile(p.log)
	if err != nil {
		return []byte(err.Error())
	}
	lines := bytes.Split(content, []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-20):], []byte("\n"))
}

// stop ends the process: politely, and after five seconds not so.
func (p *process) stop() error {
	_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGTERM)
	select {
	case <-p.exited:
		return nil
	case <-time.After(5 * time.Second):
		return p.kill()
	}
}

func (p *process) kill() error {
	err := syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL)
	<-p.exited
	if err != nil && err != syscall.ESRCH {
		return fmt.Errorf("killing %s: %w", p.name(), err)
	}
	return nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
