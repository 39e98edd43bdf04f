package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/skein-dev/skein/api/v1alpha1"
)

func redriveAt(state v1alpha1.RedriveState, moved, of int64) *v1alpha1.Redrive {
	r := &v1alpha1.Redrive{}
	r.Status.State, r.Status.MessagesMoved, r.Status.MessagesToMove = state, moved, of
	if of > 0 {
		r.Status.Progress = int32(min(100, 100*moved/of))
	}
	return r
}

// seen is a progress after looks at so many messages, two seconds apart.
func seen(moved ...int64) *progress {
	p := newProgress()
	for i, n := range moved {
		p.see(redriveAt(v1alpha1.RedriveRunning, n, 10_000), noon.Add(time.Duration(i)*2*time.Second))
	}
	return p
}

func TestProgressInWords(t *testing.T) {
	pending := redriveAt(v1alpha1.RedrivePending, 0, 0)
	pending.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Reason: v1alpha1.ReasonAnotherRedrive, Message: "Redrive fix-1 moves\nmessages"}}
	observing := redriveAt(v1alpha1.RedriveObserving, 240, 240)
	observing.Status.MessagesReturned, observing.Status.ObserveUntil = 12, &metav1.Time{Time: noon}
	leaving := redriveAt(v1alpha1.RedriveRunning, 24, 240)
	leaving.DeletionTimestamp = &metav1.Time{Time: noon}
	limited := redriveAt(v1alpha1.RedriveRunning, 400, 10_000)
	limited.Spec.MaxMessages = ptr.To(int64(500))
	for name, c := range map[string]struct {
		progress   *progress
		redrive    *v1alpha1.Redrive
		plain, bar string
	}{
		"not taken up": {
			seen(), redriveAt("", 0, 0),
			"Pending: the operator has not taken it up yet",
			"Pending  the operator has not taken it up yet",
		},
		"waiting": {
			seen(), pending,
			"Pending: AnotherRedrive: Redrive fix-1 moves\nmessages",
			"Pending  AnotherRedrive: Redrive fix-1 moves messages",
		},
		"just begun": {
			seen(100), redriveAt(v1alpha1.RedriveRunning, 100, 10_000),
			"Running: 1%, 100 of about 10000 moved",
			"Running  [-------------------------------] 1%, 100 of about 10000 moved",
		},
		"under way": {
			seen(100, 200, 200, 400, 500), redriveAt(v1alpha1.RedriveRunning, 500, 10_000),
			"Running: 5%, 500 of about 10000 moved, 50 a second, 3m11s left",
			"Running  5%, 500 of about 10000 moved, 50 a second, 3m11s left",
		},
		"to a limit": {
			seen(100, 200, 300, 400), limited,
			"Running: 4%, 400 of about 10000 moved, 50 a second, 3s left",
			"Running  4%, 400 of about 10000 moved, 50 a second, 3s left",
		},
		"slowly": {
			seen(1, 4), redriveAt(v1alpha1.RedriveRunning, 4, 10),
			"Running: 40%, 4 of about 10 moved, 1.5 a second, 5s left",
			"Running  [####--------] 40%, 4 of about 10 moved, 1.5 a second, 5s left",
		},
		"more than was thought": {
			seen(9000, 10_200), redriveAt(v1alpha1.RedriveRunning, 10_200, 10_000),
			"Running: 100%, 10200 of about 10000 moved, 600 a second",
			"Running  [#############] 100%, 10200 of about 10000 moved, 600 a second",
		},
		"watching": {
			seen(), observing,
			"Observing: 100%, 240 of about 240 moved, about 12 came back, watched until 12:00:00 UTC",
			"Observing  100%, 240 of about 240 moved, about 12 came back, watched u…",
		},
		"being deleted": {
			seen(4, 14, 24), leaving,
			"Stopping: 10%, 24 of about 240 moved",
			"Stopping  [###-----------------------------] 10%, 24 of about 240 moved",
		},
		"an empty queue": {
			seen(), redriveAt(v1alpha1.RedriveSucceeded, 0, 0),
			"Succeeded: 0%, 0 of about 0 moved",
			"Succeeded  [-----------------------------------] 0%, 0 of about 0 moved",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.progress.plain(c.redrive); got != c.plain {
				t.Errorf("got  %q\nwant %q", got, c.plain)
			}
			if got := c.progress.bar(c.redrive, 72); got != c.bar || len([]rune(got)) >= 72 {
				t.Errorf("got  %q\nwant %q", got, c.bar)
			}
		})
	}
}

// TestTheRateIsThatOfTheLastWhile: what was fast at first does not count for ever.
func TestTheRateIsThatOfTheLastWhile(t *testing.T) {
	p := newProgress()
	for second := range 120 {
		n := int64(1000)
		if second > 10 {
			n += int64(second - 10)
		}
		p.see(redriveAt(v1alpha1.RedriveRunning, n, 10_000), noon.Add(time.Duration(second)*time.Second))
	}
	if got := p.rate(); got != 1 {
		t.Errorf("the rate is %v, want 1", got)
	}
	// Nothing moves for another five minutes.
	for second := 120; second < 420; second++ {
		p.see(redriveAt(v1alpha1.RedriveRunning, 1109, 10_000), noon.Add(time.Duration(second)*time.Second))
	}
	if got := p.rate(); got != 0.1 {
		t.Errorf("after five minutes of nothing the rate is %v, want 30 messages in five minutes", got)
	}
}

// TestLinesWithoutATerminal: one for each state, and one in ten seconds while messages move.
func TestLinesWithoutATerminal(t *testing.T) {
	now, out := noon, &bytes.Buffer{}
	d := &display{out: out, now: func() time.Time { return now }, progress: newProgress()}
	for range 3 {
		d.show(redriveAt(v1alpha1.RedrivePending, 0, 0))
		now = now.Add(time.Second)
	}
	for second := range 21 {
		d.show(redriveAt(v1alpha1.RedriveRunning, int64(second)*10, 1000))
		now = now.Add(time.Second)
	}
	d.show(redriveAt(v1alpha1.RedriveSucceeded, 1000, 1000))
	d.end()
	const want = `Pending: the operator has not taken it up yet
Running: 0%, 0 of about 1000 moved
Running: 10%, 100 of about 1000 moved, 10 a second, 91s left
Running: 20%, 200 of about 1000 moved, 10 a second, 81s left
Succeeded: 100%, 1000 of about 1000 moved
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNamesOfRedrives(t *testing.T) {
	long := string(bytes.Repeat([]byte("a"), 236)) + "-" + string(bytes.Repeat([]byte("b"), 16))
	for queue, want := range map[string]string{
		"inventory": "inventory-20260301-120000",
		long:        long[:236] + "-20260301-120000",
	} {
		got := redriveName(queue, noon.In(time.FixedZone("", 3600)))
		if got != want || len(got) > maxName {
			t.Errorf("got %s of %d, want %s", got, len(got), want)
		}
	}
}

func TestProfilesOfAnAccount(t *testing.T) {
	const config = `[default]
sso_account_id=111122223333
[profile a]
role_arn = arn:aws:iam::111122223333:role/x
[profile b]
sso_account_id = 444455556666
[sso-session 111122223333]
sso_account_id = 111122223333
[profile  c ]
  sso_account_id = 111122223333
  role_arn = arn:aws:iam::111122223333:role/x
`
	read := func(path string) ([]byte, error) {
		if path != "/home/jane/.aws/config" {
			return nil, fs.ErrNotExist
		}
		return []byte(config), nil
	}
	home := func(name string) string { return map[string]string{"HOME": "/home/jane"}[name] }
	if diff := cmp.Diff([]string{"a", "c", "default"}, profilesOf("111122223333", home, read)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	elsewhere := func(string) string { return "/elsewhere" }
	if got := profilesOf("111122223333", elsewhere, func(string) ([]byte, error) { return nil, errors.New("no") }); got != nil {
		t.Errorf("got %v", got)
	}
}
