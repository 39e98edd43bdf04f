package conformance

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/skein-dev/skein/internal/testaws"
)

// clients is how many work at once in every throughput benchmark.
const clients = 8

// A throughput benchmark runs on all backends in turn, over HTTP, and says at the end how often localaws does what the
// emulators do once. Run: go test ./test/conformance -run '^$' -bench Throughput -benchtime 2000x.

// BenchmarkThroughputSend sends messages of 1 KiB to one queue by plain HTTP requests: what an SDK costs its client is
// left out, as it is more than what localaws needs to answer.
func BenchmarkThroughputSend(b *testing.B) {
	throughput(b, func(w *world, url string) func() error {
		body := fmt.Sprintf(`{"QueueUrl":%q,"MessageBody":%q}`, url, strings.Repeat("x", 1<<10))
		return func() error { return w.post("AmazonSQS.SendMessage", body) }
	})
}

// BenchmarkThroughputRoundTrip sends a message, receives one and deletes it.
func BenchmarkThroughputRoundTrip(b *testing.B) {
	throughput(b, func(w *world, url string) func() error {
		return func() error {
			if _, err := w.sqs.SendMessage(w.ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("there and back")}); err != nil {
				return err
			}
			out, err := w.sqs.ReceiveMessage(w.ctx, &sqs.ReceiveMessageInput{QueueUrl: &url})
			if err != nil {
				return err
			}
			for _, m := range out.Messages {
				if _, err := w.sqs.DeleteMessage(w.ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
					return err
				}
			}
			return nil
		}
	})
}

// BenchmarkThroughputPublish publishes to a topic that a queue is subscribed to.
func BenchmarkThroughputPublish(b *testing.B) {
	throughput(b, func(w *world, url string) func() error {
		queue := w.queueAttributes(url, string(sqstypes.QueueAttributeNameQueueArn))["QueueArn"]
		topic := w.connect(w.topic(nil), queue, url, raw).topic
		return func() error {
			_, err := w.sns.Publish(w.ctx, &sns.PublishInput{TopicArn: &topic, Message: aws.String("news")})
			return err
		}
	})
}

// post makes a call of the JSON protocol by hand. No backend checks the signature of these credentials.
func (w *world) post(target, body string) error {
	request, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.Endpoint, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("X-Amz-Target", target)
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/"+w.Region+"/sqs/aws4_request, "+
		"SignedHeaders=host, Signature=00")
	response, err := w.HTTPClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("got status %d: %s", response.StatusCode, answer)
	}
	return err
}

// throughput measures what prepare returns: one piece of work with a queue of its own.
func throughput(b *testing.B, prepare func(w *world, url string) func() error) {
	emulators := testaws.Shared(b)
	rates := map[string]float64{}
	for _, backend := range []testaws.Backend{testaws.Local(b), emulators.Fauxqs, emulators.Moto} {
		b.Run(backend.Name, func(b *testing.B) {
			w := newWorld(b.Context(), backend)
			_, url := w.queue(nil)
			once := prepare(w, url)
			if err := once(); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			work(b, once)
			rates[backend.Name] = float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(rates[backend.Name], "ops/s")
		})
	}
	b.Run("localaws-against", func(b *testing.B) {
		for _, other := range []string{"fauxqs", "moto"} {
			b.ReportMetric(rates["localaws"]/rates[other], "x-"+other)
		}
		b.ReportMetric(0, "ns/op")
	})
}

// work does something b.N times by several clients.
func work(b *testing.B, once func() error) {
	todo := make(chan struct{})
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for range todo {
				if err := once(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range b.N {
		todo <- struct{}{}
	}
	close(todo)
	group.Wait()
}
