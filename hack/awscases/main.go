// Command awscases replays what AWS was recorded to answer against the local AWS, through the AWS SDK for Go, and
// reports where the two differ:
//
//	go run ./hack/awscases --dir DIR [-o json]
//
// A case file is read by files.go, a case is replayed against an AWS of its own by replay.go and filter.go, calls are
// made by call.go, and answers are compared by compare.go and match.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// recordedDir is where the cases lie that the tests replay, from the top of the repository.
const recordedDir = "hack/awscases/testdata"

const usage = `usage: go run ./hack/awscases [--dir DIR] [-o text|json]

Replays every *.json case file of DIR (not of the directories below it) against the local AWS and reports how many of
its cases agree with what AWS was recorded to answer. What a case is, its keys say, not the name of its file:

  service, op, params                 a call after the calls in setup; its answer must hold what expect says
  api, policy, valid                  Subscribe or SetSubscriptionAttributes takes or refuses a filter policy
  scope, policy, delivered            what is published does or does not pass a filter policy into a queue
  pattern, event, valid, matches      an EventBridge pattern, tried as a filter policy of scope MessageBody: a hint
                                      only; where SNS and EventBridge take different patterns, a case is not counted

-o json prints one object and nothing else to standard output:

  {"files": {"queue-operations.json": {"agreed": 61, "total": 62,
    "disagreements": [{"name": "...", "reason": "..."}]}}}

There is one member a file, called as the file is in DIR, with its extension; total counts the cases that were
replayed, agreed those that answered as AWS did, and disagreements (empty, never null) lists the others in the order
of the file. A file that cannot be read has no member and an error on standard error.

The exit code is 0 when everything was replayed, whatever disagrees, and 1 when a file could not be read; the other
files are replayed all the same.

`

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "awscases:", err)
		os.Exit(1)
	}
}

// run replays what the arguments ask for. Its error names every file that could not be read.
func run(ctx context.Context, arguments []string, out, help io.Writer) error {
	set := flag.NewFlagSet("awscases", flag.ContinueOnError)
	set.SetOutput(help)
	set.Usage = func() {
		fmt.Fprint(help, usage)
		set.PrintDefaults()
	}
	dir := set.String("dir", recordedDir, "`directory` of case files")
	output := set.String("o", "text", "`format` of the report: text or json")
	if err := set.Parse(arguments); err != nil {
		return err
	}
	if set.NArg() > 0 {
		return fmt.Errorf("reading arguments: %q is no flag", set.Arg(0))
	}
	if *output != "text" && *output != "json" {
		return fmt.Errorf("reading arguments: there is no format %q: have text, json", *output)
	}
	files, unread := readDir(*dir)
	report := replayAll(ctx, files)
	return errors.Join(unread, report.print(out, *output))
}
