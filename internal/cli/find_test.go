package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAlike(t *testing.T) {
	names := []string{"orders", "orders-eu", "invoices", "order", "payments", "orders", "a", "b"}
	for name, want := range map[string][]string{
		"ordrs":   {"orders"},
		"orders":  {"orders", "order", "orders-eu"},
		"oders":   {"orders"},
		"payment": {"payments"},
		"order":   {"order", "orders", "orders-eu"},
		"zzz":     nil,
	} {
		if diff := cmp.Diff(want, alike(name, names)); diff != "" {
			t.Errorf("alike %s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"orders", "ordres", 2}, {"same", "same", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
