// Command emulators starts one moto and one fauxqs, runs a command with their
// endpoints in its environment, and ends them with it:
//
//	go run ./hack/emulators go test ./internal/cloud/... ./test/...
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/skein-dev/skein/internal/testaws"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: emulators COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]...); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			os.Exit(exit.ExitCode())
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(program string, arguments ...string) error {
	emulators, err := testaws.Start(context.Background())
	if err != nil {
		return err
	}
	defer emulators.Stop()
	cmd := exec.Command(program, arguments...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(),
		testaws.MotoEndpointEnv+"="+emulators.Moto.Endpoint,
		testaws.FauxqsEndpointEnv+"="+emulators.Fauxqs.Endpoint)
	return cmd.Run()
}
