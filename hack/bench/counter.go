package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"
)

// counts are numbers of AWS calls by names like sqs:CreateQueue.
type counts map[string]int

func (c counts) total() int {
	n := 0
	for _, v := range c {
		n += v
	}
	return n
}

// since gives the calls of c that before does not have.
func (c counts) since(before counts) counts {
	out := counts{}
	for name, n := range c {
		if d := n - before[name]; d > 0 {
			out[name] = d
		}
	}
	return out
}

// writes are the calls that may change something in AWS.
func (c counts) writes() counts {
	out := maps.Clone(c)
	maps.DeleteFunc(out, func(name string, _ int) bool { return reads(name) })
	return out
}

// reads says that an operation changes nothing in AWS.
func reads(name string) bool {
	_, operation, _ := strings.Cut(name, ":")
	return strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "List") || operation == "AssumeRole"
}

// counter stands before an AWS: it counts the calls and makes each take a while.
type counter struct {
	next    http.Handler
	latency time.Duration

	mu       sync.Mutex
	calls    counts
	looks    map[string]int
	underWay int
	last     time.Time
	// written counts the writes that are over, lastWrite is when the last of them was.
	written   int
	lastWrite time.Time
}

func newCounter(next http.Handler, latency time.Duration) *counter {
	return &counter{next: next, latency: latency, calls: counts{}, looks: map[string]int{}}
}

// ServeHTTP passes one call on, unless its caller goes away meanwhile.
func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	name := operation(r.Header, body)
	c.begin(name, lookedAt(r.Header, body))
	defer c.end(name)
	timer := time.NewTimer(c.latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		c.next.ServeHTTP(w, r)
	case <-r.Context().Done():
	}
}

func (c *counter) begin(name, queue string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[name]++
	c.underWay++
	if queue != "" {
		c.looks[queue]++
	}
}

func (c *counter) end(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.underWay--
	c.last = time.Now()
	if !reads(name) {
		c.written++
		c.lastWrite = c.last
	}
}

// writes gives how many writes are over, and when the last of them was.
func (c *counter) writes() (int, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.written, c.lastWrite
}

// snapshot gives the calls so far.
func (c *counter) snapshot() counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.calls)
}

// forgetLooks starts counting anew which queues were looked at.
func (c *counter) forgetLooks() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.looks)
}

// looked tells how many of these queues were looked at, and how many of them more than once.
func (c *counter) looked(queues []string) (once, again int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, q := range queues {
		if c.looks[q] > 0 {
			once++
		}
		if c.looks[q] > 1 {
			again++
		}
	}
	return once, again
}

// looksAt counts the reads of these queues.
func (c *counter) looksAt(queues []string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, q := range queues {
		n += c.looks[q]
	}
	return n
}

// quiet says that there was no call for so long.
func (c *counter) quiet(d time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.underWay == 0 && time.Since(c.last) >= d
}

// services by the target prefix of AWS's JSON protocols and by the version of its query protocols.
var services = map[string]string{
	"AmazonSQS": "sqs", "ResourceGroupsTaggingAPI_20170126": "tag", "2010-03-31": "sns", "2011-06-15": "sts", "2012-11-05": "sqs",
}

// operation names an AWS request: service:Operation.
func operation(header http.Header, body []byte) string {
	service, name, isJSON := strings.Cut(header.Get("X-Amz-Target"), ".")
	if !isJSON {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return "unknown"
		}
		service, name = form.Get("Version"), form.Get("Action")
	}
	known, ok := services[service]
	if !ok || name == "" {
		return "unknown"
	}
	return known + ":" + name
}

// lookedAt is the name of the queue whose attributes a request asks for, or empty.
func lookedAt(header http.Header, body []byte) string {
	var in struct {
		Queue string `json:"QueueUrl"`
	}
	if header.Get("X-Amz-Target") != "AmazonSQS.GetQueueAttributes" || json.Unmarshal(body, &in) != nil {
		return ""
	}
	return path.Base(in.Queue)
}

// forward passes calls on to another AWS. The host stays what the caller signed.
func forward(endpoint string) (http.Handler, error) {
	to, err := url.Parse(endpoint)
	if err != nil || to.Host == "" {
		return nil, fmt.Errorf("reading --endpoint %s: want a URL such as http://127.0.0.1:4566", endpoint)
	}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}, nil
}

// serve serves on a free port of the loopback until close is called.
func serve(handler http.Handler) (endpoint string, closeAll func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listening for AWS calls: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // always http.ErrServerClosed
	}()
	return "http://" + listener.Addr().String(), func() {
		_ = server.Close()
		<-done
	}, nil
}
