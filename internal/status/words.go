package status

import (
	"fmt"
	"regexp"

	"github.com/skein-dev/skein/internal/fault"
)

// passing matches what differs from one try to the next in the words of AWS and of its SDK, with what stands for it.
var passing = []struct {
	text *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`[,;]? ?[Rr]equest ?I[Dd]: ?[0-9A-Za-z-]*`), ""},
	{regexp.MustCompile(`exceeded maximum number of attempts, \d+, `), ""},
	{regexp.MustCompile(`\d{8}T\d{6}Z|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`), "(a time)"},
	{regexp.MustCompile(`(\d+(\.\d+){3}|\[[0-9a-f:.]+\]):\d+->`), ""},
}

// counted is a number with what it counts.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Words are a fault's, as far as they last: ids of requests, attempts, times and local ports differ at every try, and would change the status
// each time. Where the call had no answer, what the classifier made of that is told.
func Words(f *fault.Error) string {
	lasting := *f
	lasting.RequestID = ""
	if lasting.Code == "" && lasting.Message != "" {
		lasting.Err = nil
	}
	text := lasting.Error()
	for _, p := range passing {
		text = p.text.ReplaceAllString(text, p.with)
	}
	return text
}
