package show

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// harmless words need no quotes in a shell. A $ stays, so that variables that were exported work.
var harmless = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,$-]+$`)

// Quote joins words to a command line that a shell splits into the same words.
func Quote(words []string) string {
	quoted := make([]string, 0, len(words))
	for _, w := range words {
		if !harmless.MatchString(w) {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		quoted = append(quoted, w)
	}
	return strings.Join(quoted, " ")
}

// Shorten cuts a text to at most that many characters, the last one then an ellipsis; line breaks become blanks.
func Shorten(text string, most int) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:max(most-1, 0)]) + "…"
}

// Seconds writes a duration in seconds: with a tenth below ten, whole above.
func Seconds(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

// Last returns the last lines of a text.
func Last(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
