package cli

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// rateWindow is the time over which the rate is measured.
const rateWindow = 30 * time.Second

// progress measures how fast a Redrive moves messages.
type progress struct {
	samples []sample
	// seen is when the Redrive was looked at last.
	seen time.Time
}

// sample is how many messages had moved when that was seen first.
type sample struct {
	at    time.Time
	moved int64
}

func newProgress() *progress { return &progress{} }

// see takes in what the Redrive says now.
func (p *progress) see(r *v1alpha1.Redrive, now time.Time) {
	if r.Status.State != v1alpha1.RedriveRunning {
		return
	}
	p.seen = now
	if n := len(p.samples); n > 0 && p.samples[n-1].moved == r.Status.MessagesMoved {
		return
	}
	p.samples = append(p.samples, sample{now, r.Status.MessagesMoved})
	for len(p.samples) > 2 && now.Sub(p.samples[0].at) > rateWindow {
		p.samples = p.samples[1:]
	}
}

// rate in messages a second; 0 where it cannot be told yet. While nothing moves any more it falls.
func (p *progress) rate() float64 {
	if len(p.samples) < 2 {
		return 0
	}
	first, last := p.samples[0], p.samples[len(p.samples)-1]
	seconds := (last.at.Sub(first.at) + max(0, p.seen.Sub(last.at)-rateWindow)).Seconds()
	if seconds <= 0 || last.moved <= first.moved {
		return 0
	}
	return float64(last.moved-first.moved) / seconds
}

// plain is one line without a bar.
func (p *progress) plain(r *v1alpha1.Redrive) string {
	return state(r) + ": " + p.words(r)
}

// bar is one line of that width at most, with a bar where messages move.
func (p *progress) bar(r *v1alpha1.Redrive, width int) string {
	words := oneLine(p.words(r))
	const narrow, wide = 10, 40
	room := min(wide, width-len(state(r))-len(words)-len("  [] ")-1)
	if !moves(r) || room < narrow {
		return cut(state(r)+"  "+words, width-1)
	}
	full := room * int(min(max(r.Status.Progress, 0), 100)) / 100
	return state(r) + "  [" + strings.Repeat("#", full) + strings.Repeat("-", room-full) + "] " + words
}

// moves says whether the numbers of a Redrive are those of a move.
func moves(r *v1alpha1.Redrive) bool {
	switch r.Status.State {
	case v1alpha1.RedriveRunning, v1alpha1.RedriveCancelling, v1alpha1.RedriveObserving, v1alpha1.RedriveSucceeded, v1alpha1.RedriveFailed:
		return true
	default:
		return false
	}
}

// state is the Redrive's, in a word.
func state(r *v1alpha1.Redrive) string {
	switch {
	case r.DeletionTimestamp != nil && !r.Finished():
		return "Stopping"
	case r.Status.State == "":
		return string(v1alpha1.RedrivePending)
	default:
		return string(r.Status.State)
	}
}

// words say how far it is, or what it waits for.
func (p *progress) words(r *v1alpha1.Redrive) string {
	if !moves(r) {
		return waits(r)
	}
	text := fmt.Sprintf("%d%%, %d of about %d moved", r.Status.Progress, r.Status.MessagesMoved, r.Status.MessagesToMove)
	switch r.Status.State {
	case v1alpha1.RedriveRunning:
		rate := p.rate()
		if rate <= 0 || r.DeletionTimestamp != nil {
			return text
		}
		text += fmt.Sprintf(", %s a second", decimal(rate))
		end := r.Status.MessagesToMove
		if most := r.Spec.MaxMessages; most != nil {
			end = min(end, *most)
		}
		if left := end - r.Status.MessagesMoved; left > 0 {
			text += fmt.Sprintf(", %s left", duration.HumanDuration(time.Duration(float64(left)/rate*float64(time.Second))+time.Second))
		}
	case v1alpha1.RedriveObserving:
		text += fmt.Sprintf(", about %d came back", r.Status.MessagesReturned)
		if until := r.Status.ObserveUntil; until != nil {
			text += ", watched until " + until.UTC().Format("15:04:05") + " UTC"
		}
	}
	return text
}

// waits is what a Redrive says that moves nothing yet.
func waits(r *v1alpha1.Redrive) string {
	ready := meta.FindStatusCondition(r.Status.Conditions, v1alpha1.ConditionReady)
	switch {
	case r.Status.State == "" || ready == nil:
		return "the operator has not taken it up yet"
	default:
		return ready.Reason + ": " + ready.Message
	}
}

// decimal has one digit behind the point below ten.
func decimal(rate float64) string {
	if rate < 9.95 {
		return fmt.Sprintf("%.1f", rate)
	}
	return fmt.Sprintf("%.0f", rate)
}
