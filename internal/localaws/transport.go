package localaws

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// RoundTripper returns a transport that hands requests to the server in-process, without sockets. When a request's
// context ends, the error of the context is returned; where a fault drops the connection, io.ErrUnexpectedEOF.
func (s *Server) RoundTripper() http.RoundTripper { return transport{s} }

// HTTPClient returns an HTTP client over RoundTripper, to be given to SDK clients.
func (s *Server) HTTPClient() *http.Client { return &http.Client{Transport: s.RoundTripper()} }

type transport struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	inner := r.Clone(r.Context())
	inner.RequestURI = r.URL.RequestURI()
	if inner.Host == "" {
		inner.Host = r.URL.Host
	}
	if inner.Body == nil {
		inner.Body = http.NoBody
	}
	rec := &recorder{header: http.Header{}, status: http.StatusOK}
	dropped := t.serve(rec, inner)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if dropped {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{
		Status:     http.StatusText(rec.status),
		StatusCode: rec.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        rec.header,
		Body:          io.NopCloser(&rec.body),
		ContentLength: int64(rec.body.Len()),
		Request:       r,
	}, nil
}

// serve runs the handler and reports whether it dropped the connection.
func (t transport) serve(w http.ResponseWriter, r *http.Request) (dropped bool) {
	defer func() {
		reason := recover()
		if err, ok := reason.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			dropped = true
		} else if reason != nil {
			panic(reason)
		}
	}()
	t.handler.ServeHTTP(w, r)
	return false
}

// recorder collects a handler's answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
