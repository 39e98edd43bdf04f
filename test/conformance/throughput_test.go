package conformance

import (
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/skein-dev/skein/internal/testaws"
)

const (
	// clients is how many work at once in every throughput benchmark.
	clients = 8
	// share is how many messages one queue gets, so that no benchmark measures how a backlog is borne.
	share = 100
)

// A throughput benchmark runs on all backends in turn, over HTTP, and says at the end how often localaws does what the
// emulators do once. localaws runs in the process of the clients, the emulators in processes of their own. All share
// the machine's processors: where it is busy with other work the results say little. A few thousand rounds measure
// fauxqs while its code is still being compiled; 2s gives every backend the same time.
// Run: go test ./test/conformance -run '^$' -bench Throughput -benchtime 2s.

// BenchmarkThroughputSend sends messages of 1 KiB.
func BenchmarkThroughputSend(b *testing.B) {
	throughput(b, func(w *world) piece {
		send := w.callOfSQS("SendMessage", map[string]string{"QueueUrl": w.newURL(), "MessageBody": strings.Repeat("x", 1<<10)})
		return func(c *client) error {
			_, err := c.do(send)
			return err
		}
	})
}

// BenchmarkThroughputRoundTrip sends a message, receives one and deletes it.
func BenchmarkThroughputRoundTrip(b *testing.B) {
	throughput(b, func(w *world) piece {
		url := w.newURL()
		send := w.callOfSQS("SendMessage", map[string]string{"QueueUrl": url, "MessageBody": "there and back"})
		receive := w.callOfSQS("ReceiveMessage", map[string]string{"QueueUrl": url})
		return func(c *client) error {
			if _, err := c.do(send); err != nil {
				return err
			}
			answer, err := c.do(receive)
			if err != nil {
				return err
			}
			var got struct {
				Messages []struct{ ReceiptHandle string }
			}
			if err := json.Unmarshal(answer, &got); err != nil {
				return err
			}
			for _, m := range got.Messages {
				if _, err := c.do(w.callOfSQS("DeleteMessage", map[string]string{"QueueUrl": url, "ReceiptHandle": m.ReceiptHandle})); err != nil {
					return err
				}
			}
			return nil
		}
	})
}

// BenchmarkThroughputPublish publishes messages of 1 KiB to a topic that a queue is subscribed to, raw.
func BenchmarkThroughputPublish(b *testing.B) {
	throughput(b, func(w *world) piece {
		publish := w.call("sns", "application/x-www-form-urlencoded", "", url.Values{
			"Action": {"Publish"}, "Version": {"2010-03-31"}, "TopicArn": {w.route(raw).topic}, "Message": {strings.Repeat("x", 1<<10)},
		}.Encode())
		return func(c *client) error {
			_, err := c.do(publish)
			return err
		}
	})
}

// piece is a piece of work that a client does.
type piece func(*client) error

// throughput measures the pieces of work that prepare returns. Each has a queue of its own and is done share times.
func throughput(b *testing.B, prepare func(*world) piece) {
	emulators := testaws.Shared(b)
	rates := map[string]float64{}
	for _, backend := range []testaws.Backend{testaws.Local(b), emulators.Fauxqs, emulators.Moto} {
		b.Run(backend.Name, func(b *testing.B) {
			w := newWorld(b.Context(), backend)
			var pieces []piece
			for range (b.N + share - 1) / share {
				pieces = append(pieces, prepare(w))
			}
			b.ResetTimer()
			work(b, backend, pieces)
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

// work does b.N pieces of work by several clients.
func work(b *testing.B, backend testaws.Backend, pieces []piece) {
	todo := make(chan piece)
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			c := &client{endpoint: backend.Endpoint}
			defer c.close()
			for do := range todo {
				if err := do(c); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range b.N {
		todo <- pieces[i/share]
	}
	close(todo)
	group.Wait()
}
