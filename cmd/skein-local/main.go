// Command skein-local serves a local AWS (SQS, SNS, STS, tagging API) on one port, for demos and tests that have no
// AWS account. Everything is kept in memory.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/skein-dev/skein/internal/localaws"
)

const usage = `skein-local is a local AWS for messaging: SQS, SNS, STS and the resource tagging API on one port, in memory.

Usage:
  skein-local [--listen 127.0.0.1:4566]

Any AWS SDK and the aws CLI can use it:
  export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=111111111111 AWS_SECRET_ACCESS_KEY=any
  aws --endpoint-url $AWS_ENDPOINT_URL sqs create-queue --queue-name orders
(version 1 of the aws CLI needs the flag for SQS, SDKs read the variable)

An access key id of 12 digits is the account; any other key id belongs to account 123456789012. The region is the one
that the request is signed for. Accounts and regions are kept apart as on AWS. What it holds is gone when it stops.
GET /healthz answers "ok" once it serves.

Flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "skein-local:", err)
		os.Exit(1)
	}
}

// run serves until the context ends; it writes the address to out as soon as it listens there.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("skein-local", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() {
		_, _ = io.WriteString(out, usage)
		flags.PrintDefaults()
	}
	listen := flags.String("listen", "127.0.0.1:4566", "`address` to serve on; port 0 takes a free one")
	version := flags.Bool("version", false, "print the version and exit")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return fmt.Errorf("reading flags: %w", err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("reading flags: unexpected argument %q, see --help", flags.Arg(0))
	}
	if *version {
		_, err := fmt.Fprintln(out, "skein-local", buildVersion())
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", *listen, err)
	}
	_, _ = fmt.Fprintf(out, "skein-local %s serves http://%s\n", buildVersion(), listener.Addr())
	return serve(ctx, listener)
}

// serve answers requests until the context ends, then lets those under way finish.
func serve(ctx context.Context, listener net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.Handle("/", localaws.New())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		graceful, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(graceful)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", listener.Addr(), err)
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}

// buildVersion is the version of the module that the command was built from.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
