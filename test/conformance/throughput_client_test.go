package conformance

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// client speaks HTTP over one connection at a time, with as little work of its own as can be: what an SDK or Go's HTTP
// client costs is more than what localaws needs to answer.
type client struct {
	endpoint string
	conn     net.Conn
	in       *bufio.Reader
}

// do sends a request as it stands on the wire and returns the body of the answer.
func (c *client) do(request []byte) ([]byte, error) {
	if c.conn == nil {
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.endpoint, "http://"))
		if err != nil {
			return nil, err
		}
		c.conn, c.in = conn, bufio.NewReader(conn)
	}
	if _, err := c.conn.Write(request); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("got status %d: %s", response.StatusCode, answer)
	}
	if response.Close {
		c.close()
	}
	return answer, err
}

func (c *client) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// callOfSQS is a request of the JSON protocol.
func (w *world) callOfSQS(operation string, parameters map[string]string) []byte {
	return w.call("sqs", "application/x-amz-json-1.0", "AmazonSQS."+operation, asJSON(parameters))
}

// call is a request as it stands on the wire. No backend checks the signature of its credentials.
func (w *world) call(service, contentType, target, body string) []byte {
	request, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.Endpoint, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Content-Type", contentType)
	if target != "" {
		request.Header.Set("X-Amz-Target", target)
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/"+w.Region+"/"+service+"/aws4_request, "+
		"SignedHeaders=host, Signature=00")
	var wire bytes.Buffer
	if err := request.Write(&wire); err != nil {
		panic(err)
	}
	return wire.Bytes()
}

// newURL is the URL of a new queue.
func (w *world) newURL() string {
	_, url := w.queue(nil)
	return url
}
