package status

import (
	"errors"
	"testing"

	"github.com/skein-dev/skein/internal/fault"
)

func TestWordsLastFromTryToTry(t *testing.T) {
	const call = "calling sns:Publish for orders: "
	for name, c := range map[string]struct {
		tries [2]fault.Error
		want  string
	}{
		"request of the call": {
			[2]fault.Error{{Code: "AccessDenied", Message: "no", RequestID: "a-1"}, {Code: "AccessDenied", Message: "no", RequestID: "b-2"}},
			call + "AccessDenied: no",
		},
		"request of a key's service": {
			[2]fault.Error{
				{Code: "KMSAccessDenied", Message: "null (Service: AWSKMS; Status Code: 400; Request ID: 6f0d-11; Proxy: null)"},
				{Code: "KMSAccessDenied", Message: "null (Service: AWSKMS; Status Code: 400; Request ID: 77aa-22; Proxy: null)"},
			},
			call + "KMSAccessDenied: null (Service: AWSKMS; Status Code: 400; Proxy: null)",
		},
		"clocks that differ": {
			[2]fault.Error{
				{Code: "RequestExpired", Message: "Signature expired: 20261122T130000Z is now earlier than 20261122T131500Z"},
				{Code: "RequestExpired", Message: "Signature expired: 20261122T130100Z is now earlier than 20261122T131600Z"},
			},
			call + "RequestExpired: Signature expired: (a time) is now earlier than (a time)",
		},
		"attempts and ports": {
			[2]fault.Error{
				{Err: errors.New("exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , read tcp 10.1.2.3:40512->52.1.1.1:443: broken")},
				{Err: errors.New("https response error StatusCode: 0, RequestID: , read tcp 10.1.2.3:40618->52.1.1.1:443: broken")},
			},
			call + "https response error StatusCode: 0, read tcp 52.1.1.1:443: broken",
		},
		"no answer": {
			[2]fault.Error{
				{Message: "sns does not answer in time", Err: errors.New("context deadline exceeded")},
				{Message: "sns does not answer in time", Err: errors.New("net/http: timeout awaiting response headers")},
			},
			call + "sns does not answer in time",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range c.tries {
				f.Operation, f.Resource = "sns:Publish", "orders"
				if got := Words(&f); got != c.want {
					t.Errorf("got  %q\nwant %q", got, c.want)
				}
			}
		})
	}
}

func TestCounted(t *testing.T) {
	for n, want := range []string{"0 topics are", "1 topic is", "2 topics are"} {
		if got := counted(n, "topic is", "topics are"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
