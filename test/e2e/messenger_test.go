package e2e

import (
	"context"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
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

func dataType(value string) string {
	if _, err := strconv.ParseFloat(value, 64); err == nil {
		return "Number"
	}
	return "String"
}
