package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"

	"github.com/skein-dev/skein/internal/testaws"
)

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
