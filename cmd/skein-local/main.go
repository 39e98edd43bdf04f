// Command skein-local serves a local AWS (SQS, SNS, KMS, STS, tagging API) on one port, for demos and tests that have no
// AWS account. Everything is kept in memory, and in a file while it does not run if it is told so.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/skein-dev/skein/internal/localaws"
)

const usage = `skein-local is a local AWS for messaging: SQS, SNS, KMS keys, STS and the resource tagging API on one port,
in memory.

Usage:
  skein-local [--listen 127.0.0.1:4566] [--faults faults.yaml] [--state state.json] [--log-level debug]

Any AWS SDK and the aws CLI can use it:
  export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=111111111111 AWS_SECRET_ACCESS_KEY=any
  aws --endpoint-url $AWS_ENDPOINT_URL sqs create-queue --queue-name orders
  python3 -c 'import boto3; print(boto3.client("sqs").list_queues().get("QueueUrls"))'
(boto3 and the aws CLI take the region from AWS_DEFAULT_REGION, other SDKs from AWS_REGION; version 1 of the CLI needs the
flag, all others read AWS_ENDPOINT_URL)

Requests must be signed as for AWS; the secret is not checked and can be any.

An access key id of 12 digits is the account; any other key id belongs to account 123456789012. The region is the one
that the request is signed for. Accounts and regions are kept apart as on AWS. What it holds is gone when it stops, unless --state
names a file: it is read at the start, if it is there, and written at the stop (SIGINT, SIGTERM). Meanwhile time goes on:
what became visible, too old or due has done so at the next start. A file that is damaged or of another version is
refused and left as it is.

Pages, without a signature:
  GET /healthz          "ok" once it serves
  GET /_skein/topology  JSON of what it holds: topics, subscriptions, queues, messages, keys

A faults file makes it imperfect. Calls are matched by operation, resource, account and region:
  faults:
  - operation: sns:Subscribe         # the answer of the first two is lost
    calls: {to: 2}
    code: InternalError
    afterEffect: true
  - operation: sqs:*                 # five a second are let through, for each operation
    throttle: {rate: 5, burst: 10}
  - operation: sqs:Get*              # reads show what was five seconds ago
    resource: "*:orders"
    lag: 5s
  - operation: sqs:ReceiveMessage    # the hundredth meets a restart; keep or lose what is held
    calls: {from: 100, to: 100}
    restart: keep

Flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "skein-local:", err)
		os.Exit(1)
	}
}

// server makes the local AWS.
func (o options) server(logger *slog.Logger) (*localaws.Server, error) {
	settings := []localaws.Option{localaws.WithLogger(logger), localaws.WithSeed(cmp.Or(o.seed, randomSeed()))}
	if o.plainHTTP {
		settings = append(settings, localaws.WithPlainHTTP())
	}
	aws := localaws.New(settings...)
	if o.faults != "" {
		hook, err := loadFaults(o.faults)
		if err != nil {
			return nil, err
		}
		aws.SetHook(hook)
	}
	if o.state != "" {
		return aws, loadState(aws, o.state)
	}
	return aws, nil
}

// run serves until the context ends; it writes the address to out as soon as it listens there, and its log to log.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	var o options
	flags := o.flags()
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		_, _ = io.WriteString(out, usage)
		flags.SetOutput(out)
		flags.PrintDefaults()
		return nil
	} else if err != nil {
		return fmt.Errorf("reading flags: %w, see --help", err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("reading flags: unexpected argument %q, see --help", flags.Arg(0))
	}
	if o.version {
		_, err := fmt.Fprintln(out, "skein-local", buildVersion())
		return err
	}
	logger := o.logger(log)
	aws, err := o.server(logger)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w; give another address by --listen, such as 127.0.0.1:0 for a free port", o.listen, err)
	}
	if address, ok := listener.Addr().(*net.TCPAddr); ok && !address.IP.IsLoopback() {
		logger.Warn("everyone on the network can reach this address, and no secret is checked; to serve this machine only give "+
			"an address such as --listen 127.0.0.1:4566", slog.String("listen", o.listen))
	}
	if err := o.save(aws); err != nil { // else it would be learnt at the stop only
		return errors.Join(err, listener.Close())
	}
	_, _ = fmt.Fprintf(out, "skein-local %s serves http://%s\n", buildVersion(), listener.Addr())
	err = serve(ctx, listener, handler(aws))
	return errors.Join(err, o.save(aws))
}

// save writes the state file, if there is one.
func (o options) save(aws *localaws.Server) error {
	if o.state == "" {
		return nil
	}
	return saveState(aws, o.state)
}

// buildVersion is the version of the module that the command was built from.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
