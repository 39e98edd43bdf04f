package cloud

import (
	"io"
	"net/http"
	"testing"

	"github.com/skein-dev/skein/internal/localaws"
)

// writers notes the requests whose body net/http could write by WriteTo.
type writers struct {
	http.RoundTripper
	seen, writers int
}

func (w *writers) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.ContentLength > 0 {
		w.seen++
		if _, ok := r.Body.(io.WriterTo); ok {
			w.writers++
		}
	}
	return w.RoundTripper.RoundTrip(r)
}

// An answer of ReceiveMessage that is lost hides its messages from the call that follows.
func TestNoConnectionIsClosedUnderALongAnswer(t *testing.T) {
	w := &writers{RoundTripper: localaws.New().HTTPClient().Transport}
	accounts := NewAccounts(Options{HTTPClient: &http.Client{Transport: w}, Rates: Unlimited()})
	if _, err := accounts.Client(t.Context(), Identity{Region: "eu-west-1", AccessKeyID: "111122223333", SecretAccessKey: "secret"}); err != nil {
		t.Fatal(err)
	}
	if w.seen == 0 || w.writers > 0 {
		t.Errorf("of %d requests with a body %d can be written by WriteTo, which the SDK breaks", w.seen, w.writers)
	}
}
