// Package steady keeps the SDK for AWS from closing a connection under a long answer.
package steady

import (
	"io"
	"net/http"
)

// Client makes calls by Doer, such as *http.Client. The SDK closes the body of a request as soon as its answer begins; where net/http then looks for
// more of the body by WriteTo, it gets an error (smithy-go 1.28.8) and closes the connection. Without WriteTo it sees the end. The SDK would try
// again; but a second ReceiveMessage gives other messages, and those of the first stay hidden for their visibility timeout.
type Client struct{ Doer }

// Doer is what the SDK calls an HTTP client.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Do implements the SDK's aws.HTTPClient.
func (c Client) Do(r *http.Request) (*http.Response, error) {
	if r.ContentLength > 0 {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.Doer.Do(r)
}

// CloseIdleConnections closes those that Doer keeps, if it keeps any.
func (c Client) CloseIdleConnections() {
	if keeper, ok := c.Doer.(interface{ CloseIdleConnections() }); ok {
		keeper.CloseIdleConnections()
	}
}
