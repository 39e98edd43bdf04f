package e2e

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/testaws"
)

// What SNS could not deliver is copied by plain calls of SQS: other people's emulators take them as localaws does.
func TestCopiesOnAllEmulators(t *testing.T) {
	for _, b := range []testaws.Backend{testaws.Local(t), testaws.Shared(t).Moto, testaws.Shared(t).Fauxqs} {
		for _, suffix := range []string{"", ".fifo"} {
			t.Run(b.Name+suffix, func(t *testing.T) {
				t.Parallel()
				copyAll(t, b, suffix)
			})
		}
	}
}

// copyAll copies 25 messages with attributes of all types and compares what arrives with what was sent.
func copyAll(t *testing.T, b testaws.Backend, suffix string) {
	stem := "copy-" + strings.ToLower(rand.Text()[:8])
	client, urls := b.SQS(), map[string]string{}
	for _, name := range []string{stem + "-undelivered" + suffix, stem + suffix} {
		attributes := map[string]string{"ContentBasedDeduplication": "true", "FifoQueue": "true"}
		if suffix == "" {
			attributes = nil
		}
		out, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		if err != nil {
			t.Fatal(err)
		}
		urls[name] = *out.QueueUrl
	}
	from, to := stem+"-undelivered"+suffix, stem+suffix
	want := map[string]map[string]string{}
	for i := range 25 {
		in := &sqs.SendMessageInput{
			QueueUrl: aws.String(urls[from]), MessageBody: aws.String(fmt.Sprintf(`{"n": %d}`, i)),
			MessageAttributes: map[string]types.MessageAttributeValue{
				"text":   {DataType: aws.String("String"), StringValue: aws.String("ü–漢")},
				"number": {DataType: aws.String("Number.int"), StringValue: aws.String(fmt.Sprint(i))},
				"binary": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 0xff, byte(i)}},
			},
		}
		if b.Name == "localaws" { // The others do not keep it of an entry of a batch.
			header := types.MessageSystemAttributeValue{DataType: aws.String("String"), StringValue: aws.String("Root=1-5759e988-bd862e3fe1be46a994272793")}
			in.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{"AWSTraceHeader": header}
		}
		if suffix != "" {
			in.MessageGroupId, in.MessageDeduplicationId = aws.String(fmt.Sprint("g", i%3)), aws.String(fmt.Sprint("d", i))
		}
		if _, err := client.SendMessage(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		want[*in.MessageBody] = map[string]string{
			"text": "String ü–漢", "number": fmt.Sprint("Number.int ", i), "binary": "Binary \x00\xff" + string([]byte{byte(i)}),
			"AWSTraceHeader": aws.ToString(in.MessageSystemAttributes["AWSTraceHeader"].StringValue), "MessageGroupId": aws.ToString(in.MessageGroupId),
			"MessageDeduplicationId": aws.ToString(in.MessageDeduplicationId),
		}
	}

	keys, err := b.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	operator, err := cloud.NewAccounts(cloud.Options{Cluster: "copy"}).Client(t.Context(), cloud.Identity{
		Region: b.Region, Endpoint: b.Endpoint, AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey,
	})
	if err != nil {
		t.Fatal(err)
	}
	run := &cloud.CopyRun{From: arnOf(b, from), To: arnOf(b, to)}
	copied, err := operator.CopySlice(t.Context(), run, 1000, time.Now().Add(time.Minute))
	if diff := cmp.Diff(cloud.Copied{Messages: 25, Empty: true}, copied); diff != "" || err != nil {
		t.Fatalf("%v, copied (-want +got):\n%s", err, diff)
	}
	got := receiveAll(t, client, urls[to])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what arrived (-want +got):\n%s", diff)
	}
}

func arnOf(b testaws.Backend, queue string) string {
	return "arn:aws:sqs:" + b.Region + ":" + b.AccountID + ":" + queue
}

// receiveAll takes what a queue has, by body.
func receiveAll(t *testing.T, client *sqs.Client, url string) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for {
		out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return all
		}
		for _, m := range out.Messages {
			facts := map[string]string{}
			for _, name := range []string{"AWSTraceHeader", "MessageGroupId", "MessageDeduplicationId"} {
				facts[name] = m.Attributes[name]
			}
			for name, a := range m.MessageAttributes {
				facts[name] = aws.ToString(a.DataType) + " " + aws.ToString(a.StringValue) + string(a.BinaryValue)
			}
			if all[*m.Body] != nil {
				t.Errorf("%s came twice", *m.Body)
			}
			all[*m.Body] = facts
			if _, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
}
