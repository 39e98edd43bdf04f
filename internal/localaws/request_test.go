package localaws

import (
	"crypto/tls"
	"net/http/httptest"
	"testing"
)

// TestSecure: requests count as TLS unless the server is told otherwise.
func TestSecure(t *testing.T) {
	for name, test := range map[string]struct {
		server *Server
		target string
		tls    bool
		want   bool
	}{
		"plain":                    {New(), "/", false, true},
		"TLS":                      {New(), "/", true, true},
		"plain counts as such":     {New(WithPlainHTTP()), "/", false, false},
		"in process, http":         {New(WithPlainHTTP()), "http://sqs.us-east-1.amazonaws.com/", false, false},
		"in process, https":        {New(WithPlainHTTP()), "https://sqs.us-east-1.amazonaws.com/", false, true},
		"TLS where plain is plain": {New(WithPlainHTTP()), "/", true, true},
	} {
		request := httptest.NewRequest("POST", test.target, nil)
		request.TLS = nil
		if test.tls {
			request.TLS = &tls.ConnectionState{}
		}
		if got := test.server.newRequest(request).tls; got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
