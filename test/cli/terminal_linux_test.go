package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"
	"unsafe"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// onTerminal carries out kubectl skein on a terminal of that width, and gives all that appeared there.
func (u user) onTerminal(t *testing.T, width uint16, args ...string) string {
	t.Helper()
	screen, terminal := openTerminal(t, width)
	command := u.command(t, built(t, "kubectl-skein"), args...)
	command.Stdin, command.Stdout, command.Stderr = terminal, terminal, terminal
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	// Once the program has ended nobody holds the terminal, and reading what appeared there ends with an error.
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	if _, err := shown.ReadFrom(screen); shown.Len() == 0 {
		t.Fatalf("nothing appeared: %v", err)
	}
	if err := command.Wait(); err != nil {
		t.Fatalf("kubectl skein %q: %v\n%s", args, err, shown.String())
	}
	return strings.ReplaceAll(shown.String(), "\r\n", "\n")
}

// openTerminal opens a pseudo terminal (https://man7.org/linux/man-pages/man4/pts.4.html).
func openTerminal(t *testing.T, width uint16) (screen, terminal *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { screen.Close() })
	var number, unlocked int32
	size := [4]uint16{50, width}
	for request, argument := range map[uintptr]unsafe.Pointer{
		syscall.TIOCGPTN:   unsafe.Pointer(&number),
		syscall.TIOCSPTLCK: unsafe.Pointer(&unlocked),
		syscall.TIOCSWINSZ: unsafe.Pointer(&size),
	} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, screen.Fd(), request, uintptr(argument)); errno != 0 {
			t.Fatal(errno)
		}
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return screen, terminal
}

// TestTerminal: on a terminal what is wrong has a colour, unless NO_COLOR or a terminal without colours forbids it, and lines end where it does.
func TestTerminal(t *testing.T) {
	t.Parallel()
	namespace := inNamespace(t, "terminal")
	orders(t, namespace)
	jane := person(t, "terminal-jane", namespace, developer...)
	shown := jane.onTerminal(t, 60, "status")
	for _, want := range []string{"\x1b[31mFalse\x1b[0m", "\x1b[32mTrue\x1b[0m", "\x1b[33m240\x1b[0m"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not shown:\n%s", want, shown)
		}
	}
	if strings.Contains(shown, "\x1b[31mSkeinTopics") {
		t.Errorf("an event's text acts upon the terminal:\n%q", shown)
	}
	for _, environment := range []string{"NO_COLOR=1", "TERM=dumb"} {
		without := user{kubeconfig: jane.kubeconfig, environment: []string{environment}}.onTerminal(t, 60, "status")
		if strings.Contains(without, "\x1b") {
			t.Errorf("control codes with %s:\n%q", environment, without)
		}
		for line := range strings.Lines(without) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 60 {
				t.Errorf("a line of %d characters on a terminal of 60:\n%s", n, line)
			}
		}
	}
}

// TestWatch: the page is written anew over the former one until somebody presses Ctrl-C, which is no error.
func TestWatch(t *testing.T) {
	t.Parallel()
	namespace := inNamespace(t, "watch")
	orders := queue(namespace, "orders", &v1alpha1.MessageCounts{}, ready())
	create(t, orders)
	jane := person(t, "watch-jane", namespace, developer...)
	screen, terminal := openTerminal(t, 120)
	command := jane.command(t, built(t, "kubectl-skein"), "status", "orders", "--watch")
	command.Stdin, command.Stdout, command.Stderr = terminal, terminal, terminal
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	const page = "\x1b[H\x1b[2J"
	var shown strings.Builder
	until := func(done func() bool) {
		t.Helper()
		for !done() {
			some := make([]byte, 4096)
			n, err := screen.Read(some)
			if err != nil {
				t.Fatalf("it ended: %v\n%s", err, shown.String())
			}
			shown.Write(some[:n])
		}
	}
	until(func() bool { return strings.Count(shown.String(), page) >= 2 })
	// What cannot be read for a while does not end it.
	if err := env.Client.Delete(t.Context(), orders); err != nil {
		t.Fatal(err)
	}
	until(func() bool {
		return strings.Contains(shown.String(), "It cannot be read now: there is no ConsumerQueue")
	})
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(&shown, screen); err == nil {
		t.Error("the terminal is still held")
	}
	if err := command.Wait(); command.ProcessState.ExitCode() != 130 || strings.Contains(shown.String(), "Error") {
		t.Errorf("it ended with %v:\n%s", err, shown.String())
	}
	if got := jane.fails(t, 2, "status", "--watch"); !strings.Contains(got, "--watch writes to a terminal") {
		t.Errorf("--watch into a pipe:\n%s", got)
	}
}
