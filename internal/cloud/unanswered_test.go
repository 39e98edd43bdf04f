package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/localaws"
	"github.com/skein-dev/skein/internal/topology"
)

// send makes a request as the SDK does, and gives its error.
func send(t *testing.T, url string, timeout time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
	if err == nil {
		_ = answer.Body.Close()
		t.Fatalf("%s answered", url)
	}
	return &smithyhttp.RequestSendError{Err: err}
}

// Each has its cause once, and is said in the same words at each try.
func TestWordsOfNoAnswerLast(t *testing.T) {
	let := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-let }))
	defer slow.Close()
	defer close(let)
	closing := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer closing.Close()
	refusing := httptest.NewServer(http.NotFoundHandler())
	refusing.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	host := func(s *httptest.Server) string { return s.Listener.Addr().String() }
	for name, c := range map[string]struct {
		err  func() error
		want string
	}{
		"refused":     {func() error { return send(t, refusing.URL, time.Minute) }, host(refusing) + ": connection refused"},
		"no answer":   {func() error { return send(t, slow.URL, 20*time.Millisecond) }, host(slow) + " does not answer in time"},
		"closed":      {func() error { return send(t, closing.URL, time.Minute) }, host(closing) + " closed the connection"},
		"certificate": {func() error { return send(t, untrusted.URL, time.Minute) }, "the certificate of " + host(untrusted) + " is not accepted: x509: certificate signed by unknown authority"},
		"no name": {func() error {
			return &url.Error{URL: "https://sqs.nowhere.amazonaws.com/", Err: &net.DNSError{Err: "no such host", Server: "10.0.0.10:53", IsNotFound: true}}
		}, "sqs.nowhere.amazonaws.com has no address (DNS)"},
		"no name server": {func() error {
			return &url.Error{URL: "https://sqs.eu-west-1.amazonaws.com/", Err: &net.DNSError{Err: "server misbehaving", Server: "10.0.0.10:53"}}
		}, "the address of sqs.eu-west-1.amazonaws.com cannot be looked up (DNS)"},
		"budget":      {func() error { return &budgetError{context.DeadlineExceeded} }, "the operator's own rate budget left no room for it in time (--aws-rate)"},
		"credentials": {func() error { return &credentialsError{context.DeadlineExceeded} }, "getting credentials: AWS does not answer in time"},
		"of AWS":      {func() error { return api(503, "ServiceUnavailable", "slow down") }, "slow down"},
		"other":       {func() error { return errors.New("something") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for try := range 2 {
				got := fault.As(classify("sqs:GetQueueUrl", "billing", fmt.Errorf("exceeded maximum number of attempts, %d, %w", try, c.err()))).Message
				if got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			}
		})
	}
}

// Of several reads that fail the same one is told each time, whichever was the first to fail.
func TestOneOfSeveralFailuresIsToldAlways(t *testing.T) {
	w := newWorld(t)
	var queues []topology.Resource
	for i := range 8 {
		queues = append(queues, queueResource(fmt.Sprintf("%s-%d", billing, i)))
	}
	w.aws.SetHook(func(localaws.Call) localaws.Fault { return localaws.Fault{Code: "AccessDenied"} })
	for range 30 {
		_, err := w.Observe(t.Context(), Observation{Want: want(queues...)})
		if f := fault.As(err); f == nil || f.Resource != queues[0].Name {
			t.Fatalf("told %v, want the first queue's", err)
		}
	}
}
