package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
)

// asCommand makes the binary of the tests the command itself.
const asCommand = "SKEIN_LOCAL_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process is the command as a process of its own.
type process struct {
	*exec.Cmd
	base string
}

func startProcess(t *testing.T, flags ...string) process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"--listen", "127.0.0.1:0"}, flags...)...)
	cmd.Env, cmd.Stderr = append(os.Environ(), asCommand+"=1"), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, base, found := strings.Cut(strings.TrimSpace(line), " serves ")
	if !found {
		t.Fatalf("first line %q, %v", line, err)
	}
	return process{cmd, base}
}

// stop ends the process as a service manager does.
func (p process) stop(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Fatalf("the process ended with %v", err)
	}
}

// TestStateOutlivesTheProcess: a message in flight can be deleted by its handle in the next run, a duplicate is known,
// and the name of a deleted queue is held back.
func TestStateOutlivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	first := startProcess(t, "--state", path)
	client := queues(first.base)
	ctx := t.Context()
	for _, name := range []string{"orders", "payments.fifo", "deleted"} {
		attributes := map[string]string{"VisibilityTimeout": "600"}
		if strings.HasSuffix(name, ".fifo") {
			attributes["FifoQueue"] = "true"
		}
		if _, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes}); err != nil {
			t.Fatal(err)
		}
	}
	pay := &sqs.SendMessageInput{
		QueueUrl: aws.String("payments.fifo"), MessageBody: aws.String("1"), MessageGroupId: aws.String("g"), MessageDeduplicationId: aws.String("a"),
	}
	paid, err := client.SendMessage(ctx, pay)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{"1", "2"} {
		if _, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String("orders"), MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
	}
	received, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String("orders")})
	if err != nil || len(received.Messages) != 1 {
		t.Fatalf("received %+v, %v", received, err)
	}
	if _, err := client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: aws.String("deleted")}); err != nil {
		t.Fatal(err)
	}
	first.stop(t)

	second := startProcess(t, "--state", path)
	client = queues(second.base)
	if _, body := get(t, second.base+"/_skein/topology"); !strings.Contains(body, `"inFlight": 1`) || strings.Contains(body, `"deleted"`) {
		t.Errorf("the second run holds %s", body)
	}
	if _, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String("orders"), ReceiptHandle: received.Messages[0].ReceiptHandle}); err != nil {
		t.Errorf("deleting by the handle of the first run: %v", err)
	}
	rest, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String("orders"), MaxNumberOfMessages: 10})
	if err != nil || len(rest.Messages) != 1 || *rest.Messages[0].Body != "2" {
		t.Errorf("received %+v, %v; want the other message", rest, err)
	}
	if again, err := client.SendMessage(ctx, pay); err != nil || *again.MessageId != *paid.MessageId {
		t.Errorf("sending a duplicate: %+v, %v; want the id %s", again, err, *paid.MessageId)
	}
	_, err = client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("deleted")})
	if err == nil || !strings.Contains(err.Error(), "You must wait 60 seconds") {
		t.Errorf("creating the queue that was deleted: got %v", err)
	}
	second.stop(t)
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("beside the state there is %v, %v", files, err)
	}
}

// TestBrokenStateIsLeftAlone: the error names the file and what to do, and the file stays as it is.
func TestBrokenStateIsLeftAlone(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole.json")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := run(ctx, []string{"--listen", "127.0.0.1:0", "--state", whole}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ text, want string }{
		"truncated":       {string(text[:len(text)-10]), "it is no whole JSON document"},
		"empty":           {"", "it is no whole JSON document"},
		"another version": {strings.Replace(string(text), `"version":1`, `"version":99`, 1), "it is of version 99, and only version"},
		"damaged":         {strings.Replace(string(text), `"Counter":0`, `"Counter":1`, 1), "its checksum is wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, test.text)
			err := run(t.Context(), []string{"--listen", "127.0.0.1:0", "--state", path}, io.Discard, io.Discard)
			for _, want := range []string{"reading state from " + path, test.want, "move it away to start with nothing"} {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}
			after, err := os.ReadFile(path)
			if diff := cmp.Diff(test.text, string(after)); diff != "" || err != nil {
				t.Errorf("the file was changed (-was +is), %v:\n%s", err, diff)
			}
		})
	}
}

// TestStateThatCannotBeSaved is learnt at the start, and if it comes about later at the stop.
func TestStateThatCannotBeSaved(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "folder")
	path := filepath.Join(folder, "state.json")
	args := []string{"--listen", "127.0.0.1:0", "--state", path}
	err := run(t.Context(), args, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "saving state to "+path) {
		t.Errorf("without its folder: got %v", err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	err = run(ctx, args, removes{folder, stop}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "saving state to "+path) {
		t.Errorf("when the folder is gone: got %v", err)
	}
}

// removes removes the folder and stops the command as soon as that says that it serves.
type removes struct {
	folder string
	stop   func()
}

func (r removes) Write(p []byte) (int, error) {
	r.stop()
	return len(p), os.RemoveAll(r.folder)
}
