package cloud

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/fault"
)

func TestParseRates(t *testing.T) {
	cases := map[string]struct {
		perSecond float64
		limited   bool
		wrong     bool
	}{
		"": {50, true, false}, "default": {50, true, false}, "unlimited": {0, false, false},
		"2x": {100, true, false}, "0.5": {25, true, false}, "0.5x": {25, true, false},
		"0": {wrong: true}, "-1": {wrong: true}, "x": {wrong: true}, "fast": {wrong: true}, "NaN": {wrong: true}, "Inf": {wrong: true},
	}
	for in, c := range cases {
		r, err := ParseRates(in)
		if (err != nil) != c.wrong {
			t.Errorf("%q: error %v", in, err)
			continue
		}
		if got, limited := r.perSecond("sns:Subscribe"); err == nil && (got != c.perSecond || limited != c.limited) {
			t.Errorf("%q: %v a second (limited %t), want %v", in, got, limited, c.perSecond)
		}
	}
	if got, _ := (Rates{}).perSecond("sns:Surprise"); got != otherBudget {
		t.Errorf("an operation without a budget gets %v", got)
	}
	if got, _ := DefaultRates().Scale(0).perSecond("sns:Subscribe"); got != 50 {
		t.Errorf("scaled by 0: %v", got)
	}
}

func TestOperationsAreAllThatAreCalled(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{"sts:AssumeRole": true} // By the SDK.
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "rates.go" || file == "errors.go" {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`"((?:sqs|sns|sts|kms|tag|cloudwatch):[A-Z]\w+)"`).FindAllStringSubmatch(string(source), -1) {
			called[name[1]] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(called)), Operations()); diff != "" {
		t.Errorf("called, and with a budget (-called +budget):\n%s", diff)
	}
}

// budgeted is a world whose budgets are those of the factor.
func budgeted(t *testing.T, factor float64) *world {
	t.Helper()
	w := newWorld(t)
	w.accounts = w.newAccounts(Options{Rates: DefaultRates().Scale(factor)})
	w.Client = w.open(identity)
	w.aws.ResetCalls()
	return w
}

func TestP08CallsKeepToTheBudget(t *testing.T) {
	// 20 a second, 20 at once: 28 calls take 0.4 s.
	w := budgeted(t, 0.1)
	began := time.Now()
	var wg sync.WaitGroup
	for range 28 {
		wg.Go(func() {
			if _, err := w.in("").queueURL(t.Context(), billing); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if took := time.Since(began); took < 350*time.Millisecond {
		t.Errorf("28 calls took %s", took)
	}
	w.calls(map[string]int{"sqs:GetQueueUrl": 28})
}

func TestP08RetriesAreThrottledToo(t *testing.T) {
	// 10 a second, 10 at once: five calls of three attempts each take 0.5 s.
	w := budgeted(t, 0.05)
	w.aws.SetHook(failing("ThrottlingException", "sqs:GetQueueUrl"))
	began := time.Now()
	for range 5 {
		_, err := w.in("").queueURL(t.Context(), billing)
		asFault(t, err, fault.Throttled, v1alpha1.ReasonThrottled)
	}
	if took := time.Since(began); took < 400*time.Millisecond {
		t.Errorf("15 attempts took %s", took)
	}
	w.calls(map[string]int{"sqs:GetQueueUrl": 15})
}

func TestP08BudgetsAreSharedWithinAnAccountAndRegion(t *testing.T) {
	// One tag read a second, one at once.
	w := budgeted(t, 0.2)
	topic := topicResource(ordersTopic)
	read := func(c *Client, region string, patience time.Duration) error {
		r := topic
		r.Region = region
		_, _, err := c.readTags(ctxWithTimeout(t, patience), &r)
		return err
	}
	rotated, other := identity, identity
	rotated.SecretAccessKey, other.AccessKeyID = "another", "444455556666"
	if err := read(w.Client, region, time.Minute); !isAbsent(err) {
		t.Fatal(err)
	}
	// The next token comes after a second: who cannot wait so long is told, and no call is made.
	asFault(t, read(w.open(rotated), region, 20*time.Millisecond), fault.Throttled, v1alpha1.ReasonThrottled)
	w.calls(map[string]int{"sns:ListTagsForResource": 1, "sts:GetCallerIdentity": 1})
	// Another region and another account have budgets of their own, and are answered.
	for name, err := range map[string]error{
		"region":  read(w.Client, "eu-central-1", 500*time.Millisecond),
		"account": read(w.open(other), region, 500*time.Millisecond),
	} {
		if fault.As(err).Class == fault.Throttled {
			t.Errorf("another %s: %v", name, err)
		}
	}
	w.calls(map[string]int{"sns:ListTagsForResource": 2, "sts:GetCallerIdentity": 1})
}
