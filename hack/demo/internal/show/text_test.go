package show

import (
	"testing"
	"time"
)

func TestQuote(t *testing.T) {
	for want, words := range map[string][]string{
		"kubectl get cq -A":                 {"kubectl", "get", "cq", "-A"},
		"aws --endpoint-url $URL":           {"aws", "--endpoint-url", "$URL"},
		`echo 'a b' '' 'it'\''s' '[?x==1]'`: {"echo", "a b", "", "it's", "[?x==1]"},
	} {
		if got := Quote(words); got != want {
			t.Errorf("Quote(%q) = %s, want %s", words, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, test := range []struct {
		text string
		most int
		want string
	}{
		{"short", 10, "short"},
		{"exactly ten", 11, "exactly ten"},
		{"a bit longer", 6, "a bit…"},
		{"zwölf Boxkämpfer", 7, "zwölf …"},
		{"two\nlines", 20, "two lines"},
		{"none", 0, "…"},
	} {
		if got := Shorten(test.text, test.most); got != test.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", test.text, test.most, got, test.want)
		}
	}
}

func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0 s", 1240 * time.Millisecond: "1.2 s", 12400 * time.Millisecond: "12 s", 2 * time.Minute: "120 s",
	} {
		if got := Seconds(d); got != want {
			t.Errorf("Seconds(%s) = %s, want %s", d, got, want)
		}
	}
}

func TestLast(t *testing.T) {
	if got := Last("a\nb\nc\n", 2); got != "b\nc" {
		t.Errorf("got %q", got)
	}
	if got := Last("a\n", 5); got != "a" {
		t.Errorf("got %q", got)
	}
}
