package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/skein-dev/skein/internal/testaws"
)

// messenger publishes, sends and receives as a workload does.
type messenger interface {
	publish(topicARN string, m message) error
	send(queueURL string, m message) error
	// receive waits up to a second and gives at most ten messages.
	receive(queueURL string) ([]message, error)
	delete(queueURL string, m message) error
}

// message is one message on its way.
type message struct {
	body string
	// attributes are message attributes; those that are numbers are sent as such.
	attributes map[string]string
	// group and id are those of FIFO topics.
	group, id string
	// handle is set on a received message.
	handle string
}

// messengers apply a sample and run the same test over the SDK of Go in process, and over boto3 by a port.
func messengers(t *testing.T, file string, run func(t *testing.T, w worker)) {
	w := newWorld(t)
	w.applySample(file)
	for _, client := range []struct {
		name string
		messenger
	}{{"go", inProcess{w.hands()}}, {"boto3", newForeigner(t, w)}} {
		t.Run(client.name, func(t *testing.T) {
			parent := w.t
			w.t = t
			defer func() { w.t = parent }()
			run(t, worker{w, client})
		})
	}
}

// inProcess is the SDK of Go.
type inProcess struct{ hands }

func (p inProcess) publish(topicARN string, m message) error {
	in := &sns.PublishInput{TopicArn: &topicARN, Message: &m.body, MessageAttributes: map[string]snstypes.MessageAttributeValue{}}
	if m.group != "" {
		in.MessageGroupId, in.MessageDeduplicationId = &m.group, &m.id
	}
	for name, value := range m.attributes {
		in.MessageAttributes[name] = snstypes.MessageAttributeValue{DataType: aws.String(dataType(value)), StringValue: &value}
	}
	_, err := p.sns.Publish(context.Background(), in)
	return err
}

func (p inProcess) send(queueURL string, m message) error {
	in := &sqs.SendMessageInput{QueueUrl: &queueURL, MessageBody: &m.body, MessageAttributes: map[string]sqstypes.MessageAttributeValue{}}
	for name, value := range m.attributes {
		in.MessageAttributes[name] = sqstypes.MessageAttributeValue{DataType: aws.String(dataType(value)), StringValue: &value}
	}
	_, err := p.sqs.SendMessage(context.Background(), in)
	return err
}

func (p inProcess) receive(queueURL string) ([]message, error) {
	out, err := p.sqs.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{
		QueueUrl: &queueURL, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageAttributeNames: []string{"All"},
	})
	if err != nil {
		return nil, err
	}
	var got []message
	for _, m := range out.Messages {
		one := message{body: *m.Body, handle: *m.ReceiptHandle, attributes: map[string]string{}}
		for name, value := range m.MessageAttributes {
			one.attributes[name] = aws.ToString(value.StringValue)
		}
		got = append(got, one)
	}
	return got, nil
}

func (p inProcess) delete(queueURL string, m message) error {
	_, err := p.sqs.DeleteMessage(context.Background(), &sqs.DeleteMessageInput{QueueUrl: &queueURL, ReceiptHandle: &m.handle})
	return err
}

// foreigner is a process with boto3 that speaks to a world over the wire.
type foreigner struct {
	in  io.Writer
	out *bufio.Scanner
}

func newForeigner(t *testing.T, w *world) *foreigner {
	t.Helper()
	server := httptest.NewServer(w.aws)
	t.Cleanup(server.Close)
	command := exec.CommandContext(t.Context(), testaws.Python(t), "testdata/boto3_client.py", server.URL, accountID, region)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = command.Wait()
	})
	return &foreigner{in: in, out: bufio.NewScanner(out)}
}

type object = map[string]any

// call makes one call and reads its answer.
func (f *foreigner) call(service, call string, params object, answer any) error {
	if err := json.NewEncoder(f.in).Encode(object{"service": service, "call": call, "params": params}); err != nil {
		return err
	}
	if !f.out.Scan() {
		return fmt.Errorf("calling %s by boto3: it has ended: %w", call, f.out.Err())
	}
	var result struct {
		Answer json.RawMessage
		Error  string
	}
	if err := json.Unmarshal(f.out.Bytes(), &result); err != nil {
		return err
	}
	if result.Error != "" {
		return fmt.Errorf("calling %s by boto3: %s", call, result.Error)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(result.Answer, answer)
}

func (f *foreigner) publish(topicARN string, m message) error {
	params := object{"TopicArn": topicARN, "Message": m.body, "MessageAttributes": pythonAttributes(m)}
	if m.group != "" {
		params["MessageGroupId"], params["MessageDeduplicationId"] = m.group, m.id
	}
	return f.call("sns", "publish", params, nil)
}

func (f *foreigner) send(queueURL string, m message) error {
	return f.call("sqs", "send_message", object{"QueueUrl": queueURL, "MessageBody": m.body, "MessageAttributes": pythonAttributes(m)}, nil)
}

func (f *foreigner) receive(queueURL string) ([]message, error) {
	var answer struct {
		Messages []struct {
			Body, ReceiptHandle string
			MessageAttributes   map[string]struct{ StringValue string }
		}
	}
	err := f.call("sqs", "receive_message", object{
		"QueueUrl": queueURL, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1, "MessageAttributeNames": []string{"All"},
	}, &answer)
	var got []message
	for _, m := range answer.Messages {
		one := message{body: m.Body, handle: m.ReceiptHandle, attributes: map[string]string{}}
		for name, value := range m.MessageAttributes {
			one.attributes[name] = value.StringValue
		}
		got = append(got, one)
	}
	return got, err
}

func (f *foreigner) delete(queueURL string, m message) error {
	return f.call("sqs", "delete_message", object{"QueueUrl": queueURL, "ReceiptHandle": m.handle}, nil)
}

func pythonAttributes(m message) object {
	out := object{}
	for name, value := range m.attributes {
		out[name] = object{"DataType": dataType(value), "StringValue": value}
	}
	return out
}

func dataType(value string) string {
	if _, err := strconv.ParseFloat(value, 64); err == nil {
		return "Number"
	}
	return "String"
}

// worker receives in a world and lets its clock run on meanwhile.
type worker struct {
	*world
	messenger
}

// work handles what a queue holds until it gives nothing more, and deletes what was handled. It returns what it received.
func (w worker) work(queue string, handled func(message) bool) []message {
	w.t.Helper()
	url := w.url(queue)
	var all []message
	for {
		got := w.receiveNow(url)
		if len(got) == 0 {
			return all
		}
		for _, m := range got {
			all = append(all, m)
			if handled(m) {
				w.must(w.delete(url, m))
			}
		}
	}
}

// receiveNow ends a long poll that finds nothing by moving the clock.
func (w worker) receiveNow(url string) []message {
	w.t.Helper()
	type result struct {
		got []message
		err error
	}
	done := make(chan result, 1)
	go func() {
		got, err := w.receive(url)
		done <- result{got, err}
	}()
	for {
		select {
		case r := <-done:
			w.must(r.err)
			return r.got
		case <-time.After(10 * poll):
			w.jump(time.Second)
		}
	}
}

func (w worker) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w worker) url(queue string) string {
	w.t.Helper()
	out, err := w.hands().sqs.GetQueueUrl(w.ctx, &sqs.GetQueueUrlInput{QueueName: &queue})
	w.must(err)
	return *out.QueueUrl
}

func always(message) bool { return true }

// bodies of messages, sorted.
func bodies(all []message) []string {
	var out []string
	for _, m := range all {
		out = append(out, m.body)
	}
	slices.Sort(out)
	return out
}
