package testaws

import (
	"io"
	"net/http"
)

// steady carries calls whose connection is not closed under a long answer. The SDK closes the body of a request as soon
// as its answer begins; if net/http then looks for more of the body by WriteTo, it gets an error (in smithy-go 1.28.8)
// and closes the connection. Without WriteTo it sees the end. An SDK that retries would try again.
type steady struct{ *http.Client }

// Do implements aws.HTTPClient.
func (c steady) Do(r *http.Request) (*http.Response, error) {
	if r.ContentLength > 0 {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.Client.Do(r)
}
