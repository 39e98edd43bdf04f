package cli

import (
	"strings"
	"testing"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain, with ümlauts and 日本語": "plain, with ümlauts and 日本語",
		"two\nlines\tand a tab":       "two\nlines\tand a tab",
		"\x1b]0;title\a":              `\x1b]0;title\a`,
		"over\rwritten\b":             `over\rwritten\b`,
		"\u009b31m":                   `\u009b31m`,
		"right \u202eto left":         `right \u202eto left`,
		"not \xff UTF-8":              "not \ufffd UTF-8",
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestNoTerminal(t *testing.T) {
	if got := newScreen(&strings.Builder{}); got != (screen{}) {
		t.Errorf("a buffer is a terminal: %+v", got)
	}
}

func TestText(t *testing.T) {
	for width, want := range map[int]string{
		0:  "  one two three four\n",
		20: "  one two three four\n",
		19: "  one two three\n  four\n",
		3:  "  one\n  two\n  three\n  four\n",
	} {
		p := &page{s: &session{screen: screen{width: width}}}
		p.text("  ", "one two\nthree four")
		if got := p.b.String(); got != want {
			t.Errorf("%d wide: %q, want %q", width, got, want)
		}
	}
}
