package cli

import (
	"os"
	"strconv"
	"syscall"
	"testing"
	"unsafe"
)

// newTerminal opens a terminal of so many columns: what a process writes to it comes out of its screen (man 4 pts).
func newTerminal(t *testing.T, columns uint16) (screen, terminal *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	var number uint32
	locked, size := int32(0), struct{ rows, columns, width, height uint16 }{rows: 24, columns: columns}
	control(t, screen, syscall.TIOCGPTN, unsafe.Pointer(&number))
	control(t, screen, syscall.TIOCSPTLCK, unsafe.Pointer(&locked))
	control(t, screen, syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	terminal, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	return screen, terminal
}

func control(t *testing.T, file *os.File, request uintptr, argument unsafe.Pointer) {
	t.Helper()
	if _, _, err := syscall.Syscall(syscall.SYS_IOCTL, file.Fd(), request, uintptr(argument)); err != 0 {
		t.Fatal(err)
	}
}
