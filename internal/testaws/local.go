package testaws

import (
	"net/http/httptest"
	"testing"

	"github.com/skein-dev/skein/internal/localaws"
)

// Local serves a localaws of the test's own on a port, until the test ends.
func Local(t testing.TB, options ...localaws.Option) Backend {
	t.Helper()
	server := httptest.NewServer(localaws.New(options...))
	t.Cleanup(server.Close)
	b, err := connect(t.Context(), "localaws", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
